#!/bin/bash
# Gives workers that are launched from now on a new join token; the old one ends with the restart of K3s here. Workers
# that have joined stay: they use certificates of their own, and their agents fetch the new token when they start.
# shellcheck source-path=SCRIPTDIR source=../worker/steps.sh
source "$(dirname "$0")/../worker/steps.sh"
# shellcheck source-path=SCRIPTDIR source=secrets.sh
source "$(dirname "$0")/secrets.sh"

step='rotating the join token'
[ -s "$SECRETS/agent-token" ] || fail "$SECRETS/agent-token is not there" 'run this on the server, as root'
random_secret >"$SECRETS/agent-token.new"
mv -f "$SECRETS/agent-token.new" "$SECRETS/agent-token"
# What K3s wrote for the old one must not be published for the new one.
rm -f "$ROOT/var/lib/rancher/k3s/server/agent-token"
step='restarting K3s'
restart_unit k3s.service
publish_join_token
say 'rotated the join token; what was launching with the old one is launched again by the webhook'
