#pragma once

#include <cloudkit/aws_functions.h>
#include <cloudkit/driver/function_runtime.h>
#include <cloudkit/open.h>

#include <memory>

namespace cloudkit::inline v0::aws::lambda {

/// Does no I/O. Errors: `invalid_argument`.
Result<std::shared_ptr<FunctionRuntimeDriver>> make_driver(FunctionsOptions options);

/// What `aws://REGION` says; its query: endpoint, profile, schedules (scheduler, rules), fips, dual_stack (true,
/// false). Errors: `invalid_argument`.
Result<FunctionsOptions> options_of(const Url& url);

/// Does no I/O. Errors: also those of `make_driver`.
Result<std::shared_ptr<FunctionRuntimeDriver>> open_runtime(const Url& url);

}  // namespace cloudkit::inline v0::aws::lambda
