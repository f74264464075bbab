SELECT reviewer, count(*), sum(verdict = $APPROVE), sum(verdict = $REJECT), sum(verdict = $CORRECT), sum(override),
  json_group_array(view_time) FILTER (WHERE view_time IS NOT NULL)
FROM review r
WHERE time >= :start AND time < :end $filter
GROUP BY reviewer
