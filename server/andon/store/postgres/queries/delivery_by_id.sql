SELECT $columns_delivery FROM delivery WHERE id = :id
