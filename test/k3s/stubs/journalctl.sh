# shellcheck shell=sh
# The last line, or as JSON what is in journal.json since the cursor: a number of lines.
case "$*" in
  *'--output json'*) ;;
  *) exec tail -n 1 "$SANDBOX_LOGS/journal" ;;
esac
for it; do case $it in --cursor-file=*) cursor=${it#*=} ;; esac done
seen=$(cat "$cursor" 2>/dev/null || echo 0)
tail -n "+$((seen + 1))" "$SANDBOX_LOGS/journal.json"
wc -l <"$SANDBOX_LOGS/journal.json" >"$cursor"
