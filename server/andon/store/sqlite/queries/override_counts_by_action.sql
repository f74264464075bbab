SELECT r.action, '', '', '', count(*), sum(r.verdict = $REJECT), sum(r.verdict = $CORRECT AND r.override)
FROM review r
WHERE r.time >= :since $filter
GROUP BY r.action
ORDER BY 5 DESC, 1
