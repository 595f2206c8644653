#!/bin/bash
# Brings manifests, policy, secrets of the monitoring and the webhook's configuration up to date. After an edit of a rule
# or of a configuration file of Prometheus or Alertmanager this is all: nothing restarts. docs/hosts.md.
# shellcheck source-path=SCRIPTDIR source=../worker/steps.sh
source "$(dirname "$0")/../worker/steps.sh"
# shellcheck source-path=SCRIPTDIR source=secrets.sh
source "$(dirname "$0")/secrets.sh"
# shellcheck source-path=SCRIPTDIR source=k3s-release.sh
source "$(dirname "$0")/k3s-release.sh"

HERE=$(cd "$(dirname "$0")" && pwd)
RELEASE=$(cd "$HERE/../.." && pwd)
need_settings SMARTSCALE_CLUSTER SMARTSCALE_REGION SMARTSCALE_SSM_PREFIX K3S_SERVICE_CIDR
address=${address:-${SMARTSCALE_ADDRESS:-}}
need_settings address
TLS=$ROOT/etc/smartscale/tls
kubectl() { "$ROOT/usr/local/bin/k3s" kubectl "$@"; }

# ----------------------------------------------------------------------------------- manifests

# configmap NAME FILE...
configmap() {
  local name=$1 file
  shift
  printf -- '---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: %s\n  namespace: monitoring\ndata:\n' "$name"
  for file in "$@"; do
    printf '  %s: |\n' "$(basename "$file")"
    sed 's/^\(.\)/    \1/' "$file"
  done
}

# As edits of sed. Those of this server stand before those of the release, so that they are filled in first.
image_edits() {
  sed -n 's,^\([A-Z_]*_IMAGE\)=\(..*\)$,s\,@\1@\,\2\,,p' "$ROOT/etc/smartscale/images.env" "$RELEASE/k3s/images.env" \
    2>/dev/null || :
}

fill() {
  sed -e "s/@CLUSTER@/$SMARTSCALE_CLUSTER/g" -e "s/@SERVER_ADDRESS@/$address/g" \
    -e "s/@ALERTMANAGER_ADDRESS@/$(service_address 93)/g" -e "s/@PROMETHEUS_ADDRESS@/$(service_address 90)/g" \
    -e "$(image_edits)"
}

step='rendering the manifests'
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sed -e "s/^\( *cluster: \)default\$/\1$SMARTSCALE_CLUSTER/" -e "s/^\( *regex: \)default|\$/\1$SMARTSCALE_CLUSTER|/" \
  "$RELEASE/k3s/prometheus/prometheus.yml" >"$work/prometheus.yml"
{
  for file in "$RELEASE"/k3s/manifests/*.yaml "$RELEASE"/k3s/rbac/*.yaml; do
    [ ! -f "$file" ] || { printf -- '---\n' && cat "$file"; }
  done
  configmap prometheus-config "$work/prometheus.yml"
  configmap prometheus-rules "$RELEASE"/prometheus-rules/*.yaml
  configmap alertmanager-config "$RELEASE/k3s/alertmanager/alertmanager.yml"
  configmap reload "$RELEASE/k3s/monitoring/reload.sh"
} | fill >"$work/smartscale.yaml"
! grep -n '@[A-Z_]*@' "$work/smartscale.yaml" >&2 || fail 'something was not filled in' 'correct k3s/manifests'

# --------------------------------------------------------------- secrets of the monitoring

encoded() { base64 <"$1" | tr -d '\n'; }

# secret_of NAME KEY FILE...: as YAML, for stdin of kubectl only.
secret_of() {
  printf -- '---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: %s\n  namespace: monitoring\ndata:\n' "$1"
  shift
  while (($# > 0)); do
    printf '  %s: %s\n' "$1" "$(encoded "$2")"
    shift 2
  done
}

# The hash is made anew only with the password: each one is another text, and would make every apply a change.
step='making the doors of the monitoring'
if [ ! -s "$SECRETS/monitoring-hash" ] || [ "$SECRETS/monitoring-password" -nt "$SECRETS/monitoring-hash" ]; then
  hash=$(bcrypt "$SECRETS/monitoring-password")
  printf '%s' "$hash" >"$SECRETS/monitoring-hash"
fi
cat >"$work/web.yml" <<END
tls_server_config:
  cert_file: tls.crt
  key_file: tls.key
basic_auth_users:
  smartscale: '$(cat "$SECRETS/monitoring-hash")'
END
namespaces() {
  local name
  for name in monitoring smartscale; do printf -- '---\napiVersion: v1\nkind: Namespace\nmetadata: {name: %s}\n' "$name"; done
}
step='applying the secrets of the monitoring'
{
  namespaces
  secret_of alertmanager-web web.yml "$work/web.yml" tls.crt "$TLS/alertmanager.pem" tls.key "$TLS/alertmanager-key.pem"
  secret_of prometheus-web web.yml "$work/web.yml" tls.crt "$TLS/prometheus.pem" tls.key "$TLS/prometheus-key.pem"
  secret_of alertmanager-secrets smartscale-token "$SECRETS/webhook-token" ca.pem "$TLS/authority.pem"
  secret_of alertmanager-amtool config.yml "$RELEASE/k3s/alertmanager/amtool/config.yml" \
    door.yml "$RELEASE/k3s/alertmanager/amtool/door.yml" password "$SECRETS/monitoring-password"
  secret_of prometheus-secrets password "$SECRETS/monitoring-password" ca.pem "$TLS/authority.pem"
} >"$work/secrets.yaml"
apply_secrets() { kubectl apply --filename "$work/secrets.yaml"; }
retry apply_secrets || fail "${problem:-no words}" 'run journalctl -u k3s'

step='handing the manifests to K3s'
mkdir -p "$ROOT/var/lib/rancher/k3s/server/manifests"
mv -f "$work/smartscale.yaml" "$ROOT/var/lib/rancher/k3s/server/manifests/smartscale.yaml"

# ------------------------------------------------------------------- the webhook's configuration

# The launch templates that CDKTF wrote last are of its K3s: no worker gets a newer one than its server has.
running=$(running_k3s)
choose_k3s
if [ "$K3S_VERSION" != "$running" ] && [ -s "$ROOT/etc/smartscale/smartscale.yaml" ]; then
  say "this server runs $running and CDKTF wrote $K3S_VERSION: the webhook keeps its configuration until the upgrade"
  exit 0
fi
step='rendering the configuration of the webhook'
ask() {
  aws ssm get-parameters-by-path --region "$SMARTSCALE_REGION" --path "${SMARTSCALE_SSM_PREFIX}config" --recursive \
    --output json >"$work/parameters.json"
}
retry ask || fail "${problem:-no answer}" 'check ssm:GetParametersByPath of the role'
# The server's own part: log level, timings and the like. docs/configuration.md.
own=$ROOT/etc/smartscale/own.json
[ -s "$own" ] || printf '{}\n' >"$own"
"$ROOT/opt/smartscale/node" "$HERE/webhook-configuration.cjs" "$SMARTSCALE_CLUSTER" "$own" \
  <"$work/parameters.json" >"$work/smartscale.yaml" 2>"$work/words" ||
  fail "$(tail -n 1 "$work/words")" 'run cdktf deploy: it writes these parameters'
chmod 0644 "$work/smartscale.yaml"
if ! cmp -s "$work/smartscale.yaml" "$ROOT/etc/smartscale/smartscale.yaml"; then
  mv -f "$work/smartscale.yaml" "$ROOT/etc/smartscale/smartscale.yaml"
  # Not there yet at the first start.
  step='restarting the webhook'
  ! systemctl is-active --quiet smartscale.service || restart_unit smartscale.service
fi
