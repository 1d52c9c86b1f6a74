#!/usr/bin/env bash
# Makes a Debian 12 with nothing but apt in folder ROOT, fixes included: what debian:bookworm-slim is,
# for where no registry can be reached. Needs root. usage: debootstrap-base.sh ROOT
set -euo pipefail

root=$1
mirror=${SLIMD_DEBIAN_MIRROR:-http://deb.debian.org/debian}

# What a run that was cut short left mounted stays as it is.
rm -rf --one-file-system "$root"
mkdir -p "$root"
debootstrap --variant=minbase bookworm "$root" "$mirror"
cat >"$root/etc/apt/sources.list" <<EOF
deb $mirror bookworm main
deb $mirror bookworm-updates main
deb ${mirror%/debian}/debian-security bookworm-security main
EOF
# Nobody reads manuals in a container; licences stay.
cat >"$root/etc/dpkg/dpkg.cfg.d/slim" <<EOF
path-exclude /usr/share/doc/*
path-include /usr/share/doc/*/copyright
path-exclude /usr/share/man/*
path-exclude /usr/share/locale/*
path-exclude /usr/share/info/*
EOF
chroot "$root" sh -euc '
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get upgrade -y -qq
  find /usr/share/doc -type f ! -name copyright -delete
  rm -rf /usr/share/man/* /usr/share/locale/* /usr/share/info/* /var/lib/apt/lists/* \
    /var/cache/apt/*.bin /var/cache/apt/archives/*.deb /var/log/*.log /var/log/apt'
