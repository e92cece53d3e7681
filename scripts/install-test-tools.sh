#!/usr/bin/env bash
# What the tests need, from Debian's packages, PyPI and npm: a browser, a SIP
# tester, telephones and a proxy that others wrote, PostgreSQL, and Python and
# Node packages in folders of this tree.
# Does nothing for what is there already.
set -euo pipefail
cd "$(dirname "$0")/.."

kamailio_was_here=yes
dpkg-query -W -f '${Status}' kamailio 2>/dev/null | grep -q 'ok installed' || kamailio_was_here=no
scripts/apt-install.sh chromium sip-tester postgresql python3 python3-venv git curl openssl \
  baresip kamailio kamailio-tls-modules linphone-cli stunnel4

# Python packages live in tests/.venv, remade when their list changes.
venv=tests/.venv
want=$(cat tests/requirements.txt tests/requirements-telephone.txt | sha256sum | cut -d' ' -f1)
if [ "$(cat "$venv/.made-from" 2>/dev/null)" != "$want" ]; then
  python=/usr/bin/python3
  [ -x "$python" ] || python=python3
  rm -rf "$venv"
  "$python" -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement tests/requirements.txt
  # One telephone more where its wheel fits (x86-64, this Python); elsewhere its tests say that it is missing.
  "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
    --requirement tests/requirements-telephone.txt || echo "pjsua2 has no wheel for this machine" >&2
  echo "$want" >"$venv/.made-from"
fi

# The browser is Debian's; only the library that drives it comes from npm.
want=$(sha256sum tests/e2e/package-lock.json | cut -d' ' -f1)
if [ "$(cat tests/e2e/node_modules/.made-from 2>/dev/null)" != "$want" ]; then
  (cd tests/e2e && npm ci --no-audit --no-fund --silent)
  echo "$want" >tests/e2e/node_modules/.made-from
fi

# JsSIP as other people's pages load it: one script.
want=$(sha256sum tests/interop/package-lock.json | cut -d' ' -f1)
if [ "$(cat tests/interop/node_modules/.made-from 2>/dev/null)" != "$want" ]; then
  (cd tests/interop && npm ci --no-audit --no-fund --silent && npm run --silent bundle)
  echo "$want" >tests/interop/node_modules/.made-from
fi

# Debian starts a proxy that it installs. Ours are started by the tests, on ports of their own.
if command -v systemctl >/dev/null && systemctl is-active --quiet kamailio 2>/dev/null && [ "$kamailio_was_here" = no ]; then
  as_root=()
  [ "$(id -u)" -eq 0 ] || as_root=(sudo --non-interactive)
  "${as_root[@]}" systemctl disable --now --quiet kamailio
fi
