UPDATE label_round SET labels = 0, rounds = rounds + 1
WHERE action = :action AND model_name = :model_name::varchar AND model_version = :model_version::varchar
