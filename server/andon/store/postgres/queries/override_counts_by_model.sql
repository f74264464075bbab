SELECT action, '', model_name, model_version, span, reviews, rejections, corrections
FROM (
  SELECT r.action, r.model_name, r.model_version,
    least((r.time - :start::bigint) / :length::bigint, :spans::bigint - 1) AS span,
    count(*) AS reviews, count(*) FILTER (WHERE r.verdict = $REJECT) AS rejections,
    count(*) FILTER (WHERE r.verdict = $CORRECT AND r.override) AS corrections
  FROM review r
  WHERE r.time >= :start AND r.time < :end AND r.level = 0 $filter
  GROUP BY r.action, r.model_name, r.model_version, span
) counted
ORDER BY sum(reviews) OVER (PARTITION BY action, model_name, model_version) DESC,
  action, model_name, model_version, span
LIMIT :limit
