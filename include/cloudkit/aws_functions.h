#pragma once

#include <cloudkit/credentials.h>
#include <cloudkit/function_runtime.h>
#include <cloudkit/http_options.h>

#include <memory>
#include <optional>
#include <string>

/// Functions on AWS: Lambda, with IAM, API Gateway, EventBridge and CloudWatch Logs.
namespace cloudkit::inline v0::aws {

/// Which service keeps schedules. `scheduler`: EventBridge Scheduler, with time zones and a role of its own for each
/// function. `rules`: EventBridge's rules, in UTC. What the other keeps is listed and removed, too, where the
/// credentials may see it; a schedule that is put moves.
/// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cron-expressions.html
enum class ScheduleService { scheduler, rules };

/// Empty members come from where the AWS CLI finds them: environment, then profile.
struct FunctionsOptions {
  std::string region = {};    ///< "eu-west-1"; else AWS_REGION, AWS_DEFAULT_REGION, the profile's.
  std::string endpoint = {};  ///< Of all services, "https://HOST[:PORT]"; else AWS_ENDPOINT_URL_LAMBDA …, else AWS's.
  std::string profile = {};   ///< Whose configuration, and credentials without `credentials`.
  bool allow_http = false;    ///< Plain http to another machine than this one.
  std::shared_ptr<CredentialSource> credentials = {};  ///< Default: `default_credentials(profile)`.
  http::RetryOptions retry = {};
  http::TransportOptions transport = {};
  std::optional<bool> fips = {};                           ///< AWS's endpoints with cryptography of FIPS 140.
  std::optional<bool> dual_stack = {};                     ///< AWS's endpoints with IPv6 too.
  ScheduleService schedules = ScheduleService::scheduler;  ///< What new schedules are made with.
};

/// Does no I/O; configuration and credentials are read at the first call. Errors: `invalid_argument` for a region that
/// cannot be one.
CLOUDKIT_API Result<FunctionRuntime> make_function_runtime(FunctionsOptions options = {});

}  // namespace cloudkit::inline v0::aws
