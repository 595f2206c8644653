# shellcheck shell=bash
# What the scripts of workers and of the server share: sourced, never run. One line says what stopped a script.
set -Eeuo pipefail
umask 077

# Before every path of the machine: a sandbox has its own.
ROOT=${SMARTSCALE_ROOT:-}
IMDS=${SMARTSCALE_IMDS:-http://169.254.169.254}
TRIES=${SMARTSCALE_TRIES:-8}
PAUSE=${SMARTSCALE_PAUSE_SECONDS:-1}
# For whoever sources this.
# shellcheck disable=SC2034
STEPS=$(dirname "${BASH_SOURCE[0]}")
step='beginning'

say() { printf 'smartscale-bootstrap: %s\n' "$*" >&2; }

# What is wrong, and what to do about it: of some troubles whatever was to be done says less than the trouble itself.
fail() {
  trap - ERR
  local advice=$2
  case $1 in
    *'No space left'* | *'curl: (23)'*) advice='make room on the disk, see df -h, or give the machine a larger diskGiB' ;;
    *TooSkewed* | *'Signature expired'* | *'not yet current'* | *'not yet valid'*) advice='set the clock right: chronyc tracking' ;;
  esac
  say "FAILED while $step: $1. To do: $advice"
  exit 1
}
trap 'fail "line $LINENO of ${BASH_SOURCE[0]##*/} ended with $?" "read /var/log/cloud-init-output.log"' ERR

# Whoever runs a script by hand has the settings that the boot wrote.
if [ -z "${SMARTSCALE_REGION:-}" ] && [ -f "$ROOT/etc/smartscale/host.env" ]; then
  set -a
  # shellcheck disable=SC1091
  source "$ROOT/etc/smartscale/host.env"
  set +a
fi

pause_about() {
  sleep "$(awk -v most="$1" -v seed="$RANDOM" 'BEGIN { srand(seed); printf "%.2f", most * (0.5 + rand() / 2) }')"
}

# Runs a command until it succeeds; its last words are in $problem. Many machines start at once, hence the jitter.
retry() {
  local try pause=$PAUSE
  for ((try = 1; ; try++)); do
    if problem=$("$@" 2>&1 >/dev/null </dev/null); then return 0; fi
    problem=$(printf '%s' "$problem" | tail -n 1 | tr -d '\r')
    ((try < TRIES)) || return 1
    pause_about "$pause"
    pause=$((pause < 30 ? pause * 2 : 30))
  done
}

need_settings() {
  local name
  for name in "$@"; do
    [ -n "${!name:-}" ] || fail "$name is not set" 'make a new launch template version with cdktf deploy'
  done
}

# need_space MIB
need_space() {
  local free
  free=$(df -Pk "${ROOT:-/}" | awk 'NR == 2 { print int($4 / 1024) }')
  ((free >= $1)) || fail "only $free MiB of the disk are free, and it takes $1" \
    'make room: journalctl --vacuum-size=100M; k3s crictl rmi --prune; or a larger diskGiB'
}

# ------------------------------------------------------------------------ who this machine is

# IMDS is on the machine's own link and never behind a proxy. Version 2 only; the token goes in by stdin.
ask_imds() { curl --disable --silent --fail --noproxy '*' --max-time 2 "$@"; }

renew_imds_token() {
  imds_token=$(ask_imds --request PUT --header 'X-aws-ec2-metadata-token-ttl-seconds: 300' "$IMDS/latest/api/token") &&
    [[ $imds_token =~ ^[A-Za-z0-9+/=_-]+$ ]]
}

read_meta_data() {
  local file=$1 path=$2
  renew_imds_token || { echo 'IMDS gives no session token' >&2 && return 1; }
  printf 'header = "X-aws-ec2-metadata-token: %s"\n' "$imds_token" |
    ask_imds --config - "$IMDS/latest/meta-data/$path" >"$file" || { echo "IMDS does not say $path" >&2 && return 1; }
}

# meta_data PATH FORM: prints what IMDS says, if it has that form.
meta_data() {
  local file said
  file=$(mktemp)
  retry read_meta_data "$file" "$1" || fail "${problem:-IMDS does not answer}" \
    "check that the launch template enables IMDS and that nothing on the machine blocks $IMDS"
  said=$(cat "$file")
  rm -f "$file"
  [[ $said =~ $2 ]] || fail "IMDS says something else than $1" 'look at what answers for IMDS on this machine'
  printf '%s' "$said"
}

identify() {
  step='asking IMDS who this machine is'
  # Not in one line with local or export: these would swallow the failure.
  instance_id=$(meta_data instance-id '^i-[0-9a-z]+$') || exit 1
  zone=$(meta_data placement/availability-zone '^[a-z0-9-]+$') || exit 1
  instance_type=$(meta_data instance-type '^[a-z0-9.-]+$') || exit 1
  life_cycle=$(meta_data instance-life-cycle '^[a-z-]+$') || exit 1
  # shellcheck disable=SC2034
  address=$(meta_data local-ipv4 '^[0-9.]+$') || exit 1
  say "this is $instance_id, $instance_type ($life_cycle) in $zone"
}

# ---------------------------------------------------------------------------------- SSM

# parameter NAME FILE: 0 when it is in the file, 3 when there is no such parameter. The value passes no command line.
ask_parameter() {
  local value
  value=$(aws ssm get-parameter --region "$SMARTSCALE_REGION" --name "$SMARTSCALE_SSM_PREFIX$1" --with-decryption \
    --query Parameter.Value --output text) || return 1
  [ -n "$value" ] || { echo "$1 is empty" >&2 && return 1; }
  printf '%s' "$value" >"$2.new"
  mv -f "$2.new" "$2"
}

parameter() {
  local before=$step
  step="reading $SMARTSCALE_SSM_PREFIX$1 from SSM"
  if ! retry ask_parameter "$1" "$2"; then
    case $problem in
      *ParameterNotFound*) step=$before && return 3 ;;
      *) fail "${problem:-no answer}" 'check the route to SSM, and ssm:GetParameter and the KMS key of the role' ;;
    esac
  fi
  step=$before
}

# A parameter that has to be there; the server may be a minute behind.
required_parameter() {
  parameter "$1" "$2" && return 0
  step="reading $SMARTSCALE_SSM_PREFIX$1 from SSM"
  fail "there is no such parameter" "$3"
}

# ----------------------------------------------------------------------------- the K3s binary

architecture() {
  case $(uname -m) in
    x86_64) echo amd64 ;;
    aarch64 | arm64) echo arm64 ;;
    *) fail "K3s is not made for $(uname -m)" 'use instance types of x86_64 or arm64' ;;
  esac
}

has_checksum() { [ -f "$1" ] && echo "$2  $1" | "$3" --check --status; }

download() { curl --disable --silent --show-error --fail --location --max-time 300 --output "$2" "$1"; }

# install_download PATH URL SUM PROGRAM: what is there already and right is left alone, as on an image that brings it.
install_download() {
  local target=$ROOT$1
  mkdir -p "$(dirname "$target")"
  ! has_checksum "$target" "$3" "$4" || return 0
  retry download "$2" "$target.new" ||
    fail "$2: ${problem:-no answer}" 'check the route to the internet, or put the binary into the image'
  has_checksum "$target.new" "$3" "$4" || {
    rm -f "$target.new"
    fail "the checksum of $2 is not $3" 'correct version or checksum in cdktf.json, or find out who answers for that address'
  }
  chmod 0755 "$target.new"
  mv -f "$target.new" "$target"
}

install_k3s() {
  step="installing K3s $K3S_VERSION"
  local suffix='' base=https://github.com/k3s-io/k3s/releases/download
  [ "$(architecture)" = amd64 ] || suffix=-$(architecture)
  install_download /usr/local/bin/k3s "${SMARTSCALE_K3S_URL:-$base/${K3S_VERSION/+/%2B}/k3s$suffix}" "$K3S_SHA256" sha256sum
}

# ----------------------------------------------------------------------------------- systemd

# install_file SOURCE TARGET MODE: whoever reads it gets the old one or the new one.
install_file() {
  mkdir -p "$(dirname "$ROOT$2")"
  install -m "$3" "$1" "$ROOT$2.new"
  mv -f "$ROOT$2.new" "$ROOT$2"
}

start_unit() {
  step="starting $1"
  systemctl daemon-reload
  systemctl enable "$1" >/dev/null 2>&1 || fail 'the unit cannot be enabled' "run systemctl status $1"
  restart_unit "$1"
}

restart_unit() {
  # Whoever restarts it is no failure of it, and must not meet the limit of its starts.
  systemctl reset-failed "$1" >/dev/null 2>&1 || :
  # A start that hangs is one that failed.
  timeout "${SMARTSCALE_START_SECONDS:-600}" systemctl restart "$1" ||
    fail "it does not start: $(last_words "$1")" "run journalctl -u ${1%.service}"
}

last_words() {
  local words
  words=$(journalctl --unit "$1" --lines 1 --output cat 2>/dev/null | tail -n 1) || words=''
  printf '%s' "${words:-no words}" | cut -c 1-300
}

system_user() {
  getent passwd "$1" >/dev/null || useradd --system --no-create-home --shell /usr/sbin/nologin "$1" ||
    fail "the user $1 cannot be made" 'look at /var/log/cloud-init-output.log'
}

# For units and timers, which have no user data. Nothing in it is secret.
write_settings() {
  mkdir -p "$ROOT/etc/smartscale"
  chmod 0755 "$ROOT/etc/smartscale"
  local name
  for name in "$@"; do printf '%s=%s\n' "$name" "${!name}"; done >"$ROOT/etc/smartscale/host.env.new"
  chmod 0644 "$ROOT/etc/smartscale/host.env.new"
  mv -f "$ROOT/etc/smartscale/host.env.new" "$ROOT/etc/smartscale/host.env"
}

# wait_for SECONDS COMMAND...
wait_for() {
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < end)) || return 1
    sleep "$PAUSE"
  done
}
