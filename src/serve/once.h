#pragma once

#include <cloudkit/serve.h>

namespace cloudkit::inline v0::serving {

/// One call: standard input is the payload ({} when there is none), the reply and a line end go to standard output, a
/// failure to standard error. Returns the program's exit code.
int run_once(const Handler& handler, const ServeOptions& options);

}  // namespace cloudkit::inline v0::serving
