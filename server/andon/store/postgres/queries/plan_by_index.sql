-- For this transaction: heads come from their index in its order, by plans that are made once. The planner would sort a
-- long lane instead, because it can't know that nearly all of it is fit to be handed out.
SELECT set_config('enable_sort', 'off', TRUE), set_config('enable_bitmapscan', 'off', TRUE),
  set_config('enable_seqscan', 'off', TRUE), set_config('plan_cache_mode', 'force_generic_plan', TRUE)
