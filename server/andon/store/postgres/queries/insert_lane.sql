INSERT INTO lane (queue, skills, skill_set) VALUES (:queue, :skills, :skill_set)
ON CONFLICT (queue, skills) DO UPDATE SET skill_set = excluded.skill_set
RETURNING id
