#pragma once

#include "core/time.h"
#include "gcp/credentials/identities.h"
#include "support/contains.h"
#include "support/fake_environment.h"
#include "support/quiet_log.h"
#include "support/rsa_test_key.h"
#include "support/scripted_transport.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

/// A network, a clock and a home of the test's own. It is 01:00 on 23 November 2026, no waiting takes time, and there
/// is no machine of Google's unless `metadata` has something to say.
struct GoogleSurroundings : cloudkit::testing::FakeEnvironment {
  std::shared_ptr<cloudkit::testing::ScriptedTransport> services =
      std::make_shared<cloudkit::testing::ScriptedTransport>();
  std::shared_ptr<cloudkit::testing::ScriptedTransport> metadata =
      std::make_shared<cloudkit::testing::ScriptedTransport>();
  cloudkit::core::TimePoint time = cloudkit::core::parse_rfc3339("2026-11-23T01:00:00Z").value();

  cloudkit::gcp::Surroundings surroundings() {
    cloudkit::gcp::Surroundings all{view(), services, {}, metadata};
    all.hooks.now = [this] { return time; };
    all.hooks.jitter = [] { return 1.0; };
    all.hooks.wait = [](const cloudkit::Context& context, std::chrono::milliseconds) { return context.check(); };
    return all;
  }
  std::shared_ptr<cloudkit::gcp::Identity> default_identity() {
    return cloudkit::gcp::make_default_identity(surroundings());
  }
  std::shared_ptr<cloudkit::gcp::Identity> identity(const std::string& json) {
    return cloudkit::gcp::make_json_identity(json, surroundings());
  }
  std::shared_ptr<cloudkit::gcp::Identity> identity(const nlohmann::json& json) { return identity(json.dump()); }

  /// What the request of this number was sent as: its form, or its JSON.
  std::string body(std::size_t request) const { return bodies.at(request); }
  /// The next reply of a service; the request's body is kept.
  void answer(int status, const std::string& text, std::vector<cloudkit::http::Header> headers = {}) {
    services->then([this, status, text, headers](const cloudkit::http::Request& request,
                                                 cloudkit::http::BodyReceiver* to, const cloudkit::Context& context) {
      bodies.emplace_back(request.body.view());
      return cloudkit::testing::reply(status, headers, text)(request, to, context);
    });
  }
  void answer_token(const std::string& value = "cktest-access-1") {
    answer(200, R"({"access_token":")" + value + R"(","expires_in":3600,"token_type":"Bearer"})");
  }

  std::vector<std::string> bodies = {};
};

/// The error of a result that has to be one; no secret of the tests is in it.
template <class T>
cloudkit::Error error_of(const cloudkit::Result<T>& result) {
  REQUIRE_FALSE(result);
  CHECK_FALSE(::test::contains(result.error().to_string(), "cktest-"));
  CHECK_FALSE(::test::contains(result.error().to_string(), "PRIVATE KEY"));
  return result.error();
}

inline nlohmann::json service_account_file() {
  return {{"type", "service_account"},
          {"project_id", "project-1"},
          {"private_key_id", "key-1"},
          {"private_key", ::test::private_pem(::test::rsa_test_key().get())},
          {"client_email", "robot@project-1.iam.gserviceaccount.com"},
          {"token_uri", "https://oauth2.googleapis.com/token"},
          {"universe_domain", "googleapis.com"}};
}

inline nlohmann::json user_file() {
  return {{"type", "authorized_user"},
          {"client_id", "client-1.apps.googleusercontent.com"},
          {"client_secret", "cktest-client-1"},
          {"refresh_token", "cktest-refresh-1"},
          {"quota_project_id", "quota-1"}};
}

inline nlohmann::json external_file() {
  return {{"type", "external_account"},
          {"audience", "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/p"},
          {"subject_token_type", "urn:ietf:params:oauth:token-type:jwt"},
          {"token_url", "https://sts.googleapis.com/v1/token"},
          {"credential_source", {{"file", "/run/token"}}}};
}

constexpr const char* kImpersonationUrl =
    "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/"
    "robot@project-1.iam.gserviceaccount.com:generateAccessToken";
