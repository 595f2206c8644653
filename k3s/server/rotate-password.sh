#!/bin/bash
# Gives Prometheus and Alertmanager a new password. The webhook has it at once; the pods have it within two minutes, and until
# then refuse the webhook, and perhaps each other: what fires meanwhile comes late.
# shellcheck source-path=SCRIPTDIR source=../worker/steps.sh
source "$(dirname "$0")/../worker/steps.sh"
# shellcheck source-path=SCRIPTDIR source=secrets.sh
source "$(dirname "$0")/secrets.sh"

step='rotating the password of the monitoring'
[ -s "$SECRETS/monitoring-password" ] || fail "$SECRETS/monitoring-password is not there" 'run this on the server, as root'
random_secret >"$SECRETS/monitoring-password.new"
mv -f "$SECRETS/monitoring-password.new" "$SECRETS/monitoring-password"
monitoring_access
bash "$(dirname "$0")/apply.sh" || exit 1
step='restarting the webhook'
restart_unit smartscale.service
say 'rotated the password of Prometheus and Alertmanager'
