#pragma once

#include "ssh/connections.h"

#include <cloudkit/compute_types.h>
#include <cloudkit/io.h>

#include <chrono>
#include <string>

namespace cloudkit::inline v0::ssh {

/// A command of remote_shell.h for a host.
struct Session {
  std::string mark = {};
  std::string command = {};
  /// While it runs, the end of its input tells it that this side is gone.
  bool keeps_input_open = false;
  std::chrono::milliseconds limit{0};  ///< From when the host's shell has begun. 0: none.
};

/// Runs it to its end. Errors: those of failure.h; `io` for the source; those of the context, with `may_have_happened`
/// once the host's shell has begun.
Result<CommandResult> run_session(Connections& connections, const InventoryHost& host, const Session& session,
                                  const Source& input, const Context& context);

}  // namespace cloudkit::inline v0::ssh
