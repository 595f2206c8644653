# shellcheck shell=bash
# The secrets of a cluster: made here, kept here and in SSM, in no log and on no command line. Sourced, never run.

SECRETS=$ROOT/etc/smartscale/secrets

random_secret() { head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }

# keep NAME FILE: writes it to SSM, as a SecureString. The request lies in a file of root's, the value passes no argument.
keep() {
  local before=$step request
  step="writing $SMARTSCALE_SSM_PREFIX$1 to SSM"
  request=$(mktemp)
  printf '{"Name": "%s", "Type": "SecureString", "Overwrite": true, "Value": "%s"}\n' \
    "$SMARTSCALE_SSM_PREFIX$1" "$(cat "$2")" >"$request"
  if ! retry aws ssm put-parameter --region "$SMARTSCALE_REGION" --cli-input-json "file://$request"; then
    rm -f "$request"
    fail "${problem:-no answer}" 'check the route to SSM, and ssm:PutParameter and the KMS key of the role'
  fi
  rm -f "$request"
  step=$before
}

# secret NAME: SSM has it, or it is made now. What SSM has wins: a new server takes the old one's.
secret() {
  local found=0
  parameter "$1" "$SECRETS/$1" || found=$?
  case $found in
    0) return 0 ;;
    3) ;;
    *) exit "$found" ;;
  esac
  [ -s "$SECRETS/$1" ] || random_secret >"$SECRETS/$1"
  keep "$1" "$SECRETS/$1"
}

local_secret() { [ -s "$SECRETS/$1" ] || random_secret >"$SECRETS/$1"; }

make_secrets() {
  step='making the secrets'
  mkdir -p "$SECRETS"
  chmod 0700 "$SECRETS"
  secret webhook-token
  secret operator-token
  # Valid beside the first, so that a rotation has no gap.
  local_secret webhook-token-previous
  local_secret operator-token-previous
  local_secret agent-token
  local_secret monitoring-password
  monitoring_access
}

# As the webhook sends it.
monitoring_access() { printf 'smartscale:%s' "$(cat "$SECRETS/monitoring-password")" >"$SECRETS/monitoring-access"; }

# K3s writes it with the checksum of its authority, by which workers know the server.
publish_join_token() {
  step='publishing the join token'
  local written=$ROOT/var/lib/rancher/k3s/server/agent-token known
  wait_for 60 test -s "$written" || fail 'K3s wrote no agent token' 'run journalctl -u k3s'
  known=$(mktemp)
  if parameter join-token "$known" && [ "$(cat "$known")" = "$(cat "$written")" ]; then
    rm -f "$known"
    return 0
  fi
  rm -f "$known"
  keep join-token "$written"
}

# bcrypt with what the machine has; the password goes in by stdin.
bcrypt() {
  local hash
  for try in bcrypt_python bcrypt_perl bcrypt_htpasswd; do
    hash=$($try <"$1" 2>/dev/null) || continue
    [[ $hash =~ ^\$2[aby]\$ ]] && printf '%s' "$hash" && return 0
  done
  fail 'nothing here makes a bcrypt hash' 'install python3 before 3.13, perl or httpd-tools'
}

bcrypt_python() {
  python3 -W ignore -c 'import crypt, sys
print(crypt.crypt(sys.stdin.read().strip(), crypt.mksalt(crypt.METHOD_BLOWFISH)))'
}

bcrypt_perl() {
  # shellcheck disable=SC2016
  perl -e 'chomp(my $word = <STDIN>); open(my $random, "<", "/dev/urandom"); read($random, my $salt, 22);
    my @letters = (".", "/", "A".."Z", "a".."z", "0".."9");
    print crypt($word, "\$2b\$12\$" . join("", map { $letters[ord($_) % 64] } split("", $salt)));'
}

bcrypt_htpasswd() { htpasswd -inBC 12 smartscale | sed -n 's/^smartscale://p'; }

# ------------------------------------------------------------------------ names inside the cluster

# Fixed, in the part of the range that Kubernetes gives to nobody by itself: the server knows them without DNS, and the
# pods know the server so. DNS runs on workers too, and scaling must not need it.
service_address() { printf '%s.%s' "${K3S_SERVICE_CIDR%.*}" "$1"; }

name_services() {
  step='naming the services'
  local hosts=$ROOT/etc/hosts
  touch "$hosts"
  {
    sed '/# smartscale$/d' "$hosts"
    printf '%s alertmanager.monitoring.svc # smartscale\n' "$(service_address 93)"
    printf '%s prometheus.monitoring.svc # smartscale\n' "$(service_address 90)"
  } >"$hosts.new"
  chmod 0644 "$hosts.new"
  mv -f "$hosts.new" "$hosts"
}

# ------------------------------------------------------------------------------------------ Node

install_node() {
  # shellcheck source-path=SCRIPTDIR source=node-release.env
  source "$(dirname "${BASH_SOURCE[0]}")/node-release.env"
  local machine=x64 sum=$NODE_SHA512_x64 target=$ROOT/usr/local/lib/node-$NODE_VERSION
  if [ "$(architecture)" = arm64 ]; then machine=arm64 sum=$NODE_SHA512_arm64; fi
  if [ ! -x "$target/bin/node" ]; then
    install_download /usr/local/lib/node.tgz \
      "${SMARTSCALE_NODE_URL:-https://registry.npmjs.org/node-linux-$machine/-/node-linux-$machine-$NODE_VERSION.tgz}" \
      "${SMARTSCALE_NODE_SHA512:-$sum}" sha512sum
    rm -rf "$target.new"
    mkdir -p "$target.new"
    tar -xzf "$ROOT/usr/local/lib/node.tgz" -C "$target.new" --strip-components=1
    rm -f "$ROOT/usr/local/lib/node.tgz"
    chmod -R u=rwX,go=rX "$target.new"
    mv "$target.new" "$target"
  fi
  mkdir -p "$ROOT/opt/smartscale"
  ln -sfn "$target/bin/node" "$ROOT/opt/smartscale/node"
}
