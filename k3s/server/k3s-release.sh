# shellcheck shell=bash
# Which K3s the server is to run. Sourced, never run.

# choose_k3s: sets K3S_VERSION and K3S_SHA256 to what CDKTF wrote, or to what SMARTSCALE_K3S_RELEASE says: a roll back.
# They stand in SSM and not in the user data, because that of a machine stays as it is while releases change.
choose_k3s() {
  # For fail.
  # shellcheck disable=SC2034
  step='looking which K3s is to run'
  local file release=${SMARTSCALE_K3S_RELEASE:-}
  if [ -z "$release" ]; then
    file=$(mktemp)
    required_parameter k3s "$file" 'run cdktf deploy: it writes this parameter'
    release=$(cat "$file")
    rm -f "$file"
  fi
  [[ $release =~ ^v[0-9]+\.[0-9]+\.[0-9]+\+k3s[0-9]+\ [0-9a-f]{64}$ ]] ||
    fail "${SMARTSCALE_SSM_PREFIX}k3s is no version with a checksum" 'run cdktf deploy: it writes this parameter'
  # Of this script alone, not of what it runs.
  unset SMARTSCALE_K3S_RELEASE
  export K3S_VERSION=${release% *} K3S_SHA256=${release#* }
}

# running_k3s: what was installed last.
running_k3s() { sed -n 's/^K3S_VERSION=//p' "$ROOT/etc/smartscale/host.env"; }

# minor v1.34.3+k3s1: 34
minor() {
  local rest=${1#*.}
  printf '%s' "${rest%%.*}"
}
