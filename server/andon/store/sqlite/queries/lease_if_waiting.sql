UPDATE task SET
  state = $to_lease,
  holder = :holder,
  token = json_extract(j.value, '$$[1]'),
  lease_time = :now,
  lease_expire_time = :until,
  epoch = epoch + 1,
  first_lease_time = ifnull(first_lease_time, :now),
  first_lease_lane = ifnull(first_lease_lane, lane)
FROM json_each(:grants) j
WHERE task.sequence = json_extract(j.value, '$$[0]') AND task.state $from_lease
