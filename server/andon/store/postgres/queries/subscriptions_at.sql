SELECT name FROM subscription WHERE name = ANY(:names::text[]) AND cursor = :after ORDER BY name FOR UPDATE
