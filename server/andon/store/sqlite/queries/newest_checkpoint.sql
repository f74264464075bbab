SELECT size, head, frontier, note, time FROM checkpoint
ORDER BY size DESC
LIMIT 1
