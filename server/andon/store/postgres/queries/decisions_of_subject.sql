-- All that are or were about it. The words of the partial indexes are said again.
SELECT id FROM decision WHERE subject = :subject::varchar AND subject <> ''
UNION
SELECT decision_id FROM earlier_proposal WHERE subject = :subject::varchar AND subject <> ''
ORDER BY id
