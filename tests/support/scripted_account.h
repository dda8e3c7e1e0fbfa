#pragma once

#include "aws/service/account.h"
#include "support/quiet_log.h"
#include "support/scripted_transport.h"

#include <cloudkit/aws.h>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace cloudkit::testing {

/// An account of AWS whose services are a script: each request gets the next answer, and is remembered as text.
struct ScriptedAccount {
  explicit ScriptedAccount(aws::ServiceOptions options = {}) {
    quiet_log();
    if (options.region.empty()) options.region = "us-west-2";
    options.credentials = aws::explicit_credentials({"CKTESTFUNCTIONS00001", "cktest-functions-unit-1"});
    aws::ClientParts parts;
    parts.environment = &environment;
    parts.transport = std::make_shared<ScriptedTransport>(
        [this](const http::Request& request, http::BodyReceiver* receiver, const Context& context) {
          return answer(request, receiver, context);
        });
    parts.hooks.now = [] { return std::chrono::sys_days{std::chrono::year{2026} / 11 / 26}; };
    parts.hooks.wait = [](const Context&, std::chrono::milliseconds) { return Status{}; };
    parts.hooks.jitter = [] { return 1.0; };
    account = std::make_shared<aws::service::Account>(std::move(options), parts);
  }

  ScriptedAccount& then(int status, std::string body = {}, std::vector<http::Header> headers = {}) {
    answers.push_back(reply(status, std::move(headers), std::move(body)));
    return *this;
  }
  ScriptedAccount& then(ScriptedTransport::Step step) {
    answers.push_back(std::move(step));
    return *this;
  }

  http::Exchange answer(const http::Request& request, http::BodyReceiver* receiver, const Context& context) {
    sent.push_back(fmt::format("{} {}{}{}{}", to_string(request.method), request.host.substr(0, request.host.find('.')),
                               encode_target(request), request.body.empty() ? "" : " ", request.body.view()));
    REQUIRE_MESSAGE(!answers.empty(), "no answer left for: ", sent.back());
    const ScriptedTransport::Step step = std::move(answers.front());
    answers.pop_front();
    return step(request, receiver, context);
  }

  aws::Environment environment{
      [](std::string_view) -> std::optional<std::string> { return std::nullopt; },
      [](const std::string&) -> Result<std::optional<std::string>> { return std::optional<std::string>(); }};
  std::deque<ScriptedTransport::Step> answers;
  std::vector<std::string> sent;
  std::shared_ptr<aws::service::Account> account;
};

inline std::vector<http::Header> error_type(std::string type) { return {{"x-amzn-errortype", std::move(type)}}; }

}  // namespace cloudkit::testing
