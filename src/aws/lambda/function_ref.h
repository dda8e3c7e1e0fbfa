#pragma once

#include "aws/service/client.h"

#include <string>
#include <string_view>

namespace cloudkit::inline v0::aws::lambda {

/// A function that there is, and what its ARN says.
struct FunctionRef {
  std::string name = {};
  std::string arn = {};
  std::string partition = {};
  std::string region = {};
  std::string account = {};
};

/// "hello" of "hello:live", of an ARN, or of its end.
std::string bare_name(std::string_view name) noexcept;

/// Errors: `not_found`.
Result<FunctionRef> find_function(service::Client& lambda, std::string_view name, const Context& context);

}  // namespace cloudkit::inline v0::aws::lambda
