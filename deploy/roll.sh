#!/usr/bin/env bash
# Deploys the version in this folder by docker-compose.yml, while the site serves: builds the image, migrates, and
# puts a new replica in the place of each old one. An old one ends only when a new one is ready, and with time to
# answer what it has begun. Stops with one sentence, and with as many replicas as before, where a step fails.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

# For a replica to become ready, and for one to end: its stop_grace_period.
READY_SECONDS=120
DRAIN_SECONDS=30
# nginx looks the names of the replicas up every second.
FOUND_SECONDS=3

new=
give_up() {
    [[ -z $new ]] || docker rm --force "$new" >/dev/null
    echo "$1" >&2
    exit 1
}
trap 'give_up "Interrupted: the replicas that were not replaced yet go on."' INT TERM

if docker compose version >/dev/null 2>&1; then
    compose=(docker compose)
elif command -v docker-compose >/dev/null; then
    compose=(docker-compose)
else
    give_up "There is neither docker compose nor docker-compose on this machine."
fi

# The running replicas, one id a line.
replicas() {
    local id
    for id in $("${compose[@]}" ps -q web); do
        [[ $(docker inspect --format '{{.State.Running}}' "$id") != true ]] || echo "$id"
    done
}

# Waits until a replica is ready, for as long as it lives and READY_SECONDS have not passed.
becomes_ready() {
    local deadline=$((SECONDS + READY_SECONDS))
    until docker exec "$1" python deploy/healthcheck.py >/dev/null 2>&1; do
        [[ $(docker inspect --format '{{.State.Running}} {{.RestartCount}}' "$1") == "true 0" ]] || return 1
        ((SECONDS < deadline)) || return 1
        sleep 1
    done
}

mapfile -t old < <(replicas)
((${#old[@]})) || give_up "Nothing runs here yet: ${compose[*]} up --build --detach starts it."

"${compose[@]}" build web || give_up "The image could not be built: the old version goes on."
"${compose[@]}" run --rm -T --no-deps migrate || give_up "The migrations failed: the old version goes on."

# One that was stopped would be started again in place of a new one.
"${compose[@]}" rm --force web >/dev/null
for each in "${old[@]}"; do
    before=$(replicas)
    "${compose[@]}" up --detach --no-deps --no-recreate --scale "web=$(($(wc -l <<<"$before") + 1))" web ||
        give_up "No new replica could be started: the old ones go on."
    new=$(replicas | grep --invert-match --line-regexp --fixed-strings "$before")
    [[ $new ]] || give_up "A new replica ended at once: the old ones go on."
    becomes_ready "$new" ||
        give_up "A new replica does not become ready, so it was removed and the old ones go on. It said: $(docker logs --tail 1 "$new" 2>&1)"
    new=
    sleep "$FOUND_SECONDS"
    docker stop -t "$DRAIN_SECONDS" "$each" >/dev/null && docker rm "$each" >/dev/null ||
        give_up "The replica $each can't be ended: docker rm --force $each does it."
done
"${compose[@]}" up --detach --no-deps worker tidy ||
    give_up "Every replica is one of the new version, but the worker and what tidies up are not: ${compose[*]} up --detach worker tidy."
echo "Every replica is one of the new version."
