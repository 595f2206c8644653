#!/bin/bash
# Makes this machine the server of the cluster, or an already made one right again. Each part may run again at any time.
# shellcheck source-path=SCRIPTDIR source=../worker/steps.sh
source "$(dirname "$0")/../worker/steps.sh"
# shellcheck source-path=SCRIPTDIR source=secrets.sh
source "$(dirname "$0")/secrets.sh"
# shellcheck source-path=SCRIPTDIR source=k3s-release.sh
source "$(dirname "$0")/k3s-release.sh"

HERE=$(cd "$(dirname "$0")" && pwd)
READY_SECONDS=${SMARTSCALE_READY_SECONDS:-300}
export K3S_POD_CIDR=${K3S_POD_CIDR:-10.42.0.0/16} K3S_SERVICE_CIDR=${K3S_SERVICE_CIDR:-10.43.0.0/16}
need_settings SMARTSCALE_CLUSTER SMARTSCALE_REGION SMARTSCALE_SSM_PREFIX SMARTSCALE_BUCKET
identify
choose_k3s
step='looking for room on the disk'
need_space 1024
install_k3s

step='installing Node'
install_node

step='installing the scripts'
system_user smartscale
export SMARTSCALE_ADDRESS=$address
write_settings SMARTSCALE_CLUSTER SMARTSCALE_REGION SMARTSCALE_SSM_PREFIX SMARTSCALE_BUCKET SMARTSCALE_ADDRESS \
  K3S_VERSION K3S_POD_CIDR K3S_SERVICE_CIDR
mkdir -p "$ROOT/var/lib/smartscale/prometheus" "$ROOT/var/lib/smartscale/alertmanager"
# The user of both images.
chown 65534:65534 "$ROOT/var/lib/smartscale/prometheus" "$ROOT/var/lib/smartscale/alertmanager"
chmod 0750 "$ROOT/var/lib/smartscale/prometheus" "$ROOT/var/lib/smartscale/alertmanager"

make_secrets
# Whatever stops one of these has been said by it.
bash "$HERE/certificates.sh" || exit 1
name_services

bash "$HERE/restore.sh" || exit 1
step='writing the configuration of K3s'
mkdir -p "$ROOT/etc/rancher/k3s"
cat >"$ROOT/etc/rancher/k3s/config.yaml.new" <<END
cluster-init: true
node-name: '$instance_id'
node-ip: '$address'
tls-san: ['$address']
cluster-cidr: '$K3S_POD_CIDR'
service-cidr: '$K3S_SERVICE_CIDR'
agent-token-file: /etc/smartscale/secrets/agent-token
kubelet-arg:
  - 'provider-id=aws:///$zone/$instance_id'
node-label:
  - 'topology.kubernetes.io/zone=$zone'
  - 'topology.kubernetes.io/region=$SMARTSCALE_REGION'
  - 'node.kubernetes.io/instance-type=$instance_type'
# What must not stop when workers go runs here, and nothing else does.
node-taint:
  - 'node-role.kubernetes.io/control-plane=true:NoSchedule'
disable: [traefik, servicelb]
secrets-encryption: true
write-kubeconfig-mode: '0600'
# smartscale-backup.timer does it, with what is needed beside a snapshot.
etcd-disable-snapshots: true
END
mv -f "$ROOT/etc/rancher/k3s/config.yaml.new" "$ROOT/etc/rancher/k3s/config.yaml"
for file in "$HERE"/*.service "$HERE"/*.timer; do
  install_file "$file" "/etc/systemd/system/$(basename "$file")" 0644
done
# From here on the datastore may be the new one's: a roll back has to restore it.
[ ! -e "$ROOT/var/lib/smartscale/before/pending" ] || touch "$ROOT/var/lib/smartscale/before/started"
start_unit k3s.service
step='waiting for the API server'
kubectl() { "$ROOT/usr/local/bin/k3s" kubectl "$@"; }
wait_for "$READY_SECONDS" kubectl get --raw /readyz ||
  fail "it is not ready within $READY_SECONDS s: $(last_words k3s.service)" 'run journalctl -u k3s'

publish_join_token
bash "$HERE/apply.sh" || exit 1

step='making the credential of the webhook'
start_unit smartscale-kubernetes-token.timer
systemctl start smartscale-kubernetes-token.service ||
  fail "no token: $(last_words smartscale-kubernetes-token.service)" 'run journalctl -u smartscale-kubernetes-token'
start_unit smartscale-backup.timer
start_unit smartscale-certificates.timer
step='looking whether the journal is to be sent'
cluster=$(mktemp)
required_parameter config/cluster "$cluster" 'run cdktf deploy: it writes this parameter'
if grep -q '"journal": *false' "$cluster"; then
  systemctl disable --now smartscale-logs.timer >/dev/null 2>&1 || :
else
  start_unit smartscale-logs.timer
fi
rm -f "$cluster"
start_unit smartscale.service
# It may start and end again: what answers is what counts.
step='waiting for the webhook'
answers() {
  curl --disable --silent --fail --noproxy '*' --max-time 5 --cacert "$ROOT/etc/smartscale/tls/authority.pem" \
    "${SMARTSCALE_WEBHOOK:-https://localhost:8787}/healthz"
}
wait_for "$READY_SECONDS" answers ||
  fail "it does not answer within $READY_SECONDS s: $(last_words smartscale.service)" 'run journalctl -u smartscale'
rm -f "$ROOT/etc/smartscale/tls/not-handed-on"
touch "$ROOT/var/lib/smartscale/booted"
rm -f "$ROOT/var/lib/smartscale/before/pending"
say "$instance_id serves cluster $SMARTSCALE_CLUSTER at $address"
