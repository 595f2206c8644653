#!/bin/bash
# Sends what K3s, the webhook, our units and the boot wrote to the journal since the last time to the log group, a stream a
# unit. What could not be sent is sent the next time. Run by smartscale-logs.timer: docs/hosts.md, "Logs".
# shellcheck source-path=SCRIPTDIR source=../worker/steps.sh
source "$(dirname "$0")/../worker/steps.sh"

need_settings SMARTSCALE_REGION SMARTSCALE_SSM_PREFIX
log_group=${SMARTSCALE_SSM_PREFIX%/}/server
state=$ROOT/var/lib/smartscale-logs
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

step='reading the journal'
mkdir -p "$state" "$work/streams"
[ ! -e "$state/cursor" ] || cp "$state/cursor" "$work/cursor"
journalctl --quiet --all --unit k3s.service --unit 'smartscale*' --unit cloud-final.service --output json \
  --cursor-file="$work/cursor" |
  "$ROOT/opt/smartscale/node" "$(dirname "$0")/journal-events.cjs" "$log_group" "$work/streams" \
    "$ROOT/etc/smartscale/secrets"

put() {
  local words
  words=$(aws logs put-log-events --region "$SMARTSCALE_REGION" --cli-input-json "file://$1" 2>&1) && return 0
  printf '%s\n' "$words" >&2
  [[ $words != *ResourceNotFound* ]] || aws logs create-log-stream --region "$SMARTSCALE_REGION" \
    --log-group-name "$log_group" --log-stream-name "$(basename "$(dirname "$1")")"
  return 1
}
step="writing to the log group $log_group"
for request in "$work"/streams/*/*.json; do
  [ -e "$request" ] || break
  retry put "$request" || fail "${problem:-no answer}" 'check the route to CloudWatch Logs, and logs:PutLogEvents of the role'
done
[ ! -e "$work/cursor" ] || mv -f "$work/cursor" "$state/cursor"
