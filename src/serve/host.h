#pragma once

#include <cloudkit/result.h>

#include <string>

namespace cloudkit::inline v0::serving {

/// Who calls this program, by its environment.
struct Host {
  enum class Kind {
    lambda,          ///< AWS_LAMBDA_RUNTIME_API: the program asks for calls.
    custom_handler,  ///< FUNCTIONS_CUSTOMHANDLER_PORT: Azure's host sends them over HTTP.
    http,            ///< PORT: HTTP, from a front-end on another machine.
    command_line,    ///< One call from standard input.
  };
  Kind kind = Kind::command_line;
  std::string address = {};  ///< To connect to, or to listen on.
  int concurrency = 1;       ///< Calls at once that it would send.
};

/// Errors: `invalid_argument`, naming the variable.
Result<Host> find_host();

/// How many calls at once: what was asked for, at most what the host offers where it says so.
int concurrency_of(const Host& host, int wanted) noexcept;

}  // namespace cloudkit::inline v0::serving
