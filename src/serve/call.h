#pragma once

#include "serve/failure.h"

#include <cloudkit/serve.h>

#include <optional>
#include <string>

namespace cloudkit::inline v0::serving {

/// What became of a call.
struct Outcome {
  std::string reply = {};
  std::optional<Failure> failure = {};
};

/// Whatever the handler does short of ending the program. A failure is logged.
Outcome call(const Handler& handler, const Invocation& invocation);

/// Runs what was given for the start, if anything was. A failure is logged.
std::optional<Failure> start(const ServeOptions& options);

void log_failure(std::string_view what, const Failure& failure, std::string_view request_id);

}  // namespace cloudkit::inline v0::serving
