INSERT INTO label_round (action, model_name, model_version, labels) VALUES (:action, :model_name, :model_version, 1)
ON CONFLICT (action, model_name, model_version) DO UPDATE SET labels = labels + 1
RETURNING labels
