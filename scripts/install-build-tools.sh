#!/usr/bin/env bash
# What building needs beside a Rust toolchain and Node.js 20: a C compiler and
# cmake for the cryptography and for Opus. Does nothing when they are there.
set -euo pipefail
cd "$(dirname "$0")/.."
for tool in cargo node npm; do
  if ! command -v "$tool" >/dev/null; then
    echo "$tool is missing: install Rust (https://rustup.rs) and Node.js 20, then run this again." >&2
    exit 1
  fi
done
if command -v cc >/dev/null && command -v cmake >/dev/null && command -v pkg-config >/dev/null && command -v make >/dev/null; then
  exit 0
fi
scripts/apt-install.sh gcc g++ libc6-dev make cmake pkg-config
