#pragma once

#include "http/parse_url.h"

#include <cloudkit/driver/http.h>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

/// Plays back the exchanges that the AWS SDKs' tests recorded ("http.events"), in their order, and compares what is
/// asked with what was asked then. The service goes on as its recording ended.
class Replay final : public cloudkit::http::Transport {
 public:
  explicit Replay(const nlohmann::json& events) {
    for (const auto& event : events) add(event.at("action"));
  }

  cloudkit::http::Exchange send(const cloudkit::http::Request& request, cloudkit::http::BodyReceiver*,
                                const cloudkit::Context&) override {
    cloudkit::http::Exchange exchange;
    if (exchanges_.empty()) {
      exchange.status = cloudkit::Error(cloudkit::ErrorCode::unavailable, "nobody answers here");
      return exchange;
    }
    const Recorded& recorded = exchanges_[std::min(sent_++, exchanges_.size() - 1)];
    compare(request, recorded.request);
    exchange.request_sent = exchange.reply_started = true;
    exchange.response = recorded.response;
    return exchange;
  }

  std::size_t sent() const { return sent_; }
  std::size_t recorded() const { return exchanges_.size(); }

 private:
  struct Recorded {
    nlohmann::json request;
    std::string body = {};
    cloudkit::http::Response response = {};
  };

  void add(const nlohmann::json& action) {
    if (action.contains("Request")) {
      exchanges_.push_back({action.at("Request").at("request")});
    } else if (action.contains("Response")) {
      const auto& reply = action.at("Response").at("response").at("Ok");
      auto& response = exchanges_.back().response;
      response.status = reply.at("status");
      for (const auto& [name, values] : reply.at("headers").items()) {
        // Recorded in other years than the expirations that were written beside it.
        if (name != "date" && name != "Date") response.headers.add(name, values.at(0));
      }
    } else if (action.contains("Data")) {
      const auto& data = action.at("Data");
      auto& exchange = exchanges_.back();
      (data.at("direction") == "Request" ? exchange.body : exchange.response.body) += data.at("data").at("Utf8");
    }
  }

  static std::multimap<std::string, std::string> sorted(const cloudkit::http::Query& query) {
    return {query.begin(), query.end()};
  }

  void compare(const cloudkit::http::Request& request, const nlohmann::json& expected) const {
    const auto asked = cloudkit::http::parse_url(expected.at("uri").get<std::string>());
    REQUIRE(asked);
    CHECK(cloudkit::http::to_string(request.method) == expected.at("method").get<std::string>());
    CHECK(request.scheme == asked->scheme);
    CHECK(request.host == asked->host);
    CHECK(request.path == asked->path);
    CHECK(sorted(request.query) == sorted(asked->query));
    for (const char* name : {"content-type", "x-amz-sso_bearer_token", "x-aws-ec2-metadata-token",
                             "x-aws-ec2-metadata-token-ttl-seconds"}) {
      CAPTURE(name);
      CHECK(std::string(request.headers.get(name)) ==
            (expected.at("headers").contains(name) ? expected.at("headers").at(name).at(0).get<std::string>() : ""));
    }
    // A container's own token is not in the recordings.
    const bool is_signed = request.headers.get("authorization").starts_with("AWS4-HMAC-SHA256 ");
    CHECK(is_signed == expected.at("headers").contains("authorization"));
    const std::string& body = exchanges_[std::min(sent_, exchanges_.size()) - 1].body;
    CHECK(action_of(request.body.view()) == action_of(body));
  }

  // "Action=AssumeRole&Version=2011-06-15". What follows was recorded with other roles than those of the files.
  static std::string action_of(std::string_view form) {
    return std::string(form.substr(0, form.find('&', form.find("&Version=") + 1)));
  }

  std::vector<Recorded> exchanges_;
  std::size_t sent_ = 0;
};
