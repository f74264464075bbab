SELECT action, '', model_name, model_version, span, reviews, rejections, corrections
FROM (
  SELECT r.action, r.model_name, r.model_version, min((r.time - :start) / :length, :spans - 1) AS span,
    count(*) AS reviews, sum(r.verdict = $REJECT) AS rejections,
    sum(r.verdict = $CORRECT AND r.override) AS corrections
  FROM review r
  WHERE r.time >= :start AND r.time < :end AND r.level = 0 $filter
  GROUP BY r.action, r.model_name, r.model_version, span
)
ORDER BY sum(reviews) OVER (PARTITION BY action, model_name, model_version) DESC,
  action, model_name, model_version, span
LIMIT :limit
