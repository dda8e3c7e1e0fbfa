#pragma once

#include <future>
#include <system_error>
#include <type_traits>

namespace cloudkit::inline v0::core {

/// Begins `work` on a thread of its own; where there is none to be had it is done when its result is asked for.
/// The future waits for it when it goes.
template <class Work>
std::future<std::invoke_result_t<Work>> run_aside(Work work) {
  try {
    return std::async(std::launch::async, work);
  } catch (const std::system_error&) {
    return std::async(std::launch::deferred, work);
  }
}

}  // namespace cloudkit::inline v0::core
