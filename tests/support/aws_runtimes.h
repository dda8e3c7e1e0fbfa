#pragma once

#include "aws/lambda/driver.h"
#include "support/slow_lambda.h"

#include <cloudkit/aws_service_client.h>
#include <cloudkit/function_runtime.h>

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

/// What harnesses of function runtimes on servers that speak as AWS does have in common.
namespace test {

using namespace cloudkit;

/// What each service still has that names the function.
inline Result<std::vector<std::string>> leftovers(const aws::ServiceOptions& options, const std::string& function) {
  const std::vector<std::pair<std::string, aws::ServiceCall>> questions = {
      {"lambda", {.path = "/2015-03-31/functions"}}, {"apigateway", {.path = "/restapis"}},
      {"apigatewayv2", {.path = "/v2/apis"}},        {"scheduler", {.path = "/schedules"}},
      {"logs", {.action = "DescribeLogGroups"}},     {"iam", {.action = "ListRoles"}},
  };
  std::vector<std::string> found;
  for (const auto& [service, question] : questions) {
    const auto reply = aws::ServiceClient(service, options).call(question);
    if (!reply) return reply.error();
    // Not of a neighbour, whose name begins so.
    for (const char* end : {"\"", ".", "-us-west-2", "<"}) {
      if (reply->body.find(function + end) != std::string::npos) found.push_back(service);
    }
  }
  return found;
}

/// The time that handles wait by, which passes by waiting alone.
inline FunctionRuntimeHooks virtual_time() {
  struct Clock {
    std::mutex mutex;
    Context::Clock::time_point now = Context::Clock::now();
  };
  const auto clock = std::make_shared<Clock>();
  FunctionRuntimeHooks hooks;
  hooks.now = [clock] {
    const std::scoped_lock lock(clock->mutex);
    return clock->now;
  };
  hooks.wait = [clock](const Context& context, Context::Clock::duration duration) {
    const std::scoped_lock lock(clock->mutex);
    clock->now += duration;
    return context.check();
  };
  return hooks;
}

/// A runtime whose Lambda is slow when told to be.
inline FunctionRuntime runtime_over(const aws::ServiceOptions& options, const std::shared_ptr<SlowLambda>& slow) {
  aws::ClientParts parts;
  parts.transport = slow;
  return FunctionRuntime(std::make_shared<aws::lambda::LambdaDriver>(
                             std::make_shared<aws::service::Account>(options, parts), aws::ScheduleService::scheduler),
                         virtual_time());
}

/// Of a runtime on that server. Behaviours, and what it cannot do, are for the caller to say.
inline testing::FunctionRuntimeHarness aws_harness(const aws::ServiceOptions& options,
                                                   const std::shared_ptr<SlowLambda>& slow) {
  testing::FunctionRuntimeHarness harness;
  harness.make_runtime = [options, slow]() -> Result<FunctionRuntime> {
    slow->delay({});
    return runtime_over(options, slow);
  };
  harness.delay = [slow](const testing::ServiceDelays& delays) { slow->delay(delays); };
  harness.virtual_time = true;
  harness.leftovers = [options](const std::string& function) { return leftovers(options, function); };
  return harness;
}

}  // namespace test
