-- A verdict counts for every rule that asked for the route that won. Decisions are read by their ids, one by one: the log
-- may hold any number that nobody judged.
SELECT action, rule, '', '', span, reviews, rejections, corrections
FROM (
  SELECT r.action, (j.value ->> 'rule') COLLATE "C" AS rule,
    least((r.time - :start::bigint) / :length::bigint, :spans::bigint - 1) AS span,
    count(*) AS reviews, count(*) FILTER (WHERE r.verdict = $REJECT) AS rejections,
    count(*) FILTER (WHERE r.verdict = $CORRECT AND r.override) AS corrections
  FROM review r
  CROSS JOIN LATERAL (SELECT * FROM decision WHERE id = r.decision_id LIMIT 1) d
  JOIN json_array_elements(d.reasons::json) AS j (value) ON (j.value ->> 'route')::smallint = d.route
  WHERE r.time >= :start AND r.time < :end AND r.level = 0 $filter
  GROUP BY r.action, rule, span
) counted
ORDER BY sum(reviews) OVER (PARTITION BY action, rule) DESC, action, rule, span
LIMIT :limit
