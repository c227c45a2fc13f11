# Part of run.sh: Redis with a Lua hold and a sorted set as the queue, with each of the two ways of writing its log.

turn_of_redis() { turn_of_redis_as always; }

turn_of_redis_everysec() { turn_of_redis_as everysec; }

turn_of_redis_as() {
  local name="Redis $1" data=$work/redis port clients
  rm -rf "$data"
  mkdir -p "$data"
  port=$(free_port)
  redis-server --port "$port" --bind 127.0.0.1 --dir "$data" --save '' --appendonly yes --appendfsync "$1" \
    --auto-aof-rewrite-percentage 0 >"$work/redis.log" 2>&1 &
  pids+=($!)
  redis() { redis-cli -h 127.0.0.1 -p "$port" "$@"; }
  until_ready redis ping
  local hold join
  hold=$(redis SCRIPT LOAD "$(cat "$here/redis_hold.lua")")
  join=$(redis SCRIPT LOAD "$(cat "$here/redis_join.lua")")
  for clients in 1 64 256; do
    # Out of a hundred million seats, so that few are asked for twice.
    redis_run "$name" "hold by Lua" "$clients" "DBSIZE" 100000000 EVALSHA "$hold" 1 seat:__rand_int__ user:__rand_int__
  done
  redis FLUSHALL >/dev/null
  redis EVAL "for i = 1, tonumber(ARGV[1]) do redis.call('ZADD', KEYS[1], i, 'user:' .. string.format('%012d', i)) end
    redis.call('SET', KEYS[2], ARGV[1])" 2 queue arrivals "$waiting" >/dev/null
  redis_run "$name" "poll with $waiting waiting" 64 "" "$waiting" ZRANK queue user:__rand_int__
  redis_run "$name" "join with $waiting waiting" 64 "ZCARD queue" 100000000 \
    EVALSHA "$join" 2 queue arrivals customer:__rand_int__
  end_last
}

# redis_run NAME WORK CLIENTS COUNTER RANDOM COMMAND…; success is what the counter says was added, or everything.
redis_run() {
  local name=$1 work_name=$2 clients=$3 counter=$4 random=$5 requests before added rate p50 p99
  shift 5
  # redis-benchmark counts requests, not seconds: a short run tells how many make up the time.
  rate=$(redis_benchmark "$clients" $((clients > 1 ? 20000 : 3000)) "$random" "$@" | cut -d, -f1)
  requests=$(awk -v rate="$rate" -v span="$span" 'BEGIN { printf "%d", rate * span }')
  sync
  added=$([ -z "$counter" ] && echo 0 || redis $counter)
  before=$(disk_counts)
  IFS=, read -r rate p50 p99 < <(redis_benchmark "$clients" "$requests" "$random" "$@")
  added=$([ -z "$counter" ] && echo "$requests" || echo $(($(redis $counter) - added)))
  note "$name" "$work_name" "$clients" "$rate" "$(share "$added" "$requests")" "$p50" "$p99" "$requests" "$before"
}

# redis_benchmark CLIENTS REQUESTS RANDOM COMMAND…: prints rate, p50, p99.
redis_benchmark() {
  local clients=$1 requests=$2 random=$3
  shift 3
  # The name of the command may have commas in it, so the columns are counted from the end.
  redis-benchmark -h 127.0.0.1 -p "$port" -c "$clients" -n "$requests" -r "$random" --csv "$@" 2>/dev/null |
    tail -1 | tr -d '"' | awk -F, '{ printf "%s,%s,%s\n", $(NF - 6), $(NF - 3), $(NF - 1) }'
}
