SELECT size, head, frontier, note, time FROM checkpoint
WHERE size >= :covering
ORDER BY size
LIMIT 1
