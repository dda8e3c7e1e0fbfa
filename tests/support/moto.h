#pragma once

#include "support/s3_servers.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>

/// moto, which has nearly every service of AWS. It checks no signature, and runs nothing.
namespace test {

/// Nothing, after saying so, where it does not run; but CI must have it.
template <class Options>
std::optional<Options> options_for_moto() {
  const auto server = options_of_server("MOTO", cloudkit::aws::S3Server::generic);
  if (!server) return std::nullopt;
  Options options;
  options.region = "us-west-2";
  options.endpoint = server->endpoint;
  options.credentials = server->credentials;
  return options;
}

}  // namespace test
