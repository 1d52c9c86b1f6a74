#!/usr/bin/env bash
# Installs what slimd needs from Debian 12's packages: `run` to run it, `build` to build it, `test` for
# the tests as well, `image` to make its image where there is no container engine. Does nothing, and
# asks for no privileges, when everything is there.
set -euo pipefail

# The libraries that the program is linked with, and the authorities that TLS clients trust.
run_packages=(
  libnghttp2-14 libssl3 libspdlog1.10 libfmt9 libyaml-cpp0.7 libprometheus-cpp-core1.0 libstdc++6
  ca-certificates
)
build_packages=(
  g++ cmake ninja-build ccache pkg-config git ca-certificates
  libboost-dev libnghttp2-dev libssl-dev libspdlog-dev libyaml-cpp-dev libcli11-dev
  nlohmann-json3-dev libxxhash-dev prometheus-cpp-dev
)
test_packages=(
  catch2 libbenchmark-dev libgrpc++-dev libprotobuf-dev protobuf-compiler protobuf-compiler-grpc
  clang-14 libclang-rt-14-dev clang-format-14 clang-tidy-14
  python3 python3-venv golang-go openssl procps
  prometheus  # promtool checks alert rules and metrics; its server is not used
)
image_packages=(buildah debootstrap ca-certificates git python3 python3-venv)

case "${1:-build}" in
  run) wanted=("${run_packages[@]}") ;;
  build) wanted=("${build_packages[@]}") ;;
  test) wanted=("${build_packages[@]}" "${test_packages[@]}") ;;
  image) wanted=("${image_packages[@]}") ;;
  *) echo "usage: $0 [run|build|test|image]" >&2; exit 2 ;;
esac

missing=()
for package in "${wanted[@]}"; do
  status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
  exit 0
fi

if ! command -v apt-get >/dev/null; then
  echo "These packages are missing, and this is no Debian to install them on: ${missing[*]}" >&2
  exit 1
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "Run this as root, or install sudo, to get: ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi
echo "installing ${#missing[@]} packages: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
