#pragma once

#include "aws/lambda/open.h"
#include "support/contains.h"
#include "support/moto.h"

#include <cloudkit/aws_functions.h>
#include <cloudkit/aws_service_client.h>
#include <cloudkit/driver/function_runtime.h>

#include <doctest/doctest.h>

#include <memory>
#include <string>

/// A function on moto, which runs none, serves no stage, and is active at once: what depends on that is proved
/// elsewhere.
namespace test {

using namespace cloudkit;

inline FunctionSpec spec_of(const std::string& name) {
  FunctionSpec spec;
  spec.name = name;
  spec.runtime = "python3.12";
  spec.handler = "app.handler";
  spec.description = "says hello";
  spec.environment = {{"GREETING", "hällo"}};
  spec.tags = {{"team", "blue"}};
  spec.architecture = Architecture::x86_64;
  return spec;
}

// moto takes any bytes for a zip.
inline FunctionPackage package_of(const std::string& bytes) {
  FunctionPackage package;
  package.zip = bytes;
  package.digest = "digest-of-" + bytes;
  return package;
}

struct Account {
  explicit Account(const aws::FunctionsOptions& options, std::string function)
      : driver(aws::lambda::make_driver(options).value()), name(std::move(function)) {}
  ~Account() { CHECK(remove_all()); }

  Function create() {
    FunctionSpec spec = spec_of(name);
    spec.identity = driver->ensure_identity(name, {}).value().id;
    return driver->create(spec, package_of("one"), {}).value();
  }

  Status remove_all() {
    for (const Schedule& schedule : driver->list_schedules(name, {}).value()) {
      if (auto done = driver->unschedule(name, schedule.name, {}); !done) return done;
    }
    for (const Endpoint& endpoint : driver->list_endpoints(name, {}).value()) {
      if (auto done = driver->unexpose(name, endpoint, {}); !done) return done;
    }
    auto removed = driver->remove(name, {});
    if (!removed && removed.error().code != ErrorCode::not_found) return removed;
    if (auto done = driver->remove_logs(name, {}); !done) return done;
    return driver->remove_identity(name, {});
  }

  std::shared_ptr<FunctionRuntimeDriver> driver;
  std::string name;
};

inline std::string calls(const aws::ServiceOptions& options, std::string_view service, const aws::ServiceCall& call) {
  const auto reply = aws::ServiceClient(service, options).call(call);
  return reply ? reply->body : reply.error().to_string();
}

}  // namespace test
