#include "compute/steps/shell_code.h"

namespace cloudkit::inline v0::compute::steps {

// Descriptor 9 is the lock: a daemon that a step starts must not keep it.
const std::string_view kBasics = R"sh(
set -u
umask 022
export LC_ALL=C HOME="${HOME:-/root}" CLOUDKIT_PREFIX="$prefix"
bins='/usr/local/sbin /usr/local/bin /usr/sbin /usr/bin /sbin /bin'
paths=
for bin in $bins; do paths=$paths${paths:+:}$prefix$bin; done
# Programs that steps name come from below a prefix first; what this script itself needs never does.
PATH=${PATH:-/usr/bin:/bin}
if [ -n "$prefix" ]; then own_path=$PATH step_path=$paths:$PATH; else own_path=$PATH:$paths step_path=$own_path; fi
PATH=$own_path
shell=$(command -v sh)
state=$prefix/var/lib/cloudkit
work='' log='' new='' did='' tool=''
# Of apt's packages: empty until they are fetched, and after each step that may have added a repository.
lists=''
begun=0 oks=0 changes=0 skips=0 fails=0

begin() { name=$1 did='' begun=$((begun + 1)) PATH=$own_path; }
ok() { oks=$((oks + 1)) && printf 'ok %s\n' "$name"; }
changed() { changes=$((changes + 1)) && printf 'changed %s\n' "$name"; }
skip() { skips=$((skips + 1)) && printf 'skipped %s: %s\n' "$name" "$1"; }
end() { if [ -n "$did" ]; then changed; else ok; fi; }
finish() {
  printf 'cloudkit: %d ok, %d changed, %d skipped, %d failed, %d not run\n' "$oks" "$changes" "$skips" "$fails" $((total - begun))
  exit "$fails"
}
fail() {
  fails=1
  printf 'failed %s: %s\n' "$name" "$1"
  finish
}
# blame [WHAT]: fails by what the last program said, all of which is shown on stderr.
blame() {
  show_log
  fail "${1:+$1: }$(why)"
}
# Marked, since it may be mixed with the report, and look like it.
show_log() { tail -c 4000 -- "$log" | sed 's/^/| /' >&2; }
# The end of what the last program said, on one line.
why() {
  sed '/^[[:space:]]*$/d' "$log" | tail -n 3 | tr -c '[:print:]\n' '?' | {
    text="exit code $code"
    while IFS= read -r line || [ -n "$line" ]; do text="$text; $line"; done
    printf '%.500s' "$text"
  }
}
quietly() {
  code=0
  "$@" </dev/null >"$log" 2>&1 9>&- || code=$?
  return "$code"
}
# run_text COMMAND [ARGUMENT]: from a file, since everybody on the machine can read the arguments of programs.
run_text() {
  printf '%s\n' "$1" >"$work/command" || fail 'it cannot be written'
  shift
  quietly env PATH="$step_path" "$shell" "$work/command" "$@"
}

start() {
  name=start
  printf 'cloudkit: %d steps\n' "$total"
  [ -n "$prefix" ] || [ "$(id -u)" = 0 ] || fail 'it needs root'
  [ "$prefix" != / ] || fail '/ is no prefix'
  for tool in $needs; do command -v "$tool" >/dev/null 2>&1 || fail "this machine has no $tool"; done
  work=$(mktemp -d) || fail 'no temporary directory can be made'
  log=$work/log
  trap 'rm -rf -- "$work" "${new:-$log}"' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  quietly mkdir -p -- "$state" || blame
  quietly chmod 0700 -- "$state" || blame
  if command -v flock >/dev/null 2>&1; then take_lock; fi
  cd "$prefix/" || fail "no such directory: $prefix"
}
# Busybox cannot wait for a lock, and has one exit code for all failures, but nothing to say when another has it.
take_lock() {
  quietly sh -c ': >>"$1"' sh "$state/lock" || blame
  exec 9>>"$state/lock"
  tries=0
  until flock -n 9 >"$log" 2>&1; do
    code=$?
    if [ "$code" != 1 ] || [ -s "$log" ]; then blame; fi
    [ "$tries" -lt 60 ] || fail 'another run has not ended for a minute'
    tries=$((tries + 1))
    sleep 1
  done
}

# find_tool NAME…: the first of these programs that may be used, as $tool. With a prefix only one from there.
find_tool() {
  for tool; do
    if [ -z "$prefix" ]; then
      if command -v "$tool" >/dev/null 2>&1; then return 0; fi
    else
      for bin in $bins; do
        if [ -x "$prefix$bin/$tool" ]; then
          PATH=$step_path
          return 0
        fi
      done
    fi
  done
  tool=
  return 1
}
# The same; 1 after having skipped the step.
need_tool() {
  find_tool "$@" && return 0
  [ -n "$prefix" ] || fail "this machine has no $*"
  skip "there is no $* below the prefix"
  return 1
}
)sh";

// A mark outlives a run that breaks off between a change and the restart.
const std::string_view kMarks = R"sh(
notify() {
  if [ -n "$1" ]; then quietly touch -- "$state/restart-$1" || blame; fi
}
)sh";

const std::string_view kFirstBoot = R"sh(
# was_made TEST…: fails where it does.
was_made() { quietly "$@" || fail 'cloud-init has not made it: see /var/log/cloud-init-output.log'; }
# has_digest PATH SHA256
has_digest() { [ "$(sha256sum <"$prefix$1")" = "$2  -" ]; }
)sh";

// Below a prefix nobody but this user needs to exist.
const std::string_view kAttributes = R"sh(
# check_way PATH: fails where a directory on the way is a link that must not be followed. $shared are those in which
# others may rename what is there, and so swap what is being written.
check_way() {
  here=$prefix rest=${1#"$prefix"/}
  set -- "$prefix/"
  while [ "$rest" != "${rest#*/}" ]; do
    here=$here/${rest%%/*} rest=${rest#*/}
    set -- "$@" "$here/"
    if [ ! -L "$here" ]; then continue; fi
    is_trusted "$here" || fail "the link ${here#"$prefix"} is another user's"
    if [ -n "$prefix" ]; then
      case $(cd -P -- "$here" 2>/dev/null && pwd)/ in
        "$(cd -P -- "$prefix" && pwd)"/*) ;;
        *) fail "the link ${here#"$prefix"} leads out of the prefix" ;;
      esac
    fi
  done
  shared=$(find -H "$@" -prune \( ! -user 0 ! -user "$(id -u)" -o ! -perm -1000 \( -perm -0020 -o -perm -0002 \) \) 2>/dev/null)
}
is_trusted() {
  case $(stat -c %u -- "$1") in
    0 | "$(id -u)") return 0 ;;
    *) return 1 ;;
  esac
}
# in_place DIRECTORY COMMAND…: there, after having made what is missing of the way, as check_way has seen it.
in_place() (
  place=$1
  shift
  if [ -n "$shared" ]; then
    enter "${place#"$prefix"}"
  else
    mkdir -p -- "$place/" && cd -P -- "$place/" || exit
  fi
  "$@"
)
# enter DIRECTORY: others may make a link of what is on the way at any moment. So each is entered by itself, and must
# then be where it was looked for; to where others have put it a link of root's is not followed either.
enter() {
  cd -P -- "$prefix/" || exit
  top=$(env pwd -P) rest=${1#/} theirs=
  here=$top
  while [ -n "$rest" ]; do
    part=${rest%%/*}
    rest=${rest#"$part"}
    rest=${rest#/}
    [ -z "$(find . -prune \( ! -user 0 ! -user "$(id -u)" -o ! -perm -1000 -perm -0002 \))" ] || theirs=yes
    want=${here%/}/$part
    if [ -L "./$part" ] && is_trusted "./$part"; then
      want=
      [ -n "$prefix" ] || [ -z "$theirs" ] || stray "is a link where others may put one"
    elif [ ! -d "./$part" ]; then
      mkdir -- "./$part" || exit
    fi
    cd -P -- "./$part" || exit
    here=$(env pwd -P) || exit
    [ -z "$want" ] || [ "$here" = "$want" ] || stray 'has become a link'
    if [ -n "$prefix" ]; then
      case $here/ in
        "$top"/*) ;;
        *) stray 'leads out of the prefix' ;;
      esac
    fi
  done
}
stray() {
  echo "$part on the way to $place $1"
  exit 1
}
# has_attributes PATH MODE OWNER GROUP
has_attributes() {
  if [ -n "$prefix" ]; then set -- "$1" "$2" '' ''; fi
  [ -n "$(find -H "$1" -prune -perm "$2" ${3:+-user "$3"} ${4:+-group "$4"} 2>/dev/null)" ]
}
# set_attributes PATH MODE OWNER GROUP
set_attributes() {
  if [ -z "$prefix" ] && [ -n "$3$4" ]; then chown -- "$3${4:+:$4}" "$1" || return; fi
  chmod -- "$2" "$1"
}
# Where there is SELinux, a place has its label.
label_place() {
  if find_tool restorecon; then quietly restorecon -- "$1"; fi
  PATH=$own_path
}
)sh";

const std::string_view kFiles = R"sh(
# open_file PATH: $path is its place, and $new an empty file beside it for the contents, which nobody else may read.
# Beside it: a rename is all or nothing within one file system, and what validates it may look around there.
open_file() {
  path=$prefix$1
  check_way "$path"
  if [ -d "$path" ] && [ ! -L "$path" ]; then fail 'a directory is there'; fi
  quietly in_place "${path%/*}" : || blame
  new=${path%/*}/.cloudkit-$$-${path##*/}
  if [ -n "$shared" ]; then new=$state/new-${path##*/}; fi
  quietly rm -f -- "$new" || blame
  quietly sh -c 'umask 077 && set -C && : >"$1"' sh "$new" || blame
}
# back_up NAME, in its directory: the old file, whose place the new one takes, under a name that patterns like conf.d/*
# leave out; the last ten. Copied aside: what has the name of the backup may be another's link.
back_up() {
  backup=./.$1
  old=$backup.$(date -u +%Y%m%dT%H%M%SZ)-$$.bak
  if [ -L "./$1" ] || ! ln -- "./$1" "$old"; then
    cp -p -- "./$1" "$work/old" && mv -fT -- "$work/old" "$old" || return
  fi
  set -- "$backup".[0-9]*T[0-9]*Z-*.bak
  while [ $# -gt 10 ]; do
    rm -f -- "$1" || return
    shift
  done
}
# put_file MODE OWNER GROUP BACKUP SERVICE VALIDATE
put_file() {
  same=
  if [ -f "$path" ] && [ ! -L "$path" ]; then
    cmp -s -- "$new" "$path" && same=yes
    if [ -n "$same" ] && has_attributes "$path" "$1" "$2" "$3"; then
      rm -f -- "$new"
      return 0
    fi
    # It stays its owner's, unless the step says whose it is.
    if [ "$(id -u)" = 0 ]; then quietly chown -- "$(stat -c %u:%g -- "$path")" "$new" || blame; fi
  fi
  quietly set_attributes "$new" "$1" "$2" "$3" || blame
  if [ -n "$6" ]; then run_text "$6" "$new" || blame 'not valid'; fi
  if [ -n "$4" ] && [ -z "$same" ] && [ -f "$path" ]; then quietly in_place "${path%/*}" back_up "${path##*/}" || blame; fi
  notify "$5"
  sync "$new" 2>/dev/null
  quietly in_place "${path%/*}" mv -fT -- "$new" "./${path##*/}" || blame
  new=
  label_place "$path"
  did=yes lists=''
}
)sh";

const std::string_view kDirectories = R"sh(
# keep_directory PATH MODE OWNER GROUP
keep_directory() {
  path=$prefix$1
  check_way "$path/"
  fresh=
  if [ ! -d "$path" ]; then
    fresh=yes
  elif has_attributes "$path" "$2" "$3" "$4"; then
    return 0
  fi
  quietly in_place "$path" set_attributes . "$2" "$3" "$4" || blame
  if [ -n "$fresh" ]; then label_place "$path"; fi
  did=yes
}
)sh";

const std::string_view kCommands = R"sh(
# run_command COMMAND UNLESS CREATES SERVICE CHECKS
run_command() {
  if [ -n "$3" ] && { [ -e "$prefix$3" ] || [ -L "$prefix$3" ]; }; then return 0; fi
  if [ -n "$2" ] && run_text "$2"; then return 0; fi
  notify "$4"
  run_text "$1" || blame
  [ -n "$5" ] || did=yes lists=''
}
)sh";

}  // namespace cloudkit::inline v0::compute::steps
