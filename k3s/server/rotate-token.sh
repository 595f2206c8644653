#!/bin/bash
# Gives the webhook a new token: `webhook` (what Alertmanager sends) or `operator` (people). The old one stays valid until
# the next rotation; after a leak run it twice, the second time when Alertmanager sends the new one (two minutes).
# shellcheck source-path=SCRIPTDIR source=../worker/steps.sh
source "$(dirname "$0")/../worker/steps.sh"
# shellcheck source-path=SCRIPTDIR source=secrets.sh
source "$(dirname "$0")/secrets.sh"

step='rotating a token'
case ${1:-} in
  webhook | operator) name=$1-token ;;
  *) fail 'the first argument is neither webhook nor operator' "run $0 webhook" ;;
esac
[ -s "$SECRETS/$name" ] || fail "$SECRETS/$name is not there" 'run this on the server, as root'
random_secret >"$SECRETS/$name.new"
# SSM first: whatever stops this half way, the next start of the server finds one that everybody has.
keep "$name" "$SECRETS/$name.new"
mv -f "$SECRETS/$name" "$SECRETS/$name-previous"
mv -f "$SECRETS/$name.new" "$SECRETS/$name"
step='restarting the webhook'
restart_unit smartscale.service
bash "$(dirname "$0")/apply.sh" || exit 1
say "rotated $name; the one before stays valid until the next rotation"
