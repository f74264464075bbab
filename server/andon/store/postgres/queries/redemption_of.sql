SELECT redeemer, request_id, time FROM redemption WHERE decision_id = :decision_id
