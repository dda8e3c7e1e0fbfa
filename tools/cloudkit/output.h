#pragma once

#include "json.h"

#include <cloudkit/bytes.h>
#include <cloudkit/context.h>
#include <cloudkit/error.h>
#include <cloudkit/result.h>

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>

namespace cloudkit::tool {

/// What a program says: results on stdout, errors and notices on stderr; text, or with `--json`
/// one JSON object a line. Thread-safe. When nobody reads stdout any more the context is
/// cancelled, so that commands stop and clean up.
class Output {
 public:
  explicit Output(Context context);
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  /// Before the first word.
  void set_json(bool json) noexcept { json_ = json; }
  bool json() const noexcept { return json_; }

  /// A line of text; the caller has made it `printable`.
  void line(std::string_view text);
  void object(const Json& object) { line(object.finish()); }
  /// Before a long pause. Else a line waits for the next one, and the last one for the end.
  void flush();
  /// What a dry run leaves undone: "would remove NAME", or {"would_remove": "NAME"}. `verb` has `_` for a space; `more`
  /// is text only.
  void would(std::string_view verb, std::string_view name, std::string_view more = {});
  /// An object's own bytes. Errors: `io`; `cancelled` when nobody reads.
  Status bytes(Bytes bytes);

  /// Returns the exit code for it.
  int error(const Error& error);
  /// What a user should know, and is no error: "skipped FILE: WHY".
  void notice(std::string_view text);

  /// Shows a line of ASCII on a terminal, cut to its width, in the place of the last such one; nothing where stderr is
  /// none, or the last one is too young to have been read. It goes when anything else is said.
  void progress(std::string_view text);
  bool shows_progress() const noexcept { return is_terminal_ && !json_; }
  /// Whether results go to a terminal, and to no file or program.
  bool prints_to_terminal() const noexcept { return prints_to_terminal_; }

  /// Writes out what is left, and returns the program's exit code. Ends the program by SIGPIPE
  /// when nobody read to the end, as the shell expects of a filter.
  int finish(int exit_code);

 private:
  void write_out();
  void clear_progress();
  Status write_all(std::string_view bytes);
  Error output_failure() const;
  void tell(const Error& error) const;

  const Context context_;
  const bool is_terminal_;
  const bool prints_to_terminal_;
  const bool prints_to_file_;
  bool json_ = false;
  std::mutex mutex_;
  bool progress_shown_ = false;
  std::chrono::steady_clock::time_point shown_ = {};
  std::string pending_;
  std::chrono::steady_clock::time_point written_ = {};
  int broken_ = 0;        // errno of the first write that failed
  bool gave_up_ = false;  // Interrupted while nobody read.
};

}  // namespace cloudkit::tool
