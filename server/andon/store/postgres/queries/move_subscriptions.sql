UPDATE subscription SET cursor = :upto WHERE name = ANY(:names::text[])
