INSERT INTO absence (principal, until) VALUES (:principal, :until)
ON CONFLICT (principal) DO UPDATE SET until = excluded.until
