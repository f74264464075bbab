INSERT INTO destroyed_key (id, proof) VALUES (:id, :proof) ON CONFLICT (id) DO UPDATE SET proof = excluded.proof
