#!/bin/bash
# A server without a datastore takes the newest backup of its cluster from S3, if there is one: docs/hosts.md, "The
# server is lost". A cluster that is to begin empty: move s3://<bucket>/backups/ away first.
# shellcheck source-path=SCRIPTDIR source=../worker/steps.sh
source "$(dirname "$0")/../worker/steps.sh"

need_settings SMARTSCALE_REGION SMARTSCALE_BUCKET
[ ! -d "$ROOT/var/lib/rancher/k3s/server/db" ] || exit 0

step="looking for a backup in s3://$SMARTSCALE_BUCKET/backups/"
found=$(mktemp)
list() { aws s3 ls --region "$SMARTSCALE_REGION" "s3://$SMARTSCALE_BUCKET/backups/" >"$found"; }
# An empty folder is no error of ours: aws then ends with 1 and says nothing.
if ! retry list && [ -n "$problem" ]; then
  fail "$problem" 'check the route to S3, and s3:ListBucket on backups/* of the role'
fi
newest=$(awk '$4 ~ /^smartscale-.*-[0-9]+(\.zip)?$/ { print $1, $2, $4 }' "$found" | sort | tail -n 1 | cut -d ' ' -f 3)
rm -f "$found"
if [ -z "$newest" ]; then
  say 'there is no backup: the cluster begins empty'
  exit 0
fi

step="restoring $newest"
mkdir -p "$ROOT/var/lib/smartscale/restore" "$ROOT/etc/smartscale/secrets" "$ROOT/var/log"
token=$ROOT/etc/smartscale/secrets/server-token
retry aws s3 cp --only-show-errors --region "$SMARTSCALE_REGION" "s3://$SMARTSCALE_BUCKET/backups/server-token" "$token" ||
  fail "its server-token: ${problem:-no answer}" 'a snapshot is unreadable without it: put it back, or move backups/ away'
state=$ROOT/var/lib/smartscale/restore/alertmanager.tgz
if retry aws s3 cp --only-show-errors --region "$SMARTSCALE_REGION" \
  "s3://$SMARTSCALE_BUCKET/backups/alertmanager.tgz" "$state"; then
  tar -xzf "$state" -C "$ROOT/var/lib/smartscale" || say 'the silences in the backup cannot be read: set them again'
else
  say 'there are no silences in the backup'
fi
"$ROOT/usr/local/bin/k3s" server --cluster-reset --cluster-reset-restore-path="$newest" --token-file="$token" \
  --etcd-s3 --etcd-s3-region="$SMARTSCALE_REGION" --etcd-s3-bucket="$SMARTSCALE_BUCKET" --etcd-s3-folder=backups \
  >"$ROOT/var/log/smartscale-restore.log" 2>&1 ||
  fail 'K3s could not restore it' 'read /var/log/smartscale-restore.log; to begin empty, move backups/ away'
# What is restored is locked with it, and the next start looks for it here.
kept=$ROOT/var/lib/rancher/k3s/server/token
[ -s "$kept" ] || install -m 0600 "$token" "$kept"
say "restored $newest"
