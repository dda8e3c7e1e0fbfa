#pragma once

#include <cloudkit/observer.h>

#include <chrono>
#include <memory>
#include <string_view>

namespace cloudkit::inline v0::core {

/// Null where nobody observes; asking costs a load then.
std::shared_ptr<Observer> current_observer();

void tell_operation(Observer& observer, std::string_view operation, std::string_view resource,
                    std::chrono::steady_clock::time_point begun, const Error* error);

}  // namespace cloudkit::inline v0::core
