#!/usr/bin/env bash
# Builds slimd's image with the engine that works here: docker, podman, or else buildah, which needs
# neither a daemon nor a registry. usage: build-image.sh ENGINE NAME CACHE
#
# With buildah the image is also written to build/image.tar, for `docker load` elsewhere. Its base is
# made with debootstrap where no registry can be reached. SLIMD_IMAGE_BASE names another base.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

engine=$1 name=$2 cache=$3/image
base=${SLIMD_IMAGE_BASE:-}

git_or_unknown() { git "$@" 2>/dev/null || echo unknown; }
revision=$(git_or_unknown rev-parse --short=12 HEAD)
[ -z "$(git status --porcelain 2>/dev/null)" ] || revision+=-changed
arguments=(
  --build-arg "VERSION=${name##*:}"
  --build-arg "REVISION=$revision"
  --build-arg "REVISION_DATE=$(git_or_unknown show -s --format=%cs HEAD)"
  --tag "$name"
)

make_base() {
  local container
  deploy/debootstrap-base.sh "$cache/root" >"$cache/debootstrap.log" 2>&1 ||
    { tail -n 20 "$cache/debootstrap.log" >&2; exit 1; }
  # Layers upon the base before this one serve nobody any more.
  buildah rm --all >/dev/null
  buildah rmi --all --force >/dev/null
  container=$(buildah from scratch)
  buildah add --quiet "$container" "$cache/root" / >/dev/null
  buildah config --cmd bash "$container"
  buildah commit --quiet --rm "$container" "$1" >/dev/null
  rm -rf --one-file-system "$cache/root"
  touch "$cache/base.made"
}

# A base of our own is made anew after a month: that is how it comes by its security fixes.
choose_base() {
  local public=docker.io/library/debian:bookworm-slim own=localhost/slimd-base:bookworm
  base=$own
  if [ -n "$(find "$cache" -name base.made -mtime -30)" ] &&
    buildah inspect --type image "$own" >/dev/null 2>&1; then
    return
  elif timeout 60 buildah pull --quiet "$public" >/dev/null 2>&1; then
    base=$public
  else
    echo "no registry can be reached: making the base with debootstrap"
    make_base "$own"
  fi
}

build_with_buildah() {
  [ -n "$base" ] || choose_base
  mkdir -p build
  # Without namespaces, which a container that this may run in does not grant.
  # OCI images have no health checks, Docker's do.
  buildah build --format docker --isolation chroot --layers --build-arg "BASE=$base" --iidfile build/image.id.new \
    "${arguments[@]}" . >build/image.log 2>&1 || { tail -n 40 build/image.log >&2; exit 1; }
  if [ ! -f build/image.tar ] || ! cmp -s build/image.id.new build/image.id; then
    rm -f build/image.tar
    buildah push --quiet "$name" "docker-archive:build/image.tar:$name"
  fi
  mv build/image.id.new build/image.id
  ls -sh build/image.tar
}

build_with_engine() {
  DOCKER_BUILDKIT=1 "$engine" build ${base:+--build-arg "BASE=$base"} "${arguments[@]}" . ||
    { echo "$engine could not build it; SLIMD_IMAGE_ENGINE=buildah needs no registry" >&2; exit 1; }
}

case "$engine" in
  docker | podman) build_with_engine ;;
  buildah) build_with_buildah ;;
  *) echo "usage: $0 docker|podman|buildah NAME CACHE" >&2; exit 2 ;;
esac
