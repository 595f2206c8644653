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

# What is wrong, and what to do about it: of some troubles whatever was to be done says less than the trouble itself.
fail() {
  trap - ERR
  local advice=$2
  case $1 in
    *'No space left'* | *'curl: (23)'*) advice='make room on the disk, see df -h, or give the machine a larger diskGiB' ;;
    *TooSkewed* | *'Signature expired'* | *'not yet current'* | *'not yet valid'*) advice='set the clock right: chronyc tracking' ;;
  esac
  say "FAILED while $step: $1. To do: $advice"
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

checksum_of() { sha256sum <"$1" | cut -d ' ' -f 1; }

ask_checksum() {
  aws ssm get-parameter --region "$SMARTSCALE_REGION" --name "${SMARTSCALE_SSM_PREFIX}release" \
    --query Parameter.Value --output text >"$files.checksum"
}

fetch() {
  retry aws s3 cp --only-show-errors --region "$SMARTSCALE_REGION" \
    "s3://$SMARTSCALE_BUCKET/release/$1" "$files.new/${1##*/}" ||
    fail "$1: ${problem:-no answer}" 'check the route to S3 and s3:GetObject on release/k3s/worker/* of the role'
}

# Sets $wrong, if something is not what CDKTF wrote. It keeps the checksum of the list in SSM: who can write to the bucket
# alone changes nothing here.
fetch_scripts() {
  local file list=$files.new/SHA256SUMS
  wrong=SHA256SUMS
  retry ask_checksum || fail "${problem:-no answer}" 'check the route to SSM, and ssm:GetParameter of the role'
  rm -rf "$files.new"
  mkdir -p "$files.new"
  fetch SHA256SUMS
  [ "$(checksum_of "$list")" = "$(cat "$files.checksum")" ] || return 0
  for file in steps.sh install.sh join-token.sh k3s-agent.service smartscale-notices.sh smartscale-notices.service; do
    fetch "k3s/worker/$file"
    wrong=$file
    grep -qxF "$(checksum_of "$files.new/$file")  k3s/worker/$file" "$list" || return 0
  done
  wrong=''
}

for name in SMARTSCALE_CLUSTER SMARTSCALE_REGION SMARTSCALE_SSM_PREFIX SMARTSCALE_BUCKET SMARTSCALE_POOL K3S_VERSION K3S_SHA256; do
  [ -n "${!name:-}" ] || fail "$name is not set" 'make a new launch template version with cdktf deploy'
done
step='looking for the AWS CLI'
command -v aws >/dev/null || fail 'aws is not on PATH' 'use an image that brings it, such as Amazon Linux 2023'

files=$ROOT/usr/local/lib/smartscale
step="fetching the scripts from s3://$SMARTSCALE_BUCKET"
mkdir -p "${files%/*}"
# While a deployment goes on, list and files may differ for some seconds.
for ((round = 1; ; round++)); do
  fetch_scripts
  [ -n "$wrong" ] || break
  ((round < TRIES)) || fail "$wrong is another than CDKTF wrote" 'run cdktf deploy, or find out who wrote to the bucket'
  sleep "$((PAUSE * 5))"
done
rm -rf "$files" "$files.checksum"
mv "$files.new" "$files"
exec bash "$files/install.sh"
