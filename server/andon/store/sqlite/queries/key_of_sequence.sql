SELECT id, data_key FROM decision WHERE sequence = :decision_sequence
