# Shared by the scripts of this repository; sourced with bash.
# shellcheck shell=bash

# By it cd may go elsewhere, and print where.
unset CDPATH
# A hook of git leaves its repository and index in the environment, where git would look instead of where it is asked.
# shellcheck disable=SC2046  # names
unset $(git rev-parse --local-env-vars 2>/dev/null)

# shellcheck disable=SC2034  # the sourcing script uses it
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

fail() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# A Go that can build today's programs, and fetch the compiler that they ask for.
has_new_go() { have go && [[ $(go version) =~ go1\.([0-9]+) && ${BASH_REMATCH[1]} -ge 21 ]]; }

# logged FILE COMMAND…: the output goes to FILE; on failure its tail is shown.
logged() {
  local log=$1
  shift
  if ! "$@" >"$log" 2>&1; then
    show_tail "$log"
    return 1
  fi
}

show_tail() {
  printf '%s\n' "---- the last lines of $1" >&2
  tail -n "${2:-30}" "$1" >&2
  printf '%s\n' '----' >&2
}

# The oldest Clang that can link sanitizers here, since it is the floor that the project promises.
clang_versions="14 15 16 17 18 19 20"
find_clang() {
  local version compiler
  for version in $clang_versions ''; do
    compiler=clang++${version:+-$version}
    if have "$compiler" && can_sanitize "$compiler"; then
      printf '%s\n' "$compiler"
      return 0
    fi
  done
  return 1
}

can_sanitize() {
  printf 'int main() {}\n' |
    "$1" -fsanitize=address,undefined -x c++ - -o /dev/null >/dev/null 2>&1
}
