#!/bin/bash
# User data of a worker: fetches the rest from S3 and runs it. CDKTF writes the settings above this line; none is secret.
# May run again at any time. What stops it is said in one line on the console: docs/hosts.md, "What a console says".
set -Eeuo pipefail
umask 077

ROOT=${SMARTSCALE_ROOT:-}
TRIES=${SMARTSCALE_TRIES:-8}
PAUSE=${SMARTSCALE_PAUSE_SECONDS:-1}
step='beginning'

say() { printf 'smartscale-bootstrap: %s\n' "$*" >&2; }

# What is wrong, and what to do about it.
fail() {
  trap - ERR
  say "FAILED while $step: $1. To do: $2"
  exit 1
}
trap 'fail "line $LINENO of ${BASH_SOURCE[0]##*/} ended with $?" "read /var/log/cloud-init-output.log"' ERR

# Runs a command until it succeeds; its last words are in $problem. Many machines start at once, hence the jitter.
retry() {
  local try pause=$PAUSE
  for ((try = 1; ; try++)); do
    if problem=$("$@" 2>&1 >/dev/null </dev/null); then return 0; fi
    problem=$(printf '%s' "$problem" | tail -n 1 | tr -d '\r')
    ((try < TRIES)) || return 1
    sleep "$(awk -v most="$pause" -v seed="$RANDOM" 'BEGIN { srand(seed); printf "%.2f", most * (0.5 + rand() / 2) }')"
    pause=$((pause < 30 ? pause * 2 : 30))
  done
}

fetch() {
  step="fetching $1 from s3://$SMARTSCALE_BUCKET"
  mkdir -p "$files"
  retry aws s3 cp --only-show-errors --region "$SMARTSCALE_REGION" \
    "s3://$SMARTSCALE_BUCKET/release/k3s/worker/$1" "$files/$1.new" ||
    fail "${problem:-no answer}" 'check the route to S3 and s3:GetObject on release/k3s/worker/* of the role'
  mv "$files/$1.new" "$files/$1"
}

for name in SMARTSCALE_CLUSTER SMARTSCALE_REGION SMARTSCALE_SSM_PREFIX SMARTSCALE_BUCKET SMARTSCALE_POOL K3S_VERSION K3S_SHA256; do
  [ -n "${!name:-}" ] || fail "$name is not set" 'make a new launch template version with cdktf deploy'
done
step='looking for the AWS CLI'
command -v aws >/dev/null || fail 'aws is not on PATH' 'use an image that brings it, such as Amazon Linux 2023'

files=$ROOT/usr/local/lib/smartscale
for file in steps.sh install.sh join-token.sh k3s-agent.service smartscale-notices.sh smartscale-notices.service; do
  fetch "$file"
done
exec bash "$files/install.sh"
