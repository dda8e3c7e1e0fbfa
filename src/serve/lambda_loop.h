#pragma once

#include "serve/host.h"

#include <cloudkit/serve.h>

namespace cloudkit::inline v0::serving {

/// Asks the host for calls until it has no more, and returns the program's exit code.
int run_lambda_loop(const Host& host, const Handler& handler, const ServeOptions& options);

}  // namespace cloudkit::inline v0::serving
