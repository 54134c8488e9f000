#!/usr/bin/env bash
# Runs a command beside a PostgreSQL server of its own, which is gone afterwards. The command finds it by OAR_TEST_POSTGRES_PORT (on
# 127.0.0.1) and OAR_TEST_POSTGRES_PASSWORD (of the role postgres). Without PostgreSQL installed it runs the command all the same, and says so.
set -euo pipefail

# Debian keeps the newest version where no path leads.
bin=$(printf '%s\n' /usr/lib/postgresql/*/bin/initdb | sort -V | tail -1)
bin=${bin%/initdb}
if [ ! -x "$bin/initdb" ]; then bin=; fi
if [ -z "$bin" ] && command -v initdb >/dev/null 2>&1; then bin=$(dirname "$(command -v initdb)"); fi
if [ -z "$bin" ]; then
    echo "PostgreSQL is not installed: the tests of it are skipped (Debian: apt-get install postgresql)" >&2
    exec "$@"
fi

# The server refuses to be run by root.
as_user=()
if [ "$(id -u)" = 0 ]; then as_user=(runuser -u nobody --); fi

folder=$(mktemp -d)
stop() {
    "${as_user[@]}" "$bin/pg_ctl" --pgdata "$folder/data" --mode immediate stop >/dev/null 2>&1 || true
    rm -rf "$folder"
}
trap stop EXIT
chmod 755 "$folder"
mkdir "$folder/data"
password=$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')
echo "$password" >"$folder/password"
if [ "$(id -u)" = 0 ]; then chown -R nobody "$folder"; fi
cd "$folder"
"${as_user[@]}" "$bin/initdb" --pgdata "$folder/data" --username postgres --pwfile "$folder/password" --auth scram-sha-256 \
    --encoding UTF8 --locale C --no-sync >/dev/null

# `oar-bench round` counts its statements with it. Others are not counted.
options="-c fsync=off -c max_connections=50"
if [ -e "$("$bin/pg_config" --pkglibdir 2>/dev/null)/pg_stat_statements.so" ]; then
    options="$options -c shared_preload_libraries=pg_stat_statements -c pg_stat_statements.track=none"
fi

# Any port that nobody has.
for try in 1 2 3 4 5 6 7 8 9 10; do
    port=$((20000 + RANDOM % 12000))
    if "${as_user[@]}" "$bin/pg_ctl" --pgdata "$folder/data" --log "$folder/log" --wait --options \
        "-c listen_addresses=127.0.0.1 -p $port -k $folder $options" start >/dev/null; then
        break
    fi
    if [ "$try" = 10 ]; then
        cat "$folder/log" >&2
        exit 1
    fi
done
cd - >/dev/null
OAR_TEST_POSTGRES_PORT=$port OAR_TEST_POSTGRES_PASSWORD=$password "$@"
