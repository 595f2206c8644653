#!/bin/bash
# User data of the server: fetches the rest from S3 and runs it. CDKTF writes the settings above this line; none is secret.
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

for name in SMARTSCALE_CLUSTER SMARTSCALE_REGION SMARTSCALE_SSM_PREFIX SMARTSCALE_BUCKET K3S_VERSION K3S_SHA256; do
  [ -n "${!name:-}" ] || fail "$name is not set" 'replace the server with cdktf deploy'
done
step='looking for the AWS CLI'
command -v aws >/dev/null || fail 'aws is not on PATH' 'use an image that brings it, such as Amazon Linux 2023'

release=$ROOT/opt/smartscale/release
checksum_of() { sha256sum <"$1" | cut -d ' ' -f 1; }

ask_checksum() {
  aws ssm get-parameter --region "$SMARTSCALE_REGION" --name "${SMARTSCALE_SSM_PREFIX}release" \
    --query Parameter.Value --output text >"$release.checksum"
}

fetch() {
  retry ask_checksum || fail "${problem:-no answer}" 'check the route to SSM, and ssm:GetParameter of the role'
  rm -rf "$release.new"
  mkdir -p "$release.new"
  retry aws s3 cp --recursive --only-show-errors --region "$SMARTSCALE_REGION" \
    "s3://$SMARTSCALE_BUCKET/release/" "$release.new" ||
    fail "${problem:-no answer}" 'check the route to S3, and s3:ListBucket and s3:GetObject on release/* of the role'
}

# Sets $wrong, if what was fetched is not exactly what CDKTF wrote. It keeps the checksum of the list in SSM: who can write
# to the bucket alone changes nothing here.
check() {
  local list=$release.new/SHA256SUMS
  wrong='SHA256SUMS is another'
  [ -s "$list" ] || return 0
  [ "$(checksum_of "$list")" = "$(cat "$release.checksum")" ] || return 0
  wrong=$(cd "$release.new" && sha256sum --check --quiet --strict SHA256SUMS 2>/dev/null | head -n 1) || :
  wrong=${wrong:+${wrong%%: *} is missing or another}
  [ -z "$wrong" ] || return 0
  wrong=$(cd "$release.new" && find . -type f ! -path ./SHA256SUMS | cut -c 3- | grep -vxFf <(cut -c 67- SHA256SUMS) | head -n 1) || :
  wrong=${wrong:+$wrong is one more}
}

step="fetching the release from s3://$SMARTSCALE_BUCKET"
mkdir -p "${release%/*}"
# While a deployment goes on, list and files may differ for some seconds.
for ((round = 1; ; round++)); do
  fetch
  check
  [ -n "$wrong" ] || break
  ((round < TRIES)) || fail "$wrong than CDKTF wrote" 'run cdktf deploy, or find out who wrote to the bucket'
  sleep "$((PAUSE * 5))"
done
rm -f "$release.checksum"
rm -rf "$release.old"
[ ! -d "$release" ] || mv "$release" "$release.old"
mv "$release.new" "$release"
# The service, which is not root, runs what is in it.
chmod 0755 "$ROOT/opt/smartscale"
chmod -R u=rwX,go=rX "$release"
bash "$release/k3s/server/install.sh" || {
  code=$?
  # The boot is no unit of ours, so nobody else tells people.
  bash "$release/k3s/server/notify.sh" boot || :
  exit "$code"
}
