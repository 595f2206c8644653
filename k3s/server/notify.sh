#!/bin/bash
# Tells people that a unit of the server failed: its last lines go to the log group, one message to the topic. Run by
# systemd (OnFailure=), and by the boot, which is no unit. Of one unit people are told once in six hours, however often it
# fails meanwhile; the log group has every failure. Usage: notify.sh UNIT
# shellcheck source-path=SCRIPTDIR source=../worker/steps.sh
source "$(dirname "$0")/../worker/steps.sh"

unit=${1:?usage: notify.sh UNIT}
AGAIN_SECONDS=${SMARTSCALE_TELL_AGAIN_SECONDS:-21600}
need_settings SMARTSCALE_CLUSTER SMARTSCALE_REGION SMARTSCALE_SSM_PREFIX
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# As the inside of a JSON string; what is no text goes.
json_text() { tr -d '\000-\010\013-\037' | sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/\t/\\t/g' | awk '{ printf "%s\\n", $0 }'; }

lines() {
  if [ "$unit" = boot ]; then
    tail -n "$1" "$ROOT/var/log/cloud-init-output.log" 2>/dev/null || :
  else
    journalctl --unit "$unit" --lines "$1" --output cat 2>/dev/null || :
  fi
}

log_group=${SMARTSCALE_SSM_PREFIX%/}/server
say_in_log() {
  local words
  printf '[{"timestamp": %s000, "message": "%s"}]\n' "$(date +%s)" "$(lines 100 | json_text)" >"$work/events.json"
  words=$(aws logs create-log-stream --region "$SMARTSCALE_REGION" --log-group-name "$log_group" \
    --log-stream-name "failures/$unit" 2>&1) || [[ $words == *ResourceAlreadyExists* ]] || { printf '%s\n' "$words" >&2 && return 1; }
  aws logs put-log-events --region "$SMARTSCALE_REGION" --log-group-name "$log_group" --log-stream-name "failures/$unit" \
    --log-events "file://$work/events.json"
}

step="writing the last lines of $unit to the log group $log_group"
retry say_in_log || say "$step: ${problem:-no answer}"

told=$ROOT/var/lib/smartscale-told/$unit
step='looking when people were told last'
mkdir -p "${told%/*}"
if [ -n "$(find "$told" -newermt "-$AGAIN_SECONDS seconds" 2>/dev/null)" ]; then
  say "$unit failed again; people were told at $(date -u -r "$told" +%H:%M) UTC"
  exit 0
fi

step='finding the topic'
ask_topic() {
  aws ssm get-parameter --region "$SMARTSCALE_REGION" --name "${SMARTSCALE_SSM_PREFIX}config/cluster" \
    --query Parameter.Value --output text >"$work/cluster.json"
}
retry ask_topic || fail "${problem:-no answer}" 'check ssm:GetParameter of the role'
topic=$(sed -n 's/.*"topic": *"\(arn:[^"]*\)".*/\1/p' "$work/cluster.json")
[ -n "$topic" ] || fail 'config/cluster names none' 'run cdktf deploy: it writes this parameter'

step='telling the topic'
{
  printf '%s of the K3s server of cluster %s failed:\n\n' "$unit" "$SMARTSCALE_CLUSTER"
  lines 5 | tr -d '\000-\010\013-\037'
  printf '\nIf it fails again within %s hours, no further message tells it.' "$((AGAIN_SECONDS / 3600))"
  printf '\nMore: log group %s. What to do: docs/hosts.md\n' "$log_group"
} >"$work/message"
retry aws sns publish --region "$SMARTSCALE_REGION" --topic-arn "$topic" \
  --subject "SmartScale $SMARTSCALE_CLUSTER: $unit failed" --message "file://$work/message" ||
  fail "${problem:-no answer}" 'check the route to SNS, and sns:Publish of the role'
touch "$told"
say "told $topic that $unit failed"
