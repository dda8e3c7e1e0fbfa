// The suite of function runtimes on AWS's backend, against the strict fake, which checks signatures and runs functions.
#include "support/aws_runtimes.h"
#include "support/curl_fetch.h"
#include "support/function_conformance.h"
#include "support/moto.h"
#include "support/python_behaviours.h"

#include <chrono>
#include <memory>
#include <string>

using namespace cloudkit;

namespace {

// The fake serves what AWS serves at https://ID.execute-api.REGION.amazonaws.com/….
std::string served(const std::string& endpoint, const std::string& url) {
  const std::size_t id = std::string("https://").size();
  const std::size_t end = url.find(".execute-api.");
  if (end == std::string::npos) return url;
  return endpoint + "/_aws/execute-api/" + url.substr(id, end - id) + url.substr(url.find('/', end));
}

}  // namespace

TEST_CASE("functions on AWS, against the strict fake") {
  const auto services = test::options_for_strict<aws::ServiceOptions>();
  if (!services) return;
  testing::FunctionRuntimeHarness harness = test::aws_harness(*services, std::make_shared<test::SlowLambda>());
  harness.name = "functions on aws:// (strict fake)";
  harness.behaviour = test::PythonBehaviours();
  harness.http_fetch = [&](const std::string& method, const std::string& url, const testing::FetchHeaders& headers,
                           const std::string& body) {
    return curl_fetch(method, served(services->endpoint, url), headers, body);
  };
  harness.advance_clock = [&](std::chrono::seconds seconds) {
    const auto moved =
        curl_fetch("POST", services->endpoint + "/_fake/clock?seconds=" + std::to_string(seconds.count()), {}, {});
    CHECK(moved);
    CHECK((moved && moved->status == 204));
  };
  run_function_runtime_suite(harness);
}
