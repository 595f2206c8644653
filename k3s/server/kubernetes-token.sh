#!/bin/bash
# A token of the webhook's ServiceAccount, for an hour, into a file that only the service reads. The admin's kubeconfig
# never leaves root's hands.
# shellcheck source-path=SCRIPTDIR source=../worker/steps.sh
source "$(dirname "$0")/../worker/steps.sh"

step='asking K3s for a token of smartscale/smartscale'
folder=$ROOT/var/lib/smartscale-credential
mkdir -p "$folder"
chmod 0750 "$folder"
chgrp smartscale "$folder"
ask() { "$ROOT/usr/local/bin/k3s" kubectl create token smartscale --namespace smartscale --duration 1h >"$folder/token.new"; }
retry ask || fail "${problem:-no words}" 'run journalctl -u k3s; apply k3s/server/apply.sh if the ServiceAccount is missing'
[ -s "$folder/token.new" ] || fail 'it is empty' 'run journalctl -u k3s'
chgrp smartscale "$folder/token.new"
chmod 0640 "$folder/token.new"
mv -f "$folder/token.new" "$folder/token"
install -m 0640 -g smartscale "$ROOT/var/lib/rancher/k3s/server/tls/server-ca.crt" "$folder/ca.crt"
