-- A seat for a user unless another has it; the key lapses as a hold does.
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', 300000)
return 1
