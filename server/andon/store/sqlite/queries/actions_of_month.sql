SELECT DISTINCT action FROM decision WHERE id >= :low AND id < :high ORDER BY action
