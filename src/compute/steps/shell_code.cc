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
if [ -n "$prefix" ]; then PATH=$paths:${PATH:-/usr/bin:/bin}; else PATH=${PATH:-/usr/bin:/bin}:$paths; fi
state=$prefix/var/lib/cloudkit
log='' new='' did='' tool=''
oks=0 changes=0 skips=0 fails=0

begin() { name=$1 did=; }
ok() { oks=$((oks + 1)) && printf 'ok %s\n' "$name"; }
changed() { changes=$((changes + 1)) && printf 'changed %s\n' "$name"; }
skip() { skips=$((skips + 1)) && printf 'skipped %s: %s\n' "$name" "$1"; }
end() { if [ -n "$did" ]; then changed; else ok; fi; }
finish() {
  left=$((total - oks - changes - skips - fails))
  if [ "$left" -lt 0 ]; then left=0; fi
  printf 'cloudkit: %d ok, %d changed, %d skipped, %d failed, %d not run\n' "$oks" "$changes" "$skips" "$fails" "$left"
  exit "$fails"
}
fail() {
  fails=1
  printf 'failed %s: %s\n' "$name" "$1"
  finish
}
# blame [WHAT]: fails by what the last program said, all of which is shown on stderr.
blame() {
  tail -c 4000 -- "$log" >&2
  fail "${1:+$1: }$(why)"
}
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

start() {
  name=start
  printf 'cloudkit: %d steps\n' "$total"
  [ -n "$prefix" ] || [ "$(id -u)" = 0 ] || fail 'it needs root'
  [ "$prefix" != / ] || fail '/ is no prefix'
  log=$(mktemp) || fail 'no temporary file can be made'
  trap 'rm -f -- "$log" "${new:-$log}"' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  quietly mkdir -p -- "$state" || blame
  quietly chmod 0700 -- "$state" || blame
  if command -v flock >/dev/null 2>&1; then
    exec 9>"$state/lock"
    flock -w 60 9 || fail 'another run has not ended for a minute'
  fi
  cd "$prefix/" || fail "no such directory: $prefix"
}

# find_tool NAME…: the first of these programs that may be used, as $tool. With a prefix only one from there.
find_tool() {
  for tool; do
    if [ -z "$prefix" ]; then
      if command -v "$tool" >/dev/null 2>&1; then return 0; fi
    else
      for bin in $bins; do if [ -x "$prefix$bin/$tool" ]; then return 0; fi; done
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

// Below a prefix nobody but this user needs to exist.
const std::string_view kAttributes = R"sh(
# has_attributes PATH MODE OWNER GROUP
has_attributes() {
  if [ -n "$prefix" ]; then set -- "$1" "$2" '' ''; fi
  [ -n "$(find -H "$1" -prune -perm "$2" ${3:+-user "$3"} ${4:+-group "$4"} 2>/dev/null)" ]
}
# set_attributes PATH MODE OWNER GROUP
set_attributes() {
  if [ -z "$prefix" ] && [ -n "$3$4" ]; then quietly chown -- "$3${4:+:$4}" "$1" || blame; fi
  quietly chmod -- "$2" "$1" || blame
}
)sh";

const std::string_view kFiles = R"sh(
# open_file PATH: $path is its place, and $new an empty file beside it for the contents, which nobody else may read.
# Beside it: a rename is all or nothing within one file system, and what validates it may look around there.
open_file() {
  path=$prefix$1
  if [ -d "$path" ] && [ ! -L "$path" ]; then fail 'a directory is there'; fi
  quietly mkdir -p -- "${path%/*}/" || blame
  new=${path%/*}/.cloudkit-$$-${path##*/}
  quietly rm -f -- "$new" || blame
  quietly sh -c 'umask 077 && set -C && : >"$1"' sh "$new" || blame
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
  set_attributes "$new" "$1" "$2" "$3"
  if [ -n "$6" ]; then quietly sh -c "$6" sh "$new" || blame 'not valid'; fi
  if [ -n "$4" ] && [ -z "$same" ] && [ -f "$path" ]; then
    quietly cp -p -- "$path" "$path.$(date -u +%Y%m%dT%H%M%SZ)-$$.bak" || blame
  fi
  notify "$5"
  sync "$new" 2>/dev/null
  quietly mv -f -- "$new" "$path" || blame
  new=
  did=yes
}
)sh";

const std::string_view kDirectories = R"sh(
# keep_directory PATH MODE OWNER GROUP
keep_directory() {
  path=$prefix$1
  if [ ! -d "$path" ]; then
    quietly mkdir -p -- "$path" || blame
  elif has_attributes "$path" "$2" "$3" "$4"; then
    return 0
  fi
  set_attributes "$path" "$2" "$3" "$4"
  did=yes
}
)sh";

const std::string_view kCommands = R"sh(
# run_command COMMAND UNLESS CREATES SERVICE CHECKS
run_command() {
  if [ -n "$3" ] && { [ -e "$prefix$3" ] || [ -L "$prefix$3" ]; }; then return 0; fi
  if [ -n "$2" ] && quietly sh -c "$2"; then return 0; fi
  notify "$4"
  quietly sh -c "$1" || blame
  [ -n "$5" ] || did=yes
}
)sh";

}  // namespace cloudkit::inline v0::compute::steps
