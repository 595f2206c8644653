#!/bin/bash
# Drains and ends workers whose K3s is not the server's, one after the other; --all: every worker there is now, as for a new
# image. The webhook buys others, as it does for any worker that is missing, from the launch template of now.
# shellcheck source-path=SCRIPTDIR source=../worker/steps.sh
source "$(dirname "$0")/../worker/steps.sh"

DRAIN_SECONDS=${SMARTSCALE_DRAIN_SECONDS:-900}
PLACE_SECONDS=${SMARTSCALE_PLACE_SECONDS:-900}
need_settings SMARTSCALE_REGION K3S_VERSION
kubectl() { "$ROOT/usr/local/bin/k3s" kubectl "$@"; }
all=${1:-}

step='looking for workers to replace'
workers() {
  kubectl get nodes --selector smartscale/pool --no-headers \
    --output custom-columns=NAME:.metadata.name,VERSION:.status.nodeInfo.kubeletVersion >"$found"
}
found=$(mktemp)
trap 'rm -f "$found"' EXIT
retry workers || fail "${problem:-no words}" 'run journalctl -u k3s'
mapfile -t names < <(awk -v version="$K3S_VERSION" -v all="$all" 'all == "--all" || $2 != version { print $1 }' "$found")
say "${#names[@]} of $(wc -l <"$found") workers are to be replaced"

# Pods that wait for a node to run on.
nobody_waits() { [ -z "$(kubectl get pods --all-namespaces --field-selector status.phase=Pending --output name)" ]; }
end_of() { aws ec2 terminate-instances --region "$SMARTSCALE_REGION" --instance-ids "$1"; }

for name in "${names[@]}"; do
  step="draining $name"
  # As the webhook does: through the Eviction API, so that budgets hold.
  if ! words=$(kubectl drain "$name" --ignore-daemonsets --delete-emptydir-data --timeout="${DRAIN_SECONDS}s" 2>&1); then
    kubectl uncordon "$name" >/dev/null 2>&1 || :
    fail "$(printf '%s' "$words" | tail -n 1)" 'it serves again; see what keeps its pods, and start this again'
  fi
  step="ending $name"
  retry end_of "$name" || fail "${problem:-no answer}" "check ec2:TerminateInstances of the role; kubectl uncordon $name puts it back"
  step="waiting for a place for the pods of $name"
  wait_for "$PLACE_SECONDS" nobody_waits ||
    fail "pods still wait for a node after $PLACE_SECONDS s" 'see /healthz of the webhook for why it buys none; start this again then'
  say "replaced $name"
done
say "every worker runs K3s $K3S_VERSION"
