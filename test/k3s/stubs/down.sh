# shellcheck shell=sh
# The machine goes down when so many commands have been given: nothing of it goes on.
if [ -n "$SANDBOX_DOWN_AT" ] && [ "$(wc -l <"$SANDBOX_LOGS/commands")" -ge "$SANDBOX_DOWN_AT" ]; then kill -9 0; fi
