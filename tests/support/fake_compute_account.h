#pragma once

#include "support/curl_fetch.h"
#include "support/s3_servers.h"

#include <cloudkit/credentials.h>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <optional>
#include <string>
#include <utility>

namespace test {

/// An account of its own on the strict fake of tests/fakes/fake_compute, so that a test may turn its knobs and make it
/// fail while others run. Its machines end with it. The test needs curl_fetch.cc.
class FakeComputeAccount {
 public:
  /// `knobs` as fake_compute/knobs.py has them: {{"pending_looks", 3}}. Nothing, after saying so, where the fake does
  /// not run; but CI must have it.
  static std::optional<FakeComputeAccount> make(const nlohmann::json& knobs = nlohmann::json::object()) {
    const std::string url = environment("CLOUDKIT_TEST_COMPUTE_URL");
    if (url.empty()) {
      std::printf("skipped: CLOUDKIT_TEST_COMPUTE_URL is not set\n");
      CHECK_MESSAGE(environment("CI") != "true", "CI must have this server");
      return std::nullopt;
    }
    const nlohmann::json made = ask("POST", url + "/_fake/accounts", knobs);
    return FakeComputeAccount(url, made.at("key"), made.at("secret"));
  }

  FakeComputeAccount(FakeComputeAccount&& other) noexcept
      : url_(std::exchange(other.url_, {})), key_(std::move(other.key_)), secret_(std::move(other.secret_)) {}
  FakeComputeAccount& operator=(FakeComputeAccount&&) = delete;
  ~FakeComputeAccount() {
    if (!url_.empty()) static_cast<void>(curl_fetch("DELETE", path(""), {}, {}));
  }

  /// aws::ComputeOptions or aws::ServiceOptions that lead to it.
  template <class Options>
  Options options() const {
    Options options;
    options.region = "us-west-2";
    options.endpoint = url_;
    options.credentials = cloudkit::aws::explicit_credentials({key_, secret_});
    return options;
  }

  /// For the environment of a program.
  std::string variables() const { return "AWS_ACCESS_KEY_ID=" + key_ + " AWS_SECRET_ACCESS_KEY=" + secret_ + " "; }
  std::string compute_url() const { return "aws://us-west-2?endpoint=" + url_; }

  void turn(const nlohmann::json& knobs) const { ask("POST", path("/knobs"), knobs); }
  /// What the next calls of an operation are refused with: {{"RunInstances", {"LostReply"}}}.
  void fail(const nlohmann::json& faults) const { ask("POST", path("/faults"), faults); }
  /// [["ec2", "RunInstances"], …]: of each request so far.
  nlohmann::json calls() const { return ask("GET", path("/calls"), nullptr); }
  void forget_calls() const { ask("DELETE", path("/calls"), nullptr); }
  /// {ID: {"directory": …, "boots": …, "state": …}}
  nlohmann::json machines() const { return ask("GET", path("/machines"), nullptr); }
  /// Terminated machines are gone from here on.
  void forget_terminated() const { ask("POST", path("/forget"), nlohmann::json::object()); }

 private:
  FakeComputeAccount(std::string url, std::string key, std::string secret)
      : url_(std::move(url)), key_(std::move(key)), secret_(std::move(secret)) {}

  std::string path(const std::string& below) const { return url_ + "/_fake/accounts/" + key_ + below; }

  static nlohmann::json ask(const std::string& method, const std::string& url, const nlohmann::json& body) {
    const auto reply = curl_fetch(method, url, {}, body.is_null() ? std::string() : body.dump());
    REQUIRE_MESSAGE(reply, url);
    REQUIRE_MESSAGE(reply->status == 200, reply->body);
    return nlohmann::json::parse(reply->body);
  }

  std::string url_;  // Empty after it was moved from.
  std::string key_;
  std::string secret_;
};

}  // namespace test
