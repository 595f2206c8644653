#!/bin/sh
# Beside Prometheus and Alertmanager: when a file in one of the folders changes, the program reads its configuration
# again. One that is wrong changes nothing, and the program says so in its log and in *_config_last_reload_successful.
# Usage: reload.sh PROGRAM FOLDER...; needs a process namespace shared with the program.
set -eu
program=$1
shift

state() { for folder in "$@"; do cat "$folder"/* 2>/dev/null || :; done | sha256sum; }

# The first look tells it too: of a change while nobody looked here, the program would never hear.
known=
seen=
while :; do
  sleep "${RELOAD_SECONDS:-5}"
  now=$(state "$@")
  [ "$now" != "$known" ] || continue
  # In its first moments a HUP would end it, so it must have been there at the look before. One that starts later reads what
  # is there now, and is told once more.
  pid=$(pidof "$program") || pid=
  if [ -n "$pid" ] && [ "$pid" = "$seen" ] && kill -HUP "$pid"; then
    known=$now
    echo "reload: told $program of a change"
  fi
  seen=$pid
done
