SELECT action, '', '', '', span, reviews, rejections, corrections
FROM (
  SELECT r.action, least((r.time - :start::bigint) / :length::bigint, :spans::bigint - 1) AS span,
    count(*) AS reviews, count(*) FILTER (WHERE r.verdict = $REJECT) AS rejections,
    count(*) FILTER (WHERE r.verdict = $CORRECT AND r.override) AS corrections
  FROM review r
  WHERE r.time >= :start AND r.time < :end AND r.level = 0 $filter
  GROUP BY r.action, span
) counted
ORDER BY sum(reviews) OVER (PARTITION BY action) DESC, action, span
LIMIT :limit
