UPDATE secret SET value = :after WHERE name = :name AND value = :before
