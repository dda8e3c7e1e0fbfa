#include "compute/steps/shell_code.h"

// What changes the machine itself.
namespace cloudkit::inline v0::compute::steps {

// At a first boot others hold apt's locks for minutes: dpkg's can be waited for, that of the lists cannot.
const std::string_view kPackages = R"sh(
has_package() {
  case $tool in
    apt-get) dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed ;;
    apk) quietly apk info -e "$1" ;;
    *) quietly rpm -q "$1" || quietly rpm -q --whatprovides "$1" ;;
  esac
}
update_lists() {
  tries=1
  until quietly apt-get -q update; do
    if [ "$tries" = 30 ] || ! grep -q 'Could not get lock' "$log"; then blame; fi
    tries=$((tries + 1))
    sleep 10
  done
  lists=fresh
}
# What apt-get knows no package of is a pattern to it, or an order to remove one.
keep_package() {
  if has_package "$1"; then return 0; fi
  case $tool in
    apt-get)
      [ -n "$lists" ] || update_lists
      apt-cache pkgnames "${1%%:*}" 2>/dev/null | grep -qxF -- "${1%%:*}" || fail 'apt has no package of this name'
      quietly env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 \
        -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold install "$1" || blame
      ;;
    apk) quietly apk add -U "$1" || blame ;;
    zypper) quietly env ZYPP_LOCK_TIMEOUT=300 zypper --non-interactive install "$1" || blame ;;
    *) quietly "$tool" -y install "$1" || blame ;;
  esac
  has_package "$1" || fail "$tool has not installed it under this name"
  did=yes
}
)sh";

const std::string_view kServices = R"sh(
# keep_service NAME STARTED ENABLED RESTARTED: yes, no, or nothing where it is to stay as it is
keep_service() {
  mark=$state/restart-$1
  case $(systemctl show -p NeedDaemonReload -- "$1" 2>/dev/null </dev/null 9>&-) in
    *=yes) quietly systemctl daemon-reload || blame ;;
  esac
  # "static" and its like can be neither enabled nor disabled.
  verb=
  case $3:$(systemctl is-enabled -- "$1" 2>/dev/null </dev/null 9>&-) in
    yes:enabled | yes:static | yes:alias | yes:indirect | yes:generated | yes:transient) ;;
    yes:*) verb=enable ;;
    no:enabled) verb=disable ;;
    no:enabled-runtime) verb='disable --runtime' ;;
  esac
  if [ -n "$verb" ]; then
    quietly systemctl $verb -- "$1" || blame
    did=yes
  fi
  verb=
  case $2:$(systemctl is-active -- "$1" 2>/dev/null </dev/null 9>&-) in
    no:inactive | no:failed | no:) ;;
    no:*) verb=stop ;;
    yes:inactive | yes:failed | yes:deactivating | yes:) verb=start ;;
    *:inactive | *:failed | *:deactivating | *:) ;;
    yes:activating) if [ -n "$4" ] && [ -e "$mark" ]; then verb=restart; else verb=start; fi ;;
    *) if [ -n "$4" ] && [ -e "$mark" ]; then verb=restart; fi ;;
  esac
  if [ -n "$verb" ]; then
    quietly systemctl "$verb" -- "$1" || blame
    did=yes
  fi
  if [ -n "$4" ]; then rm -f -- "$mark"; fi
}
)sh";

// What lies in a user's home is touched as that user, who could make a link of it.
const std::string_view kUsers = R"sh(
# keep_account NAME SHELL
keep_account() {
  if id -u "$1" >/dev/null 2>&1; then return 0; fi
  # useradd makes a group of the same name, or refuses where there is one.
  if grep -q "^$1:" "$prefix/etc/group" 2>/dev/null; then
    quietly useradd -m -s "$2" -g "$1" "$1" || blame
  else
    quietly useradd -m -s "$2" "$1" || blame
  fi
  did=yes
}
# join_group NAME GROUP
join_group() {
  case " $(id -Gn "$1" 2>/dev/null) " in *" $2 "*) return 0 ;; esac
  quietly groupadd -f "$2" || blame
  quietly usermod -a -G "$2" "$1" || blame
  did=yes
}
# authorize_key NAME LINE
authorize_key() {
  if quietly su -s /bin/sh -c 'grep -qxF -- "$1" ~/.ssh/authorized_keys' "$1" sh "$2"; then return 0; fi
  quietly su -s /bin/sh -c 'umask 077 && mkdir -p ~/.ssh && cd ~/.ssh && touch authorized_keys &&
    { [ -z "$(tail -c 1 authorized_keys)" ] || echo >>authorized_keys; } && printf "%s\n" "$1" >>authorized_keys' \
    "$1" sh "$2" || blame
  did=yes
}
)sh";

// The new container gets the old one's name, which waits beside it until the new one has run for some seconds. Whatever
// is removed was made by this run, or bears the label of an earlier one.
const std::string_view kContainers = R"sh(
# ecr_login HOST REGION: for the next pull; what it is let in by is not kept.
login=
ecr_login() {
  engine=$tool
  find_tool aws || fail 'there is no aws, which a login to ECR needs'
  tool=$engine login=$work/login
  quietly mkdir -p -- "$login" || blame
  { aws ecr get-login-password --region "$2" | logged_in "$tool" login --username AWS --password-stdin "$1"; } >"$log" 2>&1 9>&- || {
    code=$?
    blame
  }
}
logged_in() {
  if [ -z "$login" ]; then "$@"; else env DOCKER_CONFIG="$login" REGISTRY_AUTH_FILE="$login/auth.json" "$@"; fi
}
# pull_image IMAGE ALWAYS
pull_image() {
  if [ -n "$2" ] || ! quietly "$tool" image inspect "$1"; then quietly logged_in "$tool" pull "$1" || blame; fi
  rm -rf -- "$work/login"
  login=
}
# ask PROGRAM…: what it prints, as $answer
ask() {
  code=0
  answer=$("$@" </dev/null 2>"$log" 9>&-) || code=$?
  return "$code"
}
has_container() {
  ask "$tool" ps -a --filter "name=$1" --format '{{.Names}}' || blame
  printf '%s\n' "$answer" | grep -qxF -- "$1"
}
# look_at CONTAINER: $status, how often it was started again, its exit code, image and label
look_at() {
  ask "$tool" container inspect \
    -f '{{.State.Status}} {{.RestartCount}} {{.State.ExitCode}} {{.Image}} {{index .Config.Labels "cloudkit.steps"}}' \
    "$1" || return 1
  read -r status restarts ended its_image label <<END
$answer
END
}
has_done() {
  case $status in
    exited | stopped) [ -n "$may_end" ] && [ "$ended" = 0 ] ;;
    *) return 1 ;;
  esac
}
# goes_on CONTAINER RESTARTS: it runs for five seconds and is not started again; or has done its work, where it may end
goes_on() {
  looks=0 ended=1
  while look_at "$1"; do
    case $status in
      running) [ "$restarts" = "$2" ] || break ;;
      *)
        if has_done; then return 0; fi
        break
        ;;
    esac
    [ "$looks" -lt 5 ] || return 0
    looks=$((looks + 1))
    sleep 1
  done
  quietly "$tool" logs --tail 20 "$1"
  code=$ended
  return 1
}
# keep_container NAME IMAGE MAY_END DIGEST ARGUMENT…
keep_container() {
  container=$1 old=$1.old may_end=$3 want=$4
  ask "$tool" image inspect -f '{{.Id}}' "$2" || blame
  image=$answer
  shift 4
  if has_container "$old"; then take_back; fi
  was=
  if has_container "$container"; then
    look_at "$container" || blame
    if [ "$label $its_image" = "$want $image" ]; then
      keep_running
      return 0
    fi
    was=yes
  fi
  did=yes
  replace_container "$@"
}
# An earlier run broke off between two containers: the old one is known to be good.
take_back() {
  look_at "$old" || blame
  [ -n "$label" ] || fail "the container $old is in the way, and was not made by a step"
  if has_container "$container"; then
    look_at "$container" || blame
    [ -n "$label" ] || fail "beside $old there is a container $container that was not made by a step"
    quietly "$tool" rm -f "$container" || blame
  fi
  quietly "$tool" rename "$old" "$container" || blame
}
keep_running() {
  verb=start
  case $status in
    running)
      if [ "$restarts" = 0 ]; then return 0; fi
      verb=
      ;;
    restarting) verb= ;;
    paused) verb=unpause ;;
    *) if has_done; then return 0; fi ;;
  esac
  if [ -n "$verb" ]; then
    did=yes
    quietly "$tool" "$verb" "$container" || blame
    look_at "$container" || blame
  fi
  goes_on "$container" "$restarts" || blame 'it does not go on'
}
replace_container() {
  made=
  if [ -n "$was" ]; then quietly "$tool" rename "$container" "$old" || blame; fi
  ask "$tool" create --name "$container" --label "cloudkit.steps=$want" "$@" || put_back
  made=$answer
  if [ -n "$was" ]; then quietly "$tool" stop "$old" || put_back; fi
  quietly "$tool" start "$made" || put_back
  goes_on "$made" 0 || put_back 'it does not go on'
  if [ -n "$was" ]; then quietly "$tool" rm -f "$old" || blame; fi
}
# put_back [WHAT]: fails as the last program did, and lets the old one go on.
put_back() {
  message=${1:+$1: }$(why)
  show_log
  if [ -n "$made" ]; then quietly "$tool" rm -f "$made"; fi
  if [ -n "$was" ]; then
    if quietly "$tool" rename "$old" "$container" && quietly "$tool" start "$container"; then
      message="$message; the old one runs again"
    else
      message="$message; the old one does not start again: $(why)"
    fi
  fi
  fail "$message"
}
)sh";

}  // namespace cloudkit::inline v0::compute::steps
