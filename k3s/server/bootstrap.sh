#!/bin/bash
# User data of the server: fetches the rest from S3 and runs it. CDKTF writes the settings above this line; none is secret.
# May run again at any time: a server that has another release than CDKTF wrote is upgraded by that, or stays what it was.
# What stops it is said in one line on the console: docs/hosts.md, "What a console says".
set -Eeuo pipefail
umask 077

ROOT=${SMARTSCALE_ROOT:-}
# Twice as patient as a worker, which is launched again: nobody launches the server again.
export SMARTSCALE_TRIES=${SMARTSCALE_TRIES:-16}
TRIES=$SMARTSCALE_TRIES
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

for name in SMARTSCALE_CLUSTER SMARTSCALE_REGION SMARTSCALE_SSM_PREFIX SMARTSCALE_BUCKET; do
  [ -n "${!name:-}" ] || fail "$name is not set" 'replace the server with cdktf deploy'
done
step='looking for the AWS CLI'
command -v aws >/dev/null || fail 'aws is not on PATH' 'use an image that brings it, such as Amazon Linux 2023'

state=$ROOT/var/lib/smartscale
mkdir -p "$state"
step='waiting for its turn'
exec 9>"$state/lock"
flock --nonblock 9 || fail 'another run of it is under way' 'wait for that: systemctl status smartscale-upgrade smartscale-boot'

# cloud-init runs this once and never again, also when the machine goes down in the middle: from here on systemd does.
keep_trying() {
  local unit=$ROOT/etc/systemd/system/smartscale-boot.service
  mkdir -p "${unit%/*}"
  cat >"$unit" <<'END'
[Unit]
Description=What is left of the first boot of the SmartScale server
Wants=network-online.target
After=network-online.target
ConditionPathExists=!/var/lib/smartscale/booted

[Service]
Type=oneshot
Environment=SMARTSCALE_UNIT=smartscale-boot.service
ExecStart=/bin/bash /var/lib/cloud/instance/user-data.txt
StandardOutput=journal+console
StandardError=journal+console
Restart=on-failure
RestartSec=2min

[Install]
WantedBy=multi-user.target
END
  systemctl daemon-reload
  systemctl enable smartscale-boot.service >/dev/null 2>&1
}
step='making sure that it is tried again'
[ -e "$state/booted" ] || [ -n "${SMARTSCALE_UNIT:-}" ] || keep_trying

release=$ROOT/opt/smartscale/release
new=${release}s/new
checksum_of() { sha256sum <"$1" | cut -d ' ' -f 1; }

# Called by retry.
# shellcheck disable=SC2317
ask_checksum() {
  aws ssm get-parameter --region "$SMARTSCALE_REGION" --name "${SMARTSCALE_SSM_PREFIX}release" \
    --query Parameter.Value --output text >"$new.checksum"
}

fetch() {
  retry ask_checksum || fail "${problem:-no answer}" 'check the route to SSM, and ssm:GetParameter of the role'
  rm -rf "$new"
  mkdir -p "$new"
  retry aws s3 cp --recursive --only-show-errors --region "$SMARTSCALE_REGION" \
    "s3://$SMARTSCALE_BUCKET/release/" "$new" ||
    fail "${problem:-no answer}" 'check the route to S3, and s3:ListBucket and s3:GetObject on release/* of the role'
}

# Sets $wrong, if what was fetched is not exactly what CDKTF wrote. It keeps the checksum of the list in SSM: who can write
# to the bucket alone changes nothing here.
check() {
  local list=$new/SHA256SUMS
  wrong='SHA256SUMS is another'
  [ -s "$list" ] || return 0
  [ "$(checksum_of "$list")" = "$(cat "$new.checksum")" ] || return 0
  wrong=$(cd "$new" && sha256sum --check --quiet --strict SHA256SUMS 2>/dev/null | head -n 1) || :
  wrong=${wrong:+${wrong%%: *} is missing or another}
  [ -z "$wrong" ] || return 0
  wrong=$(cd "$new" && find . -type f ! -path ./SHA256SUMS | cut -c 3- | grep -vxFf <(cut -c 67- SHA256SUMS) | head -n 1) || :
  wrong=${wrong:+$wrong is one more}
}

step="fetching the release from s3://$SMARTSCALE_BUCKET"
mkdir -p "${new%/*}"
# While a deployment goes on, list and files may differ for some seconds.
for ((round = 1; ; round++)); do
  fetch
  check
  [ -n "$wrong" ] || break
  ((round < TRIES)) || fail "$wrong than CDKTF wrote" 'run cdktf deploy, or find out who wrote to the bucket'
  sleep "$((PAUSE * 5))"
done
rm -f "$new.checksum"
# The service, which is not root, runs what is in it.
chmod 0755 "$ROOT/opt/smartscale" "${new%/*}"
chmod -R u=rwX,go=rX "$new"

# What there is now is kept until the new one runs: by its own script, which has proved itself here. It says what stops it.
[ ! -e "$release" ] || bash "$release/k3s/server/before-upgrade.sh" "$new" || exit 1
step='putting the release in its place'
place=${new%/*}/$(checksum_of "$new/SHA256SUMS" | cut -c 1-12)-$(date +%s)-$$
mv "$new" "$place"
# In one step: whatever stops this here, there is a release.
ln -sfn "$place" "$release.new"
mv -fT "$release.new" "$release"

code=0
bash "$release/k3s/server/install.sh" || code=$?
((code != 0)) || exit 0
[ ! -e "$state/before/pending" ] || bash "$(cat "$state/before/release")/k3s/server/roll-back.sh" || :
exec 9>&-
# Without a unit nobody else tells people, or tries again.
if [ -z "${SMARTSCALE_UNIT:-}" ]; then
  bash "$release/k3s/server/notify.sh" boot || :
  [ -e "$state/booted" ] || systemctl start --no-block smartscale-boot.service || :
fi
exit "$code"
