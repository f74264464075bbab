UPDATE subscription SET quiet_until = :until WHERE name = :name AND quiet_until <= :now RETURNING name
