# Part of run.sh: the bare axum server and jari, both driven by wrk with the same number of threads.

# measure CONTESTANT WORK CLIENTS SCRIPT URL EXPECTED: runs wrk and notes what it found.
# EXPECTED says which answers are right: `success`, or `refusal` where every request is to be refused.
measure() {
  local before rate refused requests p50 p99 good
  sync
  before=$(disk_counts)
  OUT=$work/wrk.out wrk -t1 -c"$3" -d"${span}s" --latency -s "$SCRIPTS/$4.lua" "$5" >"$work/wrk.log"
  IFS=, read -r rate refused requests p50 p99 <"$work/wrk.out"
  good=$((requests - refused))
  [ "$6" = success ] || good=$refused
  note "$1" "$2" "$3" "$rate" "$(share "$good" "$requests")" "$p50" "$p99" "$requests" "$before"
  measured_requests=$requests
}

# Starts a server that says where it listens, and sets `url`.
start_server() {
  "$@" >"$work/server.log" 2>&1 &
  pids+=($!)
  until_ready grep -q 'listens on http://' "$work/server.log"
  # No pipe: a reader that leaves early would end the other side, and with it this script.
  url=$(grep -o -m 1 'http://[0-9.:]*' "$work/server.log")
}

turn_of_bare() {
  start_server "$bare"
  METHOD=GET measure bare "GET of 60 bytes" 64 same "$url/" success
  local body='{"userId":"0193a4c5-7e1a-7c3e-8d2b-5f6a7b8c9d0e","date":"2031-01-01","seat":5}' clients
  for clients in 1 64 256; do
    METHOD=POST BODY=$body measure bare "POST of JSON" "$clients" same "$url/" success
  done
  end_last
}

turn_of_jari() {
  local TOKENS=$work/line LINES=20000
  start_jari line
  export TOKENS LINES
  measure jari "poll with $waiting waiting" 64 poll "$url/api/v1/token" success
  end_last
  start_jari sale
  local api=$url/api/v1 customer token body
  read -r customer token <"$work/visitors"
  METHOD=GET TOKEN=$token measure jari "seat map of 50" 64 same "$api/seats?date=2031-01-01" success
  METHOD=GET TOKEN=$token measure jari "free seats of 50" 64 same "$api/seats/available?date=2031-01-01" success
  # The first seats are for one client, the rest for 64; every guest takes four at most.
  head -n $((users / 10)) "$work/guests" >"$work/guests-1"
  GUESTS=$work/guests-1 FIRST=0 measure jari hold 1 hold "$url" success
  tail -n +$((users / 10 + 1)) "$work/guests" >"$work/guests-64"
  GUESTS=$work/guests-64 FIRST=$((users / 10 * 4)) measure jari hold 64 hold "$url" success
  body=$(printf '{"userId":"%s","date":"2031-01-01","seat":1}' "$customer")
  METHOD=POST TOKEN=$token BODY=$body measure jari "lost claim on one seat" 64 same "$api/seats/reserve" refusal
  METHOD=POST TOKEN=$token BODY=$body measure jari "lost claim on one seat" 256 same "$api/seats/reserve" refusal
  GUESTS=$work/guests measure jari charge 64 charge "$url" success
  end_last
  "$jari" verify --data-dir "$work/jari" >"$work/verify.log" 2>&1 ||
    { cat "$work/verify.log" >&2; die "jari verify found the books wrong"; }
  if "$jari" bench --help >/dev/null 2>&1; then own_generator; fi
}

# Starts jari on data that were prepared in the first round, by prepare_$1, and are the same in every other.
start_jari() {
  local set=(--set queue.max_active=0 --set queue.active_seconds=86400 --set queue.abandon_seconds=0
    --set queue.claim_seconds=0)
  set+=(--set hold.seconds=86400 --set log.level=warn ${CACHE_MIB:+--set storage.cache_mib="$CACHE_MIB"})
  rm -rf "$work/jari"
  if [ -d "$work/prepared-$1" ]; then
    cp -r "$work/prepared-$1" "$work/jari"
    start_server "$jari" serve --listen 127.0.0.1:0 --data-dir "$work/jari" "${set[@]}"
  else
    start_server "$jari" serve --listen 127.0.0.1:0 --data-dir "$work/jari" "${set[@]}"
    "prepare_$1"
    end_last
    mv "$work/jari" "$work/prepared-$1"
    start_jari "$1"
  fi
}

# Two concerts: `sale` with seats to hold, and `hall` with 50 of which one is taken.
prepare_sale() {
  local key dates number
  key=$(cat "$work/jari/operator.key")
  dates=$(seq 0 $(((users * 4 - 1) / 100000)))
  create_concert "$key" sale "$(for number in $dates; do
    printf '{"date":"2031-01-%02d","seats":100000,"price":100},' $((number + 1)); done)" '{"maxActive":null}'
  create_concert "$key" hall '{"date":"2031-01-01","seats":50,"price":100},' '{"maxActive":null}'
  create_users "$users"
  join_all sale "$work/users" "$work/guests"
  tail -2 "$work/users" >"$work/two"
  join_all hall "$work/two" "$work/visitors"
  # The last visitor takes seat 1, so the first one's claims on it are lost.
  local holder token
  read -r holder token < <(tail -1 "$work/visitors")
  post /api/v1/seats/reserve "$token" "{\"userId\":\"$holder\",\"date\":\"2031-01-01\",\"seat\":1}"
}

# One concert, `line`, where everybody waits.
prepare_line() {
  create_concert "$(cat "$work/jari/operator.key")" line '{"date":"2031-01-01","seats":50,"price":100},' '{"maxActive":1}'
  create_users "$waiting"
  join_all line "$work/users" "$work/line"
}

create_users() {
  seq "$1" | awk '{ printf "{\"username\":\"user-%d\"}\n", $1 }' >"$work/bodies"
  post_all /api/v1/users "$work/users"
}

create_concert() {
  post /api/v1/admin/concerts "$1" "{\"concertId\":\"$2\",\"title\":\"$2\",\"status\":\"on_sale\",\"dates\":[${3%,}],\"queue\":$4}"
}

# post PATH BEARER BODY: one request that must succeed.
post() {
  local answer
  answer=$(curl -sS --fail-with-body "$url$1" -H "authorization: Bearer $2" -H 'content-type: application/json' -d "$3") ||
    die "the preparation of jari was refused: $answer"
}

# Posts every line of `bodies`, and keeps who answered.
post_all() {
  IN=$work/bodies OUT=$2 wrk -t1 -c64 -d120s -s "$SCRIPTS/prepare.lua" "$url$1" >"$work/wrk.log"
  [ "$(wc -l <"$2")" = "$(wc -l <"$work/bodies")" ] || die "the preparation of jari was not answered completely"
}

join_all() {
  awk -v id="$1" '{ printf "{\"userId\":\"%s\",\"concertId\":\"%s\"}\n", $1, id }' "$2" >"$work/bodies"
  post_all /api/v1/token "$3"
}

# jari's own load generator, which knows whole journeys and checks the books afterwards.
own_generator() {
  local scenario others
  for scenario in $scenarios; do
    if [ "$scenario" != hot-seat ]; then
      own_run "$scenario" "$scenario" 64 "$scenario"
      continue
    fi
    # Holders of other seats beside 256 who lose, who only ask, who do nothing.
    for others in lose read rest; do
      own_run "hot-seat-$others" "holders beside 256 ($others)" 64 hot-seat --connections 256 --holders 64 --others "$others"
    done
  done
}

# own_run FILE NAME CLIENTS SCENARIO OPTIONS…
own_run() {
  local file=$1 name=$2 clients=$3 json=$work/bench.json
  shift 3
  rm -f "$json"
  [ "$1" = hot-seat ] || set -- "$@" --connections "$clients"
  if ! timeout $((span + 300)) "$jari" bench "$@" --self --folder "$work" --closed --seconds "$span" --json "$json" \
    >"$work/bench.log" 2>&1; then
    tail -5 "$work/bench.log" >&2
    say "jari bench $1 did not end well; it is left out of this round"
    return
  fi
  cp "$json" "$out/jari-bench-$file-$round.json"
  note_own "$name" "$json"
}

# What jari's generator measured of each step of a scenario.
note_own() {
  local step rate success p50 p99
  jq -r '.steps[] | select(.requests > 0) | [.name, .rate, .successShare, .p50Us / 1000, .p99Us / 1000] | map(tostring) | join(",")' "$2" |
    while IFS=, read -r step rate success p50 p99; do
      note "jari bench" "$1: $step" 64 "$rate" "$success" "$p50" "$p99"
    done
}
