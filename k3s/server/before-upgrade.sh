#!/bin/bash
# Run before another release takes the place of this one: what there is now is kept in /var/lib/smartscale/before, so that
# roll-back.sh can bring it back, and before another K3s a snapshot of the datastore is taken. Changes nothing else.
# Usage: before-upgrade.sh FOLDER-OF-THE-NEW-RELEASE
# shellcheck source-path=SCRIPTDIR source=../worker/steps.sh
source "$(dirname "$0")/../worker/steps.sh"
# shellcheck source-path=SCRIPTDIR source=k3s-release.sh
source "$(dirname "$0")/k3s-release.sh"

new=${1:?usage: before-upgrade.sh FOLDER-OF-THE-NEW-RELEASE}
HERE=$(cd "$(dirname "$0")" && pwd -P)
release=${HERE%/k3s/server}
before=$ROOT/var/lib/smartscale/before
# A first boot that has not come to its end has nothing to go back to.
[ -e "$ROOT/var/lib/smartscale/booted" ] || exit 0
if [ -e "$before/pending" ]; then
  say "going on with the upgrade from $(cat "$before/version"), which was interrupted"
  exit 0
fi
running=$(running_k3s)
choose_k3s
if [ "$K3S_VERSION" = "$running" ] && cmp -s "$release/SHA256SUMS" "$new/SHA256SUMS"; then exit 0; fi

step="looking whether $running can become $K3S_VERSION"
need_space 1024
[ "${K3S_VERSION%%.*}" = "${running%%.*}" ] || fail 'it is another generation of K3s' 'read its release notes'
steps=$(($(minor "$K3S_VERSION") - $(minor "$running")))
((steps <= 1)) || fail "it is $steps minor versions ahead" 'set k3s.version in cdktf.json to one of the next minor version first'
((steps >= 0)) || fail 'its datastore cannot be read by an older minor version' \
  'set k3s.version in cdktf.json back; right after an upgrade: roll-back.sh --restore-datastore'

rm -rf "$before.new"
mkdir -p "$before.new"
if [ "$K3S_VERSION" != "$running" ]; then
  bash "$HERE/backup.sh" before-upgrade || exit 1
  # Its name ends with the time.
  find "$ROOT/var/lib/rancher/k3s/server/db/snapshots" -name 'before-upgrade-*' | sort | tail -n 1 >"$before.new/snapshot"
  [ -s "$before.new/snapshot" ] || fail 'K3s left no snapshot on the disk' 'run journalctl -u k3s'
fi
step='keeping what there is now'
printf '%s' "$release" >"$before.new/release"
printf '%s' "$running" >"$before.new/version"
# Another name for the same file, which the new one does not touch.
ln "$ROOT/usr/local/bin/k3s" "$before.new/k3s"
cp -p "$ROOT/etc/rancher/k3s/config.yaml" "$before.new/config.yaml"
cp -p "$ROOT/etc/smartscale/smartscale.yaml" "$before.new/smartscale.yaml"
touch "$before.new/pending"
rm -rf "$before"
mv "$before.new" "$before"
# Releases that nothing leads to any more.
for folder in "${release%/*}"/*; do
  [ "$folder" = "$release" ] || [ "$folder" = "$new" ] || rm -rf "$folder"
done
say "keeping $running and its release; upgrading to $K3S_VERSION"
