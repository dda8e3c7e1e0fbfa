#include "support/curl_fetch.h"
#include "support/function_conformance.h"
#include "support/python_behaviours.h"
#include "support/temporary_directory.h"

#include <cloudkit/local_functions.h>

#include <filesystem>
#include <string>
#include <vector>

using namespace cloudkit;

namespace {

// What is left below the runtime's directory that has the function's name.
std::vector<std::string> leftovers_of(const std::string& directory, const std::string& function) {
  std::vector<std::string> left;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    const std::string name = entry.path().filename().string();
    if (name == function || name == function + ".json") left.push_back(entry.path().string());
  }
  return left;
}

}  // namespace

TEST_CASE("the local runtime passes the suite, with functions in Python") {
  const test::TemporaryDirectory root;
  const std::string directory = root.file("runtime");
  testing::FunctionRuntimeHarness harness;
  harness.name = "functions on local://";
  harness.make_runtime = [&] {
    local::FunctionRuntimeOptions options;
    options.sync = false;
    return local::make_function_runtime(directory, options);
  };
  harness.behaviour = test::PythonBehaviours();
  harness.http_fetch = curl_fetch;
  harness.leftovers = [&](const std::string& function) -> Result<std::vector<std::string>> {
    return leftovers_of(directory, function);
  };
  run_function_runtime_suite(harness);
}
