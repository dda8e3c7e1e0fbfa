#pragma once

#include "aws/lambda/driver.h"
#include "support/scripted_account.h"

#include <memory>
#include <string>

namespace cloudkit::testing {

/// Functions of an account that is a script.
struct Fixture : ScriptedAccount {
  explicit Fixture(aws::ServiceOptions options = {}, aws::ScheduleService schedules = aws::ScheduleService::scheduler)
      : ScriptedAccount(std::move(options)), driver(std::make_shared<aws::lambda::LambdaDriver>(account, schedules)) {}

  std::shared_ptr<aws::lambda::LambdaDriver> driver;
};

inline std::string function_json(const std::string& more = {}) {
  return R"({"FunctionName":"hello","FunctionArn":"arn:aws:lambda:us-west-2:123456789012:function:hello",)"
         R"("Runtime":"python3.12","Handler":"app.handler","Role":"arn:aws:iam::123456789012:role/r",)"
         R"("Timeout":30,"MemorySize":256,"CodeSha256":"sha=","Version":"$LATEST","State":"Active",)"
         R"("LastUpdateStatus":"Successful","Architectures":["x86_64"],"EphemeralStorage":{"Size":512})" +
         more + "}";
}

}  // namespace cloudkit::testing
