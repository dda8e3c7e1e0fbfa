#pragma once

#include <cloudkit/azure.h>

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>

/// The servers of Azure's Blob service that tests/servers/start starts, as it says in the environment.
namespace test {

inline std::string azure_variable(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  return value == nullptr ? "" : value;
}

/// How Azure's own client is called; "", after saying so, where it is not installed.
inline std::string azure_client(const std::string& variable) {
  const std::string name = "CLOUDKIT_TEST_" + variable + "_CLIENT";
  std::string command = azure_variable(name);
  if (command.empty()) {
    std::printf("skipped: %s is not set\n", name.c_str());
    CHECK_MESSAGE(azure_variable("CI") != "true", "CI must have Azure's client");
  }
  return command;
}

/// `variable`: CLOUDKIT_TEST_<variable>_URL and _KEY. Nothing, after saying so, for a server that is not there; but CI
/// must have it.
inline std::optional<cloudkit::azure::BlobOptions> options_of_azure(const std::string& variable) {
  const std::string prefix = "CLOUDKIT_TEST_" + variable;
  cloudkit::azure::BlobOptions options;
  options.endpoint = azure_variable(prefix + "_URL");
  options.account_key = azure_variable(prefix + "_KEY");
  options.account = "devstoreaccount1";
  if (!options.endpoint.empty()) return options;
  std::printf("skipped: %s_URL is not set\n", prefix.c_str());
  CHECK_MESSAGE(azure_variable("CI") != "true", "CI must have this server");
  return std::nullopt;
}

}  // namespace test
