#!/bin/sh
# Serves Front Row by one Daphne process (foundation/server/serve.py) on $BIND:$PORT. Everything that
# starts it (the Makefile, the image, the by-hand deployment, the tests) does so through this file,
# except `manage.py runserver`. Thousands may knock at the same moment, when they come back from another
# process that ended: hence the backlog. No statement may keep a thread, and PostgreSQL, busy for
# longer than STATEMENT_TIMEOUT.
# Further arguments go to Daphne: --proxy-headers behind nginx, and only there, since it believes
# what X-Forwarded-For says.
cd "$(dirname "$0")/.." || exit 1
interface=$(printf %s "${BIND:-127.0.0.1}" | sed 's/:/\\:/g')
export STATEMENT_TIMEOUT="${STATEMENT_TIMEOUT:-15s}"
exec "${PYTHON:-python}" -m foundation.server.serve \
    --endpoint "tcp:port=${PORT:-8000}:interface=$interface:backlog=4096" \
    "$@" \
    cinema.asgi:application
