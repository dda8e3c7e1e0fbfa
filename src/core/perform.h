#pragma once

#include "core/named_error.h"
#include "core/observer.h"

#include <cloudkit/result.h>

#include <string_view>
#include <utility>

namespace cloudkit::inline v0::core {

/// The first step of an operation that goes on, as a stream does: `body` unless `checked` failed already, with the
/// operation and `resource()` named in any error. That ends the operation; else whoever has `observation` then does.
template <class Resource, class Body>
auto start(Observation& observation, std::string_view operation, const Resource& resource, Status checked,
           const Body& body) -> decltype(body()) {
  using Outcome = decltype(body());
  Outcome result = checked ? body() : Outcome(std::move(checked).error());
  if (!result.has_value()) {
    Error& error = result.error();
    error = named(std::move(error), operation, resource());
    if (observation.heard()) observation.end(operation, resource(), &error);
  }
  return result;
}

/// A report is a success that may hold failures.
template <class Outcome>
Status first_failure(const Outcome& outcome) {
  if constexpr (requires { outcome->status(); }) {
    return outcome->status();
  } else {
    return {};
  }
}

/// How every call of a handle runs: as `start`, and it is the whole operation. The observer, if there is one, hears of
/// it.
template <class Resource, class Body>
auto perform(std::string_view operation, Resource resource, Status checked, Body body) -> decltype(body()) {
  auto observation = Observation::begin();
  auto result = start(observation, operation, resource, std::move(checked), body);
  if (result.has_value() && observation.heard()) {
    const Status failed = first_failure(result);
    observation.end(operation, resource(), failed ? nullptr : &failed.error());
  }
  return result;
}

}  // namespace cloudkit::inline v0::core
