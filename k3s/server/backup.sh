#!/bin/bash
# A snapshot of the datastore to S3, with what it takes to read it again: the server's token. And Alertmanager's silences.
# Usage: backup.sh [NAME]; of each name so many are kept.
# shellcheck source-path=SCRIPTDIR source=../worker/steps.sh
source "$(dirname "$0")/../worker/steps.sh"

need_settings SMARTSCALE_REGION SMARTSCALE_BUCKET
name=${1:-smartscale}
KEPT=${SMARTSCALE_BACKUPS_KEPT:-48}
[ "$name" = smartscale ] || KEPT=5
k3s=$ROOT/usr/local/bin/k3s
s3=(--etcd-s3 --etcd-s3-region="$SMARTSCALE_REGION" --etcd-s3-bucket="$SMARTSCALE_BUCKET" --etcd-s3-folder=backups)
copy() {
  retry aws s3 cp --only-show-errors --region "$SMARTSCALE_REGION" "$1" "s3://$SMARTSCALE_BUCKET/backups/$2" ||
    fail "$2: ${problem:-no answer}" 'check the route to S3, and s3:PutObject on backups/* of the role'
}

step='saving a snapshot of the datastore'
retry "$k3s" etcd-snapshot save --name "$name" "${s3[@]}" --etcd-snapshot-retention="$KEPT" ||
  fail "${problem:-no words}" 'run journalctl -u k3s; check s3:PutObject on backups/* of the role'
step='saving the token of the server'
# Beside the snapshot, which holds every Secret of the cluster anyway: who reads one folder of the bucket reads all.
copy "$ROOT/var/lib/rancher/k3s/server/token" server-token
step='saving the silences'
archive=$ROOT/var/lib/smartscale/alertmanager.tgz
retry tar -czf "$archive" -C "$ROOT/var/lib/smartscale" alertmanager ||
  fail "${problem:-no words}" 'see whether the disk is full; Alertmanager may write meanwhile, which the next one gets over'
copy "$archive" alertmanager.tgz
rm -f "$archive"
say 'saved'
