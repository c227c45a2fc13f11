# Part of run.sh: what has to be there before anything is measured.

install_all() {
  local missing=()
  command -v wrk >/dev/null || missing+=(wrk)
  command -v jq >/dev/null || missing+=(jq)
  command -v redis-server >/dev/null || missing+=(redis-server)
  command -v redis-benchmark >/dev/null || missing+=(redis-tools)
  command -v curl >/dev/null || missing+=(curl)
  find_postgres || missing+=(postgresql)
  if [ ${#missing[@]} -gt 0 ]; then
    [ "$(id -u)" = 0 ] || die "missing: ${missing[*]}; install them, or run this as root"
    say "installing ${missing[*]}"
    # Debian would create a cluster and start the servers; neither is wanted here.
    mkdir -p /etc/postgresql-common
    [ -e /etc/postgresql-common/createcluster.conf ] ||
      echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
    apt-get update -q >/dev/null
    RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null
    find_postgres || die "PostgreSQL is installed, but its programs are not found"
  fi
  (cd "$root" && cargo build --locked --profile dist --features jemalloc --bin jari --example bare --example flushes)
  local target
  target=$(cd "$root" && cargo metadata --format-version 1 --no-deps | jq -r .target_directory)
  jari=${JARI:-$target/dist/jari}
  bare=$target/dist/examples/bare
  flushes=$target/dist/examples/flushes
}

# The folder of PostgreSQL's programs: version 15 if it is there, else the newest.
find_postgres() {
  local folder
  pg_bin=
  for folder in /usr/lib/postgresql/15/bin $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -rV); do
    if [ -x "$folder/postgres" ] && [ -x "$folder/pgbench" ]; then pg_bin=$folder; return 0; fi
  done
  return 1
}
