#!/bin/sh
# Serves Front Row by one Daphne process (cinema/server.py) on $BIND:$PORT. Everything that starts it
# (the Makefile, the image, the by-hand deployment, the tests) does so through this file, so that its
# limits are the same everywhere and stand in one place:
#   an answer takes a minute at most; clients that are gone are noticed in about 72 seconds; a socket
#   may stay for as long as it answers pings; what a browser sends on one comes in tiny frames.
#   The limit of a message is one for sending, too: it must let the largest hall's changes through.
#   Thousands may knock at the same moment, when they come back from another process that ended.
# Further arguments go to Daphne: --proxy-headers behind nginx, and only there, since it believes
# what X-Forwarded-For says.
cd "$(dirname "$0")/.." || exit 1
interface=$(printf %s "${BIND:-127.0.0.1}" | sed 's/:/\\:/g')
exec "${PYTHON:-python}" -m cinema.server \
    --endpoint "tcp:port=${PORT:-8000}:interface=$interface:backlog=4096" \
    --http-timeout 60 \
    --ping-interval 60 \
    --ping-timeout 10 \
    --websocket_timeout -1 \
    --websocket_connect_timeout 5 \
    --websocket-max-message-size 262144 \
    --websocket-max-frame-size 1024 \
    --no-server-name \
    "$@" \
    cinema.asgi:application
