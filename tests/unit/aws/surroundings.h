#pragma once

#include "aws/credentials/lookup.h"
#include "aws/credentials/surroundings.h"
#include "core/time.h"
#include "environment.h"
#include "support/scripted_transport.h"

#include <cloudkit/log.h>

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

/// A network, a clock and a home of the test's own. It is 01:00 on 23 November 2026, no waiting takes time,
/// and there is no EC2.
struct FakeSurroundings : ProfileEnvironment {
  std::shared_ptr<cloudkit::testing::ScriptedTransport> services =
      std::make_shared<cloudkit::testing::ScriptedTransport>();
  cloudkit::core::TimePoint time = kNow;
  std::vector<std::string> warnings = {};

  FakeSurroundings() {
    variables["AWS_EC2_METADATA_DISABLED"] = "true";
    cloudkit::set_log_sink(
        [this](const cloudkit::LogRecord& record) {
          warnings.push_back(std::string(record.message));
          for (const cloudkit::LogField& field : record.fields) warnings.back() += " " + std::string(field.value);
        },
        cloudkit::LogLevel::warn);
  }
  ~FakeSurroundings() { cloudkit::set_log_sink({}); }
  FakeSurroundings(const FakeSurroundings&) = delete;
  FakeSurroundings& operator=(const FakeSurroundings&) = delete;

  cloudkit::aws::Surroundings surroundings() {
    using namespace cloudkit;
    aws::Surroundings all{{view(), services, {}}};
    all.hooks.now = [this] { return time; };
    all.hooks.jitter = [] { return 1.0; };
    all.hooks.wait = [](const Context& context, std::chrono::milliseconds) { return context.check(); };
    return all;
  }

  std::shared_ptr<cloudkit::CredentialSource> chain(std::string profile = {}) {
    return cloudkit::aws::make_credential_chain(std::move(profile), surroundings());
  }
  cloudkit::Result<cloudkit::Credentials> get(std::string profile = {}) { return chain(std::move(profile))->get({}); }
  cloudkit::Error error(std::string profile = {}) {
    const auto found = get(std::move(profile));
    REQUIRE_FALSE(found);
    return found.error();
  }

  void keys(std::string id, std::string secret) {
    variables["AWS_ACCESS_KEY_ID"] = std::move(id);
    variables["AWS_SECRET_ACCESS_KEY"] = std::move(secret);
  }
};

/// A reply of a service whose clock is right.
inline cloudkit::testing::ScriptedTransport::Step dated(int status, std::string body) {
  return cloudkit::testing::reply(status, {{"Date", "Mon, 23 Nov 2026 01:00:00 GMT"}}, std::move(body));
}

/// What STS replies.
inline std::string sts_reply(const std::string& action, const std::string& id,
                             const std::string& expiration = "2026-11-23T02:00:00Z") {
  return "<" + action + "Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><" + action +
         "Result><AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/x/s</Arn></AssumedRoleUser><Credentials>"
         "<AccessKeyId>" +
         id + "</AccessKeyId><SecretAccessKey>cktest-sts-secret-1</SecretAccessKey><SessionToken>cktest-token-secret-" +
         id + "</SessionToken><Expiration>" + expiration + "</Expiration></Credentials></" + action + "Result></" +
         action + "Response>";
}

inline std::string sts_error(const std::string& code, const std::string& message) {
  return "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type><Code>" + code +
         "</Code><Message>" + message + "</Message></Error><RequestId>req-1</RequestId></ErrorResponse>";
}
