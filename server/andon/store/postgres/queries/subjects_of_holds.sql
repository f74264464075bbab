SELECT DISTINCT subject FROM legal_hold WHERE subject <> ''
