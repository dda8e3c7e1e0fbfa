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
lists=
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

// The new container gets the old one's name, which waits beside it until the new one runs.
const std::string_view kContainers = R"sh(
# ecr_login HOST REGION
ecr_login() {
  engine=$tool
  find_tool aws || fail 'there is no aws, which a login to ECR needs'
  tool=$engine
  { aws ecr get-login-password --region "$2" | "$tool" login --username AWS --password-stdin "$1"; } >"$log" 2>&1 9>&- || {
    code=$?
    blame
  }
}
# pull_image IMAGE ALWAYS
pull_image() {
  if [ -z "$2" ] && quietly "$tool" image inspect "$1"; then return 0; fi
  quietly "$tool" pull "$1" || blame
}
# keep_container NAME IMAGE DIGEST ARGUMENT…
keep_container() {
  container=$1 image=$("$tool" image inspect -f '{{.Id}}' "$2" 2>/dev/null) want=$3
  have=$("$tool" container inspect -f '{{index .Config.Labels "cloudkit.steps"}} {{.Image}} {{.State.Running}}' "$1" 2>/dev/null)
  if [ "$have" = "$want $image true" ]; then return 0; fi
  did=yes
  if [ "$have" = "$want $image false" ]; then
    quietly "$tool" start "$1" || blame
    return 0
  fi
  if [ -n "$have" ]; then
    quietly "$tool" rm -f "$1.old"
    quietly "$tool" rename "$1" "$1.old" || blame
  fi
  quietly "$tool" stop "$1.old"
  shift 3
  if ! quietly "$tool" run -d --name "$container" --label "cloudkit.steps=$want" "$@"; then
    message=$(why)
    tail -c 4000 -- "$log" >&2
    quietly "$tool" rm -f "$container"
    if quietly "$tool" rename "$container.old" "$container" && quietly "$tool" start "$container"; then
      message="$message; the old one runs again"
    fi
    fail "$message"
  fi
  quietly "$tool" rm -f "$container.old"
  return 0
}
)sh";

}  // namespace cloudkit::inline v0::compute::steps
