#pragma once

#include "auth/surroundings.h"
#include "core/time.h"
#include "support/fake_environment.h"
#include "support/scripted_transport.h"

#include <cloudkit/credentials.h>

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

/// A network, a clock and a home of the test's own. It is 01:00 on 23 November 2026, and no waiting takes time.
struct FakeSurroundings : cloudkit::testing::FakeEnvironment {
  std::shared_ptr<cloudkit::testing::ScriptedTransport> services =
      std::make_shared<cloudkit::testing::ScriptedTransport>();
  std::shared_ptr<cloudkit::testing::ScriptedTransport> metadata =
      std::make_shared<cloudkit::testing::ScriptedTransport>();
  cloudkit::core::TimePoint time = cloudkit::core::parse_rfc3339("2026-11-23T01:00:00Z").value();

  cloudkit::auth::Surroundings surroundings() {
    cloudkit::auth::Surroundings all{view(), services, {}, metadata};
    all.hooks.now = [this] { return time; };
    all.hooks.jitter = [] { return 1.0; };
    all.hooks.wait = [](const cloudkit::Context& context, std::chrono::milliseconds) { return context.check(); };
    return all;
  }
};

/// A reply of a service whose clock is right.
inline cloudkit::testing::ScriptedTransport::Step dated(int status, std::string body) {
  return cloudkit::testing::reply(status, {{"Date", "Mon, 23 Nov 2026 01:00:00 GMT"}}, std::move(body));
}

inline std::string token_reply(const std::string& token) {
  return R"({"token_type":"Bearer","expires_in":3599,"ext_expires_in":3599,"access_token":")" + token + "\"}";
}

/// What Entra ID says when it refuses.
inline std::string entra_error(const std::string& error, const std::string& description) {
  return R"({"error":")" + error + R"(","error_description":")" + description +
         R"( Trace ID: 0a1b2c3d-0000 Correlation ID: 4e5f Timestamp: 2026-11-23 01:00:00Z","error_codes":[1]})";
}

/// Nobody there: the connection is refused.
inline cloudkit::testing::ScriptedTransport::Step unreachable() {
  return cloudkit::testing::broken({.retryable = true, .request_sent = false});
}

template <class T>
cloudkit::Error error_of(const cloudkit::Result<T>& result) {
  REQUIRE_FALSE(result);
  CHECK(result.error().to_string().find("cktest-") == std::string::npos);
  return result.error();
}
