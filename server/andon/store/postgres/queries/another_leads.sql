SELECT 1 FROM leadership WHERE name = 'duties' AND server <> :server AND until > :now
