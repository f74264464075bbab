SELECT * FROM append_entries(
  :times::bigint[], :kinds::text[], :actors::text[], :decision_ids::text[], :task_ids::text[], :body_hashes::text[],
  :bodies::text[], :words::text[], :fronts::text[], :backs::text[]
)
