#!/bin/sh
# Pins the base images of docker-compose.yml and the Dockerfile to what their tags name now. Needs
# Docker and a registry within reach. Run it again for newer images, and commit what it changed.
set -e
cd "$(dirname "$0")/.."
named() {
    sed -En 's/^ +image: ([^ @]+:[^ @]+).*/\1/p' docker-compose.yml
    sed -En 's/^ARG PYTHON=([^ @]+).*/\1/p' Dockerfile
}
for image in $(named); do
    docker pull --quiet "$image" >/dev/null
    digest=$(docker image inspect --format '{{index .RepoDigests 0}}' "$image" | cut -d@ -f2)
    sed -Ei "s|$image(@sha256:[0-9a-f]+)?|$image@$digest|" docker-compose.yml Dockerfile
    echo "$image is $digest"
done
