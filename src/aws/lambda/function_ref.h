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

/// What a reference says: "hello", "hello:live", "123456789012:function:hello", or an ARN. A view of it.
/// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html
struct Reference {
  std::string_view region = {};
  std::string_view account = {};
  std::string_view name = {};
  std::string_view qualifier = {};
};

Reference parse_reference(std::string_view text) noexcept;

/// That of a function as a whole, in this region. Errors: `invalid_argument` for a version or an alias, and for a
/// function of another region: its name would be that of another function here.
Result<Reference> whole_function(std::string_view text, std::string_view region);

/// By its name alone. Errors: `not_found`.
Result<FunctionRef> find_function(service::Client& lambda, std::string_view name, const Context& context);

}  // namespace cloudkit::inline v0::aws::lambda
