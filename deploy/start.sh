#!/bin/sh
# What the image runs. With settings, as docker-compose.yml gives them: one server behind nginx, which
# refuses to start where a setting is missing. With none: the embedded default, which is all of Front
# Row in one container for this machine alone, on SQLite in var/, where its key is kept, too.
cd "$(dirname "$0")/.." || exit 1
given="$SECRET_KEY$JWT_SIGNING_KEY$ALLOWED_HOSTS$CSRF_TRUSTED_ORIGINS$HTTPS$TRUSTED_PROXIES"
if [ -n "$given$DATABASE_URL$REDIS_URL" ]; then
    ENV_FILE= exec deploy/serve.sh --proxy-headers "$@"
fi
set -e
if ! [ -s "$ENV_FILE" ]; then
    umask 077
    key=$(python -c 'import secrets; print(secrets.token_urlsafe(60))')
    printf 'SECRET_KEY=%s\nALLOWED_HOSTS=127.0.0.1,localhost,[::1]\nHTTPS=false\nSITE_URL=http://127.0.0.1:8000\n' "$key" >"$ENV_FILE.new" || {
        echo "$(dirname "$ENV_FILE") can't be written: give its volume to user $(id -u)." >&2
        exit 1
    }
    mv "$ENV_FILE.new" "$ENV_FILE"
fi
echo "No settings were given: Front Row serves localhost only, without HTTPS, on SQLite, with a key in var/."
python manage.py migrate --noinput --verbosity 0
python manage.py createsampledata --with-demo-user
exec deploy/serve.sh "$@"
