#pragma once

#include "command.h"

#include <cloudkit/function_runtime.h>

#include <string>

/// What the commands `cloudkit fn …` share.
namespace cloudkit::tool::fn {

std::unique_ptr<Command> make_deploy();
std::unique_ptr<Command> make_invoke();
std::unique_ptr<Command> make_list();
std::unique_ptr<Command> make_logs();
std::unique_ptr<Command> make_expose();
std::unique_ptr<Command> make_schedule();
std::unique_ptr<Command> make_rm();

/// The option `--on`, which every one of them has.
class Runtime {
 public:
  Arguments& declare(Arguments& arguments);
  Result<FunctionRuntime> open() const;
  /// `--wait` of what only answers, is only called, or only runs, while a program has `local://` open.
  Arguments& declare_wait(Arguments& arguments);
  bool waits() const { return wait_; }
  /// After it was made: what the command exits with. Waits until it is interrupted if that was asked for, and says so
  /// where it should have been.
  int keep_open(Session& session, std::string_view what) const;

 private:
  std::string url_;
  bool wait_ = false;
};

/// What a path, URL or image's name says code is. Errors: `io`, `not_found`; `invalid_argument`.
Result<FunctionCode> code_of(const std::string& text, bool image);

}  // namespace cloudkit::tool::fn
