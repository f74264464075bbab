-- For this transaction: as PostgreSQL would by itself. What counts a whole table's rows may well read it whole.
SELECT set_config('plan_cache_mode', 'auto', TRUE), set_config('enable_seqscan', 'on', TRUE),
  set_config('enable_hashjoin', 'on', TRUE), set_config('enable_mergejoin', 'on', TRUE)
