SELECT a.reviewer, s.number - 1, a.reviews, a.approvals, a.rejections, a.corrections, a.overrides, a.view_time
FROM unnest(:starts::bigint[], :ends::bigint[]) WITH ORDINALITY AS s (since, until, number)
CROSS JOIN LATERAL (
  SELECT r.reviewer, count(*) AS reviews, count(*) FILTER (WHERE r.verdict = $APPROVE) AS approvals,
    count(*) FILTER (WHERE r.verdict = $REJECT) AS rejections,
    count(*) FILTER (WHERE r.verdict = $CORRECT) AS corrections, count(*) FILTER (WHERE r.override) AS overrides,
    percentile_disc(0.5) WITHIN GROUP (ORDER BY r.view_time) AS view_time
  FROM review r
  WHERE r.time >= s.since AND r.time < s.until $filter
  GROUP BY r.reviewer
) a
ORDER BY a.reviewer, s.number
LIMIT :limit
