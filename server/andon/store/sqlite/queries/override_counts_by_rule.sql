-- A verdict counts for every rule that asked for the route that won.
SELECT r.action, json_extract(j.value, '$$.rule'), '', '',
  count(*), sum(r.verdict = $REJECT), sum(r.verdict = $CORRECT AND r.override)
FROM review r
JOIN decision d ON d.sequence = r.decision_sequence
JOIN json_each(d.reasons) j ON json_extract(j.value, '$$.route') = d.route
WHERE r.time >= :since $filter
GROUP BY r.action, json_extract(j.value, '$$.rule')
ORDER BY 5 DESC, 1, 2
