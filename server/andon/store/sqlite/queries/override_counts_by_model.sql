SELECT r.action, '', r.model_name, r.model_version,
  count(*), sum(r.verdict = $REJECT), sum(r.verdict = $CORRECT AND r.override)
FROM review r
WHERE r.time >= :since $filter
GROUP BY r.action, r.model_name, r.model_version
ORDER BY 5 DESC, 1, 3, 4
