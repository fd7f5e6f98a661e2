#!/bin/sh
# Does for an empty volume what the official entrypoint does: a superuser with a password, a
# database, and log-in by that password over the network.
set -e
if ! [ -s "$PGDATA/PG_VERSION" ]; then
    password=$(mktemp)
    printf '%s\n' "$POSTGRES_PASSWORD" >"$password"
    initdb --username="$POSTGRES_USER" --pwfile="$password" --auth-local=trust \
        --auth-host=scram-sha-256 --encoding=UTF8 --no-locale
    rm "$password"
    echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
    cat >>"$PGDATA/postgresql.conf" <<'END'
listen_addresses = '*'
unix_socket_directories = '/var/run/postgresql,/tmp'
END
    pg_ctl -w -o "-c listen_addresses=''" start
    createdb --username="$POSTGRES_USER" --host=/tmp "$POSTGRES_DB"
    pg_ctl -w -m fast stop
fi
exec "$@"
