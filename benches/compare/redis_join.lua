-- A place at the end of the queue, or the one that the user has; answers its rank.
local rank = redis.call('ZRANK', KEYS[1], ARGV[1])
if rank then return rank end
redis.call('ZADD', KEYS[1], redis.call('INCR', KEYS[2]), ARGV[1])
return redis.call('ZRANK', KEYS[1], ARGV[1])
