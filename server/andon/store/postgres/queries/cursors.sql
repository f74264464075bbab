SELECT name, cursor FROM subscription WHERE name = ANY(:names::text[])
