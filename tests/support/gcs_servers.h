#pragma once

#include <cloudkit/gcp.h>

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>

/// The servers of Cloud Storage that tests/servers/start starts, as it says in the environment.
namespace test {

/// Shows one token for ever, and signs by the key of a service account's file.
class FixedToken final : public cloudkit::gcp::Identity {
 public:
  FixedToken(std::string token, const std::string& account_file)
      : token_(std::move(token)), account_(cloudkit::gcp::identity_from_file(account_file)) {}
  cloudkit::Result<cloudkit::AccessToken> get(const cloudkit::Context&) override {
    return cloudkit::AccessToken{token_, std::nullopt, "the test"};
  }
  cloudkit::Result<std::string> account(const cloudkit::Context& context) override {
    return account_->account(context);
  }
  cloudkit::Result<cloudkit::gcp::Signature> sign(cloudkit::Bytes bytes, const cloudkit::Context& context) override {
    return account_->sign(bytes, context);
  }

 private:
  const std::string token_;
  const std::shared_ptr<Identity> account_;
};

/// How Google's own client is called; "", after saying so, where it is not installed.
inline std::string gcs_client() {
  const char* const command = std::getenv("CLOUDKIT_TEST_GCS_CLIENT");
  if (command != nullptr && *command != '\0') return command;
  std::printf("skipped: CLOUDKIT_TEST_GCS_CLIENT is not set\n");
  const char* const ci = std::getenv("CI");
  CHECK_MESSAGE((ci == nullptr || std::string(ci) != "true"), "CI must have Google's client");
  return "";
}

/// `variable`: CLOUDKIT_TEST_<variable>_URL, _TOKEN and _ACCOUNT. Nothing, after saying so, for a server that is not
/// there; but CI must have it.
inline std::optional<cloudkit::gcp::GcsOptions> options_of_gcs_server(const std::string& variable) {
  const auto value = [&](const char* name) {
    const char* const text = std::getenv(("CLOUDKIT_TEST_" + variable + name).c_str());
    return std::string(text == nullptr ? "" : text);
  };
  const char* const ci = std::getenv("CI");
  cloudkit::gcp::GcsOptions options;
  options.project = "ck-project";
  options.endpoint = value("_URL");
  if (value("_TOKEN").empty()) {
    options.anonymous = true;
  } else {
    options.identity = std::make_shared<FixedToken>(value("_TOKEN"), value("_ACCOUNT"));
  }
  if (!options.endpoint.empty()) return options;
  std::printf("skipped: CLOUDKIT_TEST_%s_URL is not set\n", variable.c_str());
  CHECK_MESSAGE((ci == nullptr || std::string(ci) != "true"), "CI must have this server");
  return std::nullopt;
}

}  // namespace test
