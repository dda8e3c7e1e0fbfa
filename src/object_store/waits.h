#pragma once

#include <cloudkit/http_options.h>

#include <chrono>

/// Between the tries that a handle makes itself, above those of a backend.
namespace cloudkit::inline v0::object_store {

inline constexpr auto kFirstWait = http::RetryOptions{}.base_delay;
/// For what a service does by itself.
inline constexpr std::chrono::milliseconds kLongestWait{1000};
inline constexpr auto kFirstWaitThrottled = http::RetryOptions{}.throttled_base_delay;

}  // namespace cloudkit::inline v0::object_store
