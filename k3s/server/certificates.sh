#!/bin/bash
# The authority of this server and the certificates of the webhook, Prometheus and Alertmanager. What holds for another
# 60 days is left alone. --due, of the timer, also hands what was renewed to those who serve with it; --renew makes all of
# them anew, authority included.
# shellcheck source-path=SCRIPTDIR source=../worker/steps.sh
source "$(dirname "$0")/../worker/steps.sh"

step='making the certificates'
TLS=$ROOT/etc/smartscale/tls
# Stays until those who serve with them have the new ones, whatever stops this half way.
made=$TLS/not-handed-on
mkdir -p "$TLS"
chmod 0700 "$TLS"
[ "${1:-}" != --renew ] || rm -f "$TLS"/*.pem
words=$(mktemp)
trap 'rm -f "$words"' EXIT

# Openssl says everything on one channel; only its last line matters, and only when it fails.
run() { openssl "$@" >"$words" 2>&1 || fail "openssl: $(tail -n 1 "$words")" 'install openssl 1.1.1 or newer'; }

holds() { [ -s "$TLS/$1.pem" ] && openssl x509 -in "$TLS/$1.pem" -noout -checkend 5184000 >/dev/null 2>&1; }

new_key() { run ecparam -name prime256v1 -genkey -noout -out "$1"; }

if ! holds authority; then
  rm -f "$TLS"/*.pem
  new_key "$TLS/authority-key.pem"
  run req -x509 -new -key "$TLS/authority-key.pem" -days 3650 -sha256 -subj '/CN=SmartScale authority' \
    -addext 'basicConstraints=critical,CA:TRUE,pathlen:0' -addext 'keyUsage=critical,keyCertSign,cRLSign' \
    -out "$TLS/authority.pem"
fi

# certificate NAME ALTERNATIVES
certificate() {
  ! holds "$1" || return 0
  touch "$made"
  new_key "$TLS/$1-key.pem.new"
  run req -new -key "$TLS/$1-key.pem.new" -subj "/CN=$1" -out "$TLS/$1.csr"
  printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\nbasicConstraints=critical,CA:FALSE\n' "$2" >"$TLS/$1.ext"
  run x509 -req -in "$TLS/$1.csr" -CA "$TLS/authority.pem" -CAkey "$TLS/authority-key.pem" \
    -set_serial "0x$(head -c 16 /dev/urandom | od -An -v -tx1 | tr -d ' \n' | sed 's/^./7/')" \
    -days 397 -sha256 -extfile "$TLS/$1.ext" -out "$TLS/$1.pem.new"
  mv -f "$TLS/$1-key.pem.new" "$TLS/$1-key.pem"
  mv -f "$TLS/$1.pem.new" "$TLS/$1.pem"
  rm -f "$TLS/$1.csr" "$TLS/$1.ext"
}

certificate smartscale 'DNS:smartscale.smartscale.svc,DNS:localhost,IP:127.0.0.1'
certificate alertmanager 'DNS:alertmanager.monitoring.svc,DNS:localhost,IP:127.0.0.1'
certificate prometheus 'DNS:prometheus.monitoring.svc,DNS:localhost,IP:127.0.0.1'

# Without an argument it is the boot, which does this itself.
if [ -n "${1:-}" ] && [ -e "$made" ]; then
  bash "$(dirname "$0")/apply.sh" || exit 1
  step='restarting the webhook'
  restart_unit smartscale.service
  rm -f "$made"
  say 'renewed the certificates'
fi
