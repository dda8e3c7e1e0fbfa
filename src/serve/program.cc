#include "serve/program.h"

#include "core/fail.h"
#include "core/log.h"
#include "serve/http_server.h"
#include "serve/lambda_loop.h"
#include "serve/log_format.h"
#include "serve/once.h"

#include <exception>

namespace cloudkit::inline v0::serving {

int run(const Program& program, const ServeOptions& options) noexcept {
  try {
    choose_log_format();
    const auto host = find_host();
    if (!host) {
      core::log(LogLevel::error, "cannot serve", {{"why", host.error().message}});
      return exit_code(host.error());
    }
    switch (host->kind) {
      case Host::Kind::lambda: return run_lambda_loop(*host, program.events, options);
      case Host::Kind::command_line: return run_once(program.events, options);
      case Host::Kind::custom_handler:
      case Host::Kind::http: return run_http_server(*host, program.endpoint(*host), options);
    }
  } catch (const std::exception& exception) {  // Out of memory, or of threads.
    core::log(LogLevel::error, "cannot serve", {{"why", exception.what()}});
  }
  return 1;
}

Status no_handler() {
  Error error = core::invalid_argument("there is no handler to serve");
  error.service_code = "Runtime.NoSuchHandler";
  return error;
}

}  // namespace cloudkit::inline v0::serving
