#pragma once

#include "codec/json.h"

#include <cloudkit/driver/function_runtime.h>
#include <cloudkit/driver/http.h>

#include <map>
#include <string>
#include <string_view>

namespace cloudkit::inline v0::aws::lambda {

/// A FunctionConfiguration: what creating, updating and listing answer. Without tags and concurrency.
Function read_configuration(const codec::JsonValue& configuration);

/// What GetFunction answers: the configuration with tags, the digest that they keep, and concurrency. Tags of the
/// service and of cloudkit are not the user's. Errors: `unknown`.
Result<Function> read_function(const http::Response& response);

/// A page of a listing. Errors: `unknown`.
Result<FunctionPage> read_function_page(const http::Response& response);

/// Of a reply, whether the function's code is an image.
bool is_image(const codec::JsonValue& configuration);

/// True of tags that users do not set.
bool is_system_tag(std::string_view key) noexcept;

}  // namespace cloudkit::inline v0::aws::lambda
