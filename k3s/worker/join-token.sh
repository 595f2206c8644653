#!/bin/bash
# Fetches the join token before each start of the agent, so that a rotated one is found. It lies in memory only, for root
# only, and passes no command line.
# shellcheck source-path=SCRIPTDIR source=steps.sh
source "$(dirname "$0")/steps.sh"

need_settings SMARTSCALE_REGION SMARTSCALE_SSM_PREFIX
folder=$ROOT/run/smartscale-join
mkdir -p "$folder"
required_parameter join-token "$folder/token" 'start the server: it writes this parameter when K3s runs'
step='reading the join token'
grep -Eqx 'K10[0-9a-f]{64}::[!-~]+' "$folder/token" ||
  fail 'it is no token with the checksum of the authority' 'run k3s/server/rotate-join-token.sh on the server'
