-- A verdict counts for every rule that asked for the route that won.
SELECT action, rule, '', '', span, reviews, rejections, corrections
FROM (
  SELECT r.action, json_extract(j.value, '$$.rule') AS rule,
    min((r.time - :start) / :length, :spans - 1) AS span, count(*) AS reviews,
    sum(r.verdict = $REJECT) AS rejections, sum(r.verdict = $CORRECT AND r.override) AS corrections
  FROM review r
  JOIN decision d ON d.sequence = r.decision_sequence
  JOIN json_each(d.reasons) j ON json_extract(j.value, '$$.route') = d.route
  WHERE r.time >= :start AND r.time < :end AND r.level = 0 $filter
  GROUP BY r.action, rule, span
)
ORDER BY sum(reviews) OVER (PARTITION BY action, rule) DESC, action, rule, span
LIMIT :limit
