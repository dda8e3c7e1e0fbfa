#pragma once

#include "aws/service/call.h"

#include <cloudkit/driver/function_runtime.h>
#include <cloudkit/result.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Lambda's functions: arguments to calls. `name` is a name, or an ARN with or without a qualifier. Errors:
/// `invalid_argument` for what cannot be a name, or is not UTF-8.
/// https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html
namespace cloudkit::inline v0::aws::lambda {

/// The tag of the digest of what `deploy` sent, with the service's digest of the same: the first counts only as long as
/// the second still is the function's.
inline constexpr std::string_view kCodeTag = "cloudkit:code";
std::string code_tag(std::string_view digest, std::string_view service_digest);

/// What `FunctionSpec::runtime` is here: "native" is "provided.al2023".
std::string runtime_of(const FunctionSpec& spec);

Result<service::Call> create_function(const FunctionSpec& spec, const FunctionPackage& package);
Result<service::Call> update_function_code(const FunctionSpec& spec, const FunctionPackage& package);
/// Only what differs between `current` and `spec`; nothing where that is nothing. A function's image has no runtime and
/// no handler.
Result<std::optional<service::Call>> update_function_configuration(const Function& current, const FunctionSpec& spec,
                                                                   bool is_image);

Result<service::Call> get_function(std::string_view name, std::string_view qualifier);
Result<service::Call> get_function_configuration(std::string_view name);
service::Call list_functions(std::string_view marker);
Result<service::Call> delete_function(std::string_view name);

Result<service::Call> tag_function(std::string_view arn, const std::map<std::string, std::string>& tags);
Result<service::Call> untag_function(std::string_view arn, const std::vector<std::string>& keys);
Result<service::Call> put_concurrency(std::string_view name, int reserved);
Result<service::Call> delete_concurrency(std::string_view name);

Result<service::Call> publish_version(std::string_view name);
Result<service::Call> create_alias(std::string_view name, std::string_view alias, std::string_view version);
Result<service::Call> update_alias(std::string_view name, std::string_view alias, std::string_view version);

/// Below the API of `date`: "/2015-03-31/functions/NAME" and `rest`.
Result<std::string> function_path(std::string_view name, std::string_view rest = {},
                                  std::string_view date = "2015-03-31");

}  // namespace cloudkit::inline v0::aws::lambda
