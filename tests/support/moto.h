#pragma once

#include "support/s3_servers.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>

/// moto, which has nearly every service of AWS. It checks no signature, and runs nothing.
namespace test {

template <class Options>
std::optional<Options> options_for_aws_server(const char* name) {
  const auto server = options_of_server(name, cloudkit::aws::S3Server::generic);
  if (!server) return std::nullopt;
  Options options;
  options.region = "us-west-2";
  options.endpoint = server->endpoint;
  options.credentials = server->credentials;
  return options;
}

/// Nothing, after saying so, where it does not run; but CI must have it.
template <class Options>
std::optional<Options> options_for_moto() {
  return options_for_aws_server<Options>("MOTO");
}

/// The strict fakes of tests/fakes/fake_functions, which check signatures, take their time, and run functions. As
/// above.
template <class Options>
std::optional<Options> options_for_strict() {
  return options_for_aws_server<Options>("FUNCTIONS");
}

}  // namespace test
