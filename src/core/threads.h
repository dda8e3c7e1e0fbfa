#pragma once

#include <cstddef>
#include <functional>

namespace cloudkit::inline v0::core {

/// Runs `work`, which does not throw, on this thread and on `workers - 1` more, and waits for all of them. A machine
/// that has no more threads does with fewer.
void run_on_threads(std::size_t workers, const std::function<void()>& work);

}  // namespace cloudkit::inline v0::core
