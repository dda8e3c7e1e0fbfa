#pragma once

#include "core/fail.h"

#include <cloudkit/result.h>

#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace cloudkit::inline v0::core {

/// Begins `work` on `thread`, which runs none yet. Errors: `unavailable` where no thread is to be had.
template <class Work>
Status start_thread(std::thread& thread, Work work) {
  try {
    thread = std::thread(std::move(work));
  } catch (const std::system_error& error) {
    return fail(ErrorCode::unavailable, std::string("cannot start a thread: ") + error.what());
  }
  return {};
}

}  // namespace cloudkit::inline v0::core
