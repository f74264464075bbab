UPDATE head SET value = 1 - value WHERE name = 'probe'
