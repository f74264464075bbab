SELECT action, '', '', '', span, reviews, rejections, corrections
FROM (
  SELECT r.action, min((r.time - :start) / :length, :spans - 1) AS span, count(*) AS reviews,
    sum(r.verdict = $REJECT) AS rejections, sum(r.verdict = $CORRECT AND r.override) AS corrections
  FROM review r
  WHERE r.time >= :start AND r.time < :end AND r.level = 0 $filter
  GROUP BY r.action, span
)
ORDER BY sum(reviews) OVER (PARTITION BY action) DESC, action, span
LIMIT :limit
