#!/bin/bash
# Makes this machine a worker, or an already made one right again. docs/joining.md says what the webhook expects of it.
# shellcheck source-path=SCRIPTDIR source=steps.sh
source "$(dirname "$0")/steps.sh"

JOIN_SECONDS=${SMARTSCALE_JOIN_SECONDS:-240}
need_settings SMARTSCALE_REGION SMARTSCALE_SSM_PREFIX SMARTSCALE_POOL K3S_VERSION K3S_SHA256
identify
step='looking for room on the disk'
need_space 512
install_k3s

step='telling where the server is'
mkdir -p "$ROOT/etc/rancher/k3s" "$ROOT/etc/smartscale"
required_parameter server-address "$ROOT/etc/smartscale/server-address" 'run cdktf deploy: it writes this parameter'
server=$(cat "$ROOT/etc/smartscale/server-address")
[[ $server =~ ^[A-Za-z0-9.-]+$ ]] || fail 'it is no address' 'run cdktf deploy: it writes this parameter'

step='writing the configuration of K3s'
capacity_type=on-demand
[ "$life_cycle" != spot ] || capacity_type=spot
# of_pool LIST: what the configuration of the pool adds. User data of an older release sets nothing.
of_pool() {
  local entries
  IFS=, read -ra entries <<<"$1"
  [ "${#entries[@]}" -eq 0 ] || printf "  - '%s'\n" "${entries[@]}"
}
{
  cat <<END
server: 'https://$server:6443'
token-file: /run/smartscale-join/token
node-name: '$instance_id'
kubelet-arg:
  - 'provider-id=aws:///$zone/$instance_id'
node-label:
  - 'smartscale/pool=$SMARTSCALE_POOL'
  - 'smartscale/capacity-type=$capacity_type'
  - 'topology.kubernetes.io/zone=$zone'
  - 'topology.kubernetes.io/region=$SMARTSCALE_REGION'
  - 'node.kubernetes.io/instance-type=$instance_type'
END
  of_pool "${SMARTSCALE_NODE_LABELS:-}"
  cat <<END
# The first one until the webhook has looked at the node: docs/joining.md.
node-taint:
  - 'smartscale/startup=true:NoExecute'
END
  of_pool "${SMARTSCALE_NODE_TAINTS:-}"
} >"$ROOT/etc/rancher/k3s/config.yaml.new"
mv -f "$ROOT/etc/rancher/k3s/config.yaml.new" "$ROOT/etc/rancher/k3s/config.yaml"
write_settings SMARTSCALE_REGION SMARTSCALE_SSM_PREFIX

step='installing the notices unit'
system_user smartscale-notices
install_file "$STEPS/smartscale-notices.sh" /usr/local/bin/smartscale-notices.sh 0755
install_file "$STEPS/smartscale-notices.service" /etc/systemd/system/smartscale-notices.service 0644
# The pod of node-exporter mounts it, whichever comes first.
mkdir -p "$ROOT/var/lib/smartscale-notices"
chmod 0755 "$ROOT/var/lib/smartscale-notices"
start_unit smartscale-notices.service

install_file "$STEPS/k3s-agent.service" /etc/systemd/system/k3s-agent.service 0644
start_unit k3s-agent.service
step='joining the cluster'
wait_for "$JOIN_SECONDS" test -s "$ROOT/var/lib/rancher/k3s/agent/kubelet.kubeconfig" ||
  fail "the server at $server did not let it in within $JOIN_SECONDS s: $(last_words k3s-agent.service)" \
    'check the route to port 6443 of the server and whether the join token was rotated'
say "$instance_id joined pool $SMARTSCALE_POOL at $server"
