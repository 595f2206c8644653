# shellcheck shell=sh
# What kubectl is asked often; everything else is for k3s.cjs.
for last; do :; done
if [ "$1" = kubectl ]; then
  case $2 in
    get) case $* in *--raw*) printf ok && exit 0 ;; esac ;;
    create) echo "k3s $*" >>"$SANDBOX_LOGS/commands" && echo "a-token-of-$4" && exit 0 ;;
    apply) echo "k3s $*" >>"$SANDBOX_LOGS/commands" && cat "$last" >>"$SANDBOX_LOGS/applied.yaml" && exit 0 ;;
  esac
fi
