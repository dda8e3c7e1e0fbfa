#pragma once

#include "support/scripted_compute.h"

#include <string>
#include <vector>

namespace cloudkit::test {

using Calls = std::vector<std::string>;

/// What every check lets through.
inline InstanceSpec good_spec() {
  InstanceSpec spec;
  spec.name = "web";
  spec.image = "al2023";
  spec.type = "t3.micro";
  return spec;
}

}  // namespace cloudkit::test
