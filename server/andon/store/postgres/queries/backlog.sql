SELECT subscription,
  count(*) FILTER (WHERE state = 1), count(*) FILTER (WHERE state = 3), min(time) FILTER (WHERE state = 1)
FROM delivery
WHERE state <> 2
GROUP BY subscription
