INSERT INTO lane (queue, skills, skill_set, reviewer_group) VALUES (:queue, :skills, :skill_set, :reviewer_group)
ON CONFLICT (queue, skills) DO UPDATE SET skill_set = excluded.skill_set
RETURNING id
