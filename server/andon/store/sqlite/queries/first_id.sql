SELECT min(id) FROM decision WHERE id >= :low
