#!/bin/sh
# Fills in the templates as the official image does: only the variables that the filter names.
set -e
names=$(env | cut -d= -f1 | grep "$NGINX_ENVSUBST_FILTER" | sed 's/.*/${&}/')
for template in /etc/nginx/templates/*.template; do
    envsubst "$names" <"$template" >"$NGINX_ENVSUBST_OUTPUT_DIR/$(basename "$template" .template)"
done
exec "$@"
