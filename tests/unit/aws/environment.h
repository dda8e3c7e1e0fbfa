#pragma once

#include "support/fake_environment.h"

#include <string>
#include <utility>

/// With profile files.
struct FakeEnvironment : cloudkit::testing::FakeEnvironment {
  void config(std::string text) { files["/home/ada/.aws/config"] = std::move(text); }
  void credentials(std::string text) { files["/home/ada/.aws/credentials"] = std::move(text); }
};
