#pragma once

#include <cloudkit/observer.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>

namespace cloudkit::inline v0::core {

/// Null where nobody observes; asking costs a load then.
std::shared_ptr<Observer> current_observer();

/// An operation that is under way, for the observer that it began with: told once, by `end`. Where nobody observes,
/// where it has ended, and where it was moved from, it is nothing. For one thread at a time.
class Observation {
 public:
  Observation() = default;
  static Observation begin();

  /// Whether `end` tells somebody.
  bool heard() const noexcept { return observer_ != nullptr; }
  void end(std::string_view operation, std::string_view resource, const Error* error, std::uint64_t bytes = 0);

  Observation(const Observation&) = delete;
  Observation& operator=(const Observation&) = delete;
  Observation(Observation&&) noexcept = default;
  Observation& operator=(Observation&&) noexcept = default;
  ~Observation() = default;

 private:
  std::shared_ptr<Observer> observer_;
  std::chrono::steady_clock::time_point begun_ = {};
};

}  // namespace cloudkit::inline v0::core
