#pragma once

#include "compute/checks.h"
#include "compute/service.h"
#include "core/encode.h"
#include "core/perform.h"

#include <cloudkit/compute.h>

#include <fmt/format.h>

#include <initializer_list>
#include <string>
#include <string_view>

namespace cloudkit::inline v0 {

struct Compute::State : compute::Service {
  using compute::Service::Service;

  /// A call of the handle: `body` unless a check failed, with the operation and the `kind` of thing of this `name` in
  /// its error. Without a kind it is about all there is.
  template <class Body>
  auto call(std::string_view operation, std::string_view kind, std::string_view name,
            std::initializer_list<Status> checks, Body body) const -> decltype(body()) {
    const auto resource = [&] {
      return kind.empty() ? driver->url()
                          : fmt::format("{} {} {}", driver->url(), kind, core::printable_excerpt(name, 170));
    };
    return core::perform(operation, resource, compute::all_of(checks), body);
  }
};

}  // namespace cloudkit::inline v0
