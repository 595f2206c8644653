#!/bin/sh
# Writes what EC2 announces to this machine (interruption, scheduled event, rebalance recommendation) as metrics into
# node-exporter's textfile folder. It asks IMDS, version 2, every two seconds and goes on after any trouble: what it
# knows stands until IMDS says otherwise. docs/interruptions.md says what becomes of it.
# Needs curl and awk. The variables below may be set in /etc/smartscale/notices.env.
set -eu
umask 022
export LC_ALL=C

IMDS=${SMARTSCALE_IMDS:-http://169.254.169.254}
FOLDER=${SMARTSCALE_TEXTFILE_FOLDER:-/var/lib/smartscale-notices}
POLL_SECONDS=${SMARTSCALE_POLL_SECONDS:-2}
TOKEN_SECONDS=${SMARTSCALE_TOKEN_SECONDS:-300}

file=$FOLDER/smartscale_notices.prom
# node-exporter reads *.prom and nothing else.
unfinished=$file.unfinished
token=''
token_at=0
# What is wrong in this round, and what was said to be wrong in the last one.
found='' trouble=''
# What IMDS said last, epoch seconds: when the machine is taken or was advised about, and when IMDS was heard. '' = nothing.
interruption='' maintenance='' rebalance=''
interruption_heard='' maintenance_heard='' rebalance_heard=''

say() {
  echo "smartscale-notices: $*" >&2
}

troubled() {
  found="$found; $1"
}

# A trouble is told when it begins, when it changes and when it is over, and not in between.
report() {
  found=${found#; }
  [ "$found" = "$trouble" ] || say "${found:-all is well again}"
  trouble=$found
  found=''
}

# IMDS is on the machine's own link and never behind a proxy.
ask() {
  curl --disable --silent --noproxy '*' --max-time 1 --max-filesize 65536 "$@"
}

# Sets the token; 1 and a trouble if IMDS gives none. What is no token (a captive portal's page) must get into no header.
renew_token() {
  token=''
  answer=$(ask --request PUT --header "X-aws-ec2-metadata-token-ttl-seconds: $TOKEN_SECONDS" \
    --write-out '\n%{http_code}' "$IMDS/latest/api/token") || :
  status=${answer##*
}
  candidate=${answer%
*}
  case $status:$candidate in
    200: | 200:*[!A-Za-z0-9+/=_-]*) troubled "IMDS at $IMDS gave something that is no session token" && return 1 ;;
    200:*) token=$candidate token_at=$now ;;
    000:* | :*) troubled "IMDS at $IMDS does not answer" && return 1 ;;
    *) troubled "IMDS at $IMDS gives no session token: HTTP $status" && return 1 ;;
  esac
}

# The three answers, each followed by a line "=<status>". The token goes in by stdin: arguments are for everybody to see.
fetch() {
  printf 'header = "X-aws-ec2-metadata-token: %s"\n' "$token" |
    ask --config - --write-out '\n=%{http_code}\n' \
      "$IMDS/latest/meta-data/spot/instance-action" \
      "$IMDS/latest/meta-data/events/maintenance/scheduled" \
      "$IMDS/latest/meta-data/events/recommendations/rebalance" || :
}

# Of each answer one line: epoch seconds, "none", or what is wrong with it.
understood() {
  awk '
    /^=[0-9][0-9][0-9]$/ { count += 1; print verdict(count, substr($0, 2)); body = ""; next }
    { body = body $0 "\n" }

    function verdict(kind, status) {
      if (status == "404") return "none"
      if (status == "000") return "no answer"
      if (status != "200") return "HTTP " status
      return kind == 2 ? first_event(body) : time_in(body, kind == 1 ? "time" : "noticeTime")
    }

    function time_in(text, key) {
      if (!next_object(text) || !(key in field)) return "no JSON with " key
      return seconds(field[key])
    }

    # Those that reboot the machine leave it where it is; finished and withdrawn ones are over.
    function first_event(text,    first, at) {
      first = "none"
      if (text !~ /^[ \t\r\n]*\[/ || text !~ /\][ \t\r\n]*$/) return "no JSON list"
      while (next_object(text)) {
        text = rest
        if (field["Code"] !~ /^(instance-retirement|instance-stop|system-maintenance)$/) continue
        if (tolower(field["State"]) ~ /^(completed|canceled)$/) continue
        at = seconds(field["NotBefore"])
        if (at !~ /^[0-9]+$/) return at
        if (first == "none" || at + 0 < first + 0) first = at
      }
      return first
    }

    # The next object of a JSON text into field[], what follows it into rest. Objects inside objects are not expected.
    function next_object(text,    part, key, open) {
      split("", field)
      key = ""
      while (match(text, /"([^"\\]|\\.)*"|[{},:]/)) {
        part = substr(text, RSTART, RLENGTH)
        rest = text = substr(text, RSTART + RLENGTH)
        if (part == "{") open = 1
        else if (part == "}") return open
        else if (part == ",") key = ""
        else if (part == ":") continue
        else if (key == "") key = substr(part, 2, length(part) - 2)
        else field[key] = substr(part, 2, length(part) - 2)
      }
      return 0
    }

    # "2026-01-21T09:00:43Z" and "21 Jan 2026 09:00:43 GMT"; awk has no mktime, and date -d is not everywhere.
    function seconds(text,    part, year, month, day, i) {
      if (split(text, part, /[-T:Z ]/) < 6) return "no time in it"
      if (text ~ /GMT$/) {
        year = part[3]; day = part[1]
        month = (index("JanFebMarAprMayJunJulAugSepOctNovDec", part[2]) + 2) / 3
      } else { year = part[1]; month = part[2]; day = part[3] }
      for (i = 4; i <= 6; i++) if (part[i] !~ /^[0-9]+(\.[0-9]+)?$/) return "no time in it"
      if (year !~ /^[0-9]+$/ || day !~ /^[0-9]+$/ || month !~ /^[0-9]+$/) return "no time in it"
      if (year < 2000 || year > 9999 || month < 1 || month > 12 || day < 1 || day > 31) return "no time in it"
      # Years begin in March, so that the leap day comes last.
      if (month <= 2) year -= 1
      month = (month + 9) % 12
      day += 365 * year + int(year / 4) - int(year / 100) + int(year / 400) + int((153 * month + 2) / 5) - 719469
      return sprintf("%.0f", day * 86400 + part[4] * 3600 + part[5] * 60 + int(part[6]))
    }
  '
}

# Asks IMDS once. One that has forgotten the token is asked for another one, and again, at once.
poll() {
  now=$(date +%s)
  if [ -z "$token" ] || [ "$now" -lt "$token_at" ] || [ "$now" -ge "$((token_at + TOKEN_SECONDS / 2))" ]; then
    renew_token || return 0
  fi
  answers=$(fetch | understood)
  case $answers in
    *'HTTP 401'*)
      renew_token || return 0
      answers=$(fetch | understood)
      ;;
  esac
  learn "$answers"
}

# What cannot be read of one kind changes nothing of it, and does not keep the others from being read.
learn() {
  unread=''
  for kind in interruption maintenance rebalance; do
    said=${1%%
*}
    case $said in
      none) remember "$kind" '' ;;
      '' | *[!0-9]*) unread="$unread, $kind: ${said:-no answer}" ;;
      *) remember "$kind" "$said" ;;
    esac
    case $1 in
      *"
"*) set -- "${1#*
}" ;;
      *) set -- '' ;;
    esac
  done
  [ -z "$unread" ] || troubled "IMDS at $IMDS cannot be read: ${unread#, }"
}

remember() {
  case $1 in
    interruption) interruption=$2 interruption_heard=$now ;;
    maintenance) maintenance=$2 maintenance_heard=$now ;;
    rebalance) rebalance=$2 rebalance_heard=$now ;;
  esac
}

series() {
  [ -z "$3" ] || printf '%s{kind="%s"} %s\n' "$1" "$2" "$3"
}

metrics() {
  name=smartscale_notice_checked_timestamp_seconds
  printf '# HELP %s When IMDS last said whether there is a notice of this kind, in unixtime.\n' "$name"
  printf '# TYPE %s gauge\n' "$name"
  series "$name" interruption "$interruption_heard"
  series "$name" maintenance "$maintenance_heard"
  series "$name" rebalance "$rebalance_heard"
  name=smartscale_notice_timestamp_seconds
  printf '# HELP %s When EC2 takes this machine, or recommended to leave it (rebalance), in unixtime.\n' "$name"
  printf '# TYPE %s gauge\n' "$name"
  series "$name" interruption "$interruption"
  series "$name" maintenance "$maintenance"
  series "$name" rebalance "$rebalance"
}

# Whoever reads the file gets the old text or the new one, whenever this is killed.
publish() {
  text=$(metrics)
  { printf '%s\n' "$text" >"$unfinished" && mv -f "$unfinished" "$file"; } 2>/dev/null ||
    troubled "$file cannot be written"
}

for program in curl awk; do
  command -v "$program" >/dev/null || {
    say "needs $program, which is not installed"
    exit 69
  }
done
trap 'rm -f "$unfinished"; exit 0' INT TERM

while :; do
  # Whatever fails in here is said, and the next round tries again.
  { poll && publish; } || troubled 'a round failed'
  report
  sleep "$POLL_SECONDS"
done
