# shellcheck shell=sh
# What starts nothing; everything else is for systemctl.cjs.
for name; do :; done
case $1 in
  daemon-reload | enable | disable | reset-failed) echo "systemctl $*" >>"$SANDBOX_LOGS/commands" && exit 0 ;;
  is-active) test -e "$SANDBOX_LOGS/active-$name" && exit 0 || exit 3 ;;
  stop) echo "systemctl $*" >>"$SANDBOX_LOGS/commands" && rm -f "$SANDBOX_LOGS/active-$name" && exit 0 ;;
esac
case $name in
  *.timer) echo "systemctl $*" >>"$SANDBOX_LOGS/commands" && exit 0 ;;
esac
case " $* " in *' --no-block '*) echo "systemctl $*" >>"$SANDBOX_LOGS/commands" && exit 0 ;; esac
