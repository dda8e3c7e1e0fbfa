#include "ssh/remote_shell.h"

#include "core/shell.h"

#include <fmt/format.h>

#include <string_view>

namespace cloudkit::inline v0::ssh {
namespace {

// Without `\`, which fish would take for an escape of the quote behind it.
std::string in_single_quotes(std::string_view text) {
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\"'\"'") : std::string(1, c);
  return word + "'";
}

// Which no script holds, and the beginning of one does not end with.
std::string end_of_script(const std::string& mark) { return mark + ":whole"; }

// `body` sets c, the exit code.
std::string between_marks(const std::string& mark, const std::string& body) {
  const std::string script = fmt::format(
      "n={}; echo $n:begin; echo $n:begin >&2; {} "
      "echo $n:end:$c; echo $n:end:$c >&2",
      mark, body);
  return "exec /bin/sh -c " + core::shell_word(script);
}

}  // namespace

std::string input_of_script(const std::string& mark, std::string_view script) {
  return std::string(script) + end_of_script(mark);
}

std::string command_line_of_script(const std::string& mark, std::uint64_t size) {
  const std::string end = end_of_script(mark);
  // The watcher is ended before the marks, after which this side may be gone without meaning harm. sshd gives each
  // command a process group of its own. A script may end it, too, by `kill 0`: this shell and the watcher stay.
  const std::string body = fmt::format(
      "e={}; s=$(head -c {}); case \"$s\" in *\"$e\") s=${{s%\"$e\"}};; *) exit 1;; esac; "
      "exec 3<&0 </dev/null; trap \"\" TERM HUP INT; "
      "(cat <&3; kill -KILL $$; kill -TERM 0; sleep 2; kill -KILL 0) >/dev/null 2>&1 & "
      "trap : TERM HUP INT; b=$(printf \"\\041\"); eval w=\\$$b; exec 3<&-; "
      "printf \"%s\\n\" \"$s\" | /bin/sh -c {}; c=$?; "
      "{{ kill -KILL $w; wait $w; }} 2>/dev/null;",
      end, size + end.size(), core::shell_word("s=$(cat); exec </dev/null; eval \"$s\""));
  return between_marks(mark, body);
}

std::string command_line_of_file(const std::string& mark, const FileTarget& target, std::uint64_t size,
                                 const std::string& sha256) {
  const std::size_t slash = target.path.rfind('/');
  const std::string temporary = fmt::format("{}.ck-{}", target.path.substr(0, slash + 1), mark);
  // Its name is among the arguments that every user sees: none of what is there by that name is written to (set -C).
  // sha256sum is of GNU and BusyBox, shasum of macOS, sha256 of the BSDs; without any of them the size must do.
  const std::string body = fmt::format(
      "umask 077; LC_ALL=C; export LC_ALL; t={}; f={}; "
      "put() {{ if [ -d \"$t\" ]; then return {}; fi; (set -C; cat >\"$f\") || return 1; "
      "[ $(wc -c <\"$f\") -eq {} ] || return {}; "
      "h=$(sha256sum <\"$f\" || shasum -a 256 <\"$f\" || sha256 -q <\"$f\" || openssl dgst -sha256 -r <\"$f\") "
      "2>/dev/null; "
      "case \"$h\" in {}*|\"\") ;; *) return {};; esac; "
      "chmod {:04o} \"$f\" && {{ sync \"$f\" 2>/dev/null; mv -f \"$f\" \"$t\"; }}; }}; "
      "put; c=$?; if [ $c -ne 0 ]; then rm -f \"$f\"; fi;",
      in_single_quotes(target.path), in_single_quotes(temporary), static_cast<int>(is_directory), size,
      static_cast<int>(is_incomplete), sha256, static_cast<int>(is_damaged), target.mode);
  return between_marks(mark, body);
}

}  // namespace cloudkit::inline v0::ssh
