-- For this transaction: heads come from their index in its order, by plans that are made once. The planner would sort a
-- long lane instead, because it can't know that nearly all of it is fit to be handed out. And it is the only one that
-- leases for this holder, on whatever server: so the count of what they hold stays true, and nobody takes two tasks of
-- one decision by asking twice at once.
SELECT set_config('enable_sort', 'off', TRUE), set_config('enable_bitmapscan', 'off', TRUE),
  set_config('enable_seqscan', 'off', TRUE), set_config('plan_cache_mode', 'force_generic_plan', TRUE),
  pg_advisory_xact_lock(1, hashtext(:holder))
