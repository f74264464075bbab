UPDATE leadership SET until = 0 WHERE name = 'duties' AND server = :server
