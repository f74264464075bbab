UPDATE decision SET
  subject = :subject::varchar, confidence = :confidence, model_name = :model_name::varchar, model_version = :model_version::varchar,
  payload_hash = :payload_hash, route = :route, policy = :policy, revision = :revision, propensity = :propensity,
  threshold = :threshold, sampled = :sampled, coin_source = :coin_source, reasons = :reasons, attributes = :attributes,
  prediction = :prediction, input = :input, reasoning = :reasoning::varchar,
  receipt = :receipt, sensitive = :sensitive, data_key = :data_key, amendments = amendments + 1
WHERE id = :decision_id AND outcome IS NULL AND payload_hash = :replaces
