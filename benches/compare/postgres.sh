# Part of run.sh: PostgreSQL with the pessimistic lock and with one conditional update, as it comes and tuned. Durable in
# both: synchronous_commit and fsync stay on.

# The user that PostgreSQL runs as: it refuses to be root.
as_postgres() {
  if [ "$(id -u)" = 0 ]; then
    setpriv --reuid=postgres --regid=postgres --init-groups env HOME="$work" "$@"
  else
    "$@"
  fi
}

turn_of_postgres() { turn_of_postgres_as "PostgreSQL"; }

turn_of_postgres_tuned() {
  local quarter_mib
  quarter_mib=$(awk '/^MemTotal/ { print int($2 / 4096) }' /proc/meminfo)
  turn_of_postgres_as "PostgreSQL tuned" -c shared_buffers="$((quarter_mib < 4096 ? quarter_mib : 4096))MB" \
    -c commit_delay=100 -c commit_siblings=5 -c wal_buffers=64MB -c max_wal_size=8GB -c checkpoint_timeout=30min \
    -c wal_compression=on -c effective_io_concurrency=100
}

# turn_of_postgres_as NAME OPTIONS…
turn_of_postgres_as() {
  local name=$1 data=$work/pg port clients
  shift
  rm -rf "$data"
  mkdir -p "$data"
  [ "$(id -u)" != 0 ] || chown postgres: "$data"
  as_postgres "$pg_bin/initdb" -A trust -U postgres -D "$data" >"$work/initdb.log"
  port=$(free_port)
  # As root the process becomes PostgreSQL itself, so its id is the one to end.
  if [ "$(id -u)" = 0 ]; then set -- setpriv --reuid=postgres --regid=postgres --init-groups "$pg_bin/postgres" "$@"
  else set -- "$pg_bin/postgres" "$@"; fi
  "$@" -D "$data" -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=300 \
    >"$work/pg.log" 2>&1 &
  pids+=($!)
  export PGHOST=127.0.0.1 PGPORT=$port PGUSER=postgres PGDATABASE=postgres
  until_ready "$pg_bin/pg_isready"
  psql_run -f "$here/pg/schema.sql"
  for clients in $pg_clients; do
    pgbench_run "$name" "hold for update" "$clients" hold seats_free "n_tup_upd seats"
    pgbench_run "$name" "hold by one update" "$clients" hold_one seats_free "n_tup_upd seats"
  done
  pgbench_run "$name" charge 64 charge "" "n_tup_ins ledger"
  pgbench_run "$name" pay 64 pay seats_held "n_tup_ins payments"
  # INT: without waiting for clients, and in order.
  end_last INT
}

psql_run() { "$pg_bin/psql" -X -q -v ON_ERROR_STOP=1 "$@" 2>>"$work/psql.log"; }

# What PostgreSQL counted of a table: its argument is `counter table`.
pg_counter() { psql_run -A -t -c "SELECT ${1% *} FROM pg_stat_user_tables WHERE relname = '${1#* }'"; }

# pgbench_run NAME WORK CLIENTS SCRIPT PREPARATION COUNTER; success is what the counter says was changed.
pgbench_run() {
  local before changed transactions rate p50 p99
  [ -z "$5" ] || psql_run -f "$here/pg/$5.sql"
  sync
  changed=$(pg_counter "$6")
  before=$(disk_counts)
  rm -f "$work"/transactions.*
  "$pg_bin/pgbench" -n -M prepared -c "$3" -j 2 -T "$span" -l --log-prefix="$work/transactions" --sampling-rate=0.1 \
    -f "$here/pg/$4.sql" >"$work/pgbench.log" 2>&1 || { cat "$work/pgbench.log" >&2; die "pgbench failed"; }
  transactions=$(awk '/^number of transactions actually processed/ { sub("/.*", "", $6); print $6 }' "$work/pgbench.log")
  rate=$(awk '/^tps = / { print $3 }' "$work/pgbench.log")
  read -r p50 p99 < <(cat "$work"/transactions.* | awk '{ print $3 }' | sort -n |
    awk '{ v[NR] = $1 } END { printf "%.3f %.3f\n", v[int(NR * 0.50) + 1] / 1000, v[int(NR * 0.99) + 1] / 1000 }')
  # A backend hands in its counts when it ends, a moment after its client.
  sleep 1
  changed=$(($(pg_counter "$6") - changed))
  note "$1" "$2" "$3" "$rate" "$(share "$changed" "$transactions")" "$p50" "$p99" "$transactions" "$before"
}
