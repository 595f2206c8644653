#!/bin/bash
# Brings back what ran before the last upgrade: release, configuration of the webhook, K3s. An upgrade that fails runs it by
# itself. Across minor versions of K3s it brings back the snapshot from before the upgrade too, and what was written since is
# lost: after an upgrade that succeeded only with --restore-datastore.
# shellcheck source-path=SCRIPTDIR source=../worker/steps.sh
source "$(dirname "$0")/../worker/steps.sh"
# shellcheck source-path=SCRIPTDIR source=k3s-release.sh
source "$(dirname "$0")/k3s-release.sh"

step='going back'
before=$ROOT/var/lib/smartscale/before
program=$ROOT/usr/local/bin/k3s
[ -e "$before/release" ] || fail 'nothing is kept from before an upgrade' 'deploy the commit that you want, and upgrade to it'
release=$(cat "$before/release")
version=$(cat "$before/version")
[ -d "$release" ] || fail "$release is gone" 'deploy the commit that you want, and upgrade to it'
running=$(running_k3s)
say "going back from $running to $version and the release of then"

restore=''
if [ -e "$before/started" ] && [ "$(minor "$running")" != "$(minor "$version")" ]; then
  [ -e "$before/pending" ] || [ "${1:-}" = --restore-datastore ] ||
    fail "K3s $version cannot read the datastore of $running; its snapshot can be restored, and what was written since the upgrade is lost" \
      "run $0 --restore-datastore if that is what you want"
  restore=$(cat "$before/snapshot")
  [ -s "$restore" ] || fail "$restore is gone" 'take before-upgrade-... of s3://<bucket>/backups/: docs/hosts.md, "The server is lost"'
fi

step='putting the release of before in its place'
# Whatever stops this, it can run again: what is kept stays until the end.
touch "$before/pending"
ln -sfn "$release" "$ROOT/opt/smartscale/release.new"
mv -fT "$ROOT/opt/smartscale/release.new" "$ROOT/opt/smartscale/release"
install_file "$before/smartscale.yaml" /etc/smartscale/smartscale.yaml 0644
if ! cmp -s "$before/k3s" "$program"; then
  step="bringing back K3s $version"
  systemctl stop k3s.service || fail 'K3s does not stop' 'run journalctl -u k3s'
  ln -f "$before/k3s" "$program.new"
  mv -f "$program.new" "$program"
  install_file "$before/config.yaml" /etc/rancher/k3s/config.yaml 0600
fi
if [ -n "$restore" ]; then
  step="restoring $(basename "$restore")"
  mkdir -p "$ROOT/var/log"
  systemctl stop k3s.service || fail 'K3s does not stop' 'run journalctl -u k3s'
  "$program" server --cluster-reset --cluster-reset-restore-path="$restore" >"$ROOT/var/log/smartscale-restore.log" 2>&1 ||
    fail 'K3s could not restore it' 'read /var/log/smartscale-restore.log'
fi
SMARTSCALE_K3S_RELEASE="$version $(sha256sum <"$program" | cut -d ' ' -f 1)" bash "$release/k3s/server/install.sh" || exit 1
rm -rf "$before"
say "went back to $version; deploy the commit of then, so that new workers and the next upgrade agree"
