#pragma once

#include <cloudkit/aws.h>

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>

/// The real S3 servers that tests/servers/start starts, as it says in the environment.
namespace test {

inline std::string environment(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  return value == nullptr ? "" : value;
}

/// `variable`: CLOUDKIT_TEST_<variable>_URL, _KEY and _SECRET. Nothing, after saying so, for a
/// server that is not there; but CI must have it.
inline std::optional<cloudkit::aws::S3Options> options_of_server(const std::string& variable,
                                                                 cloudkit::aws::S3Server kind) {
  const std::string prefix = "CLOUDKIT_TEST_" + variable;
  cloudkit::aws::S3Options options;
  options.region = "us-east-1";
  options.endpoint = environment(prefix + "_URL");
  options.server = kind;
  options.credentials =
      cloudkit::aws::explicit_credentials({environment(prefix + "_KEY"), environment(prefix + "_SECRET")});
  if (!options.endpoint.empty()) return options;
  std::printf("skipped: %s_URL is not set\n", prefix.c_str());
  CHECK_MESSAGE(environment("CI") != "true", "CI must have this server");
  return std::nullopt;
}

}  // namespace test
