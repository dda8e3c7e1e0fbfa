// The sequences, hints and classes of AWS's standard mode, old and new; Azure's hints.
#include "support/scripted_transport.h"

#include "core/time.h"
#include "http/classify.h"
#include "http/retry.h"
#include "http/retry_after.h"

#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>

using namespace cloudkit;
using namespace cloudkit::http;
using namespace cloudkit::testing;
using nlohmann::json;
using std::chrono::milliseconds;

namespace {

const json& vectors() {
  static const json data = json::parse(std::ifstream(CLOUDKIT_TEST_DATA "/retry/aws-standard-mode.json"));
  return data;
}

RetryOptions options_2_1() {
  const json& parameters = vectors().at("v2_1").at("parameters");
  RetryOptions options;
  options.max_attempts = parameters.at("max_attempts");
  options.base_delay = milliseconds(parameters.at("non_throttling_base_ms"));
  options.throttled_base_delay = milliseconds(parameters.at("throttling_base_ms"));
  options.max_delay = milliseconds(parameters.at("max_backoff_ms"));
  options.quota = parameters.at("capacity");
  options.retry_cost = options.timeout_retry_cost = parameters.at("retry_cost");
  options.throttled_retry_cost = parameters.at("throttling_cost");
  options.first_success_refund = parameters.at("success_without_retry_increment");
  return options;
}

void drain_to(RetryQuota& quota, int wanted) { REQUIRE(quota.take(quota.available() - wanted)); }

// One request; returns how many steps it checked.
int play(const json& attempts, const RetryOptions& options, RetryQuota& quota) {
  RetryState state(options, quota);
  int checked = 0;
  for (const json& attempt : attempts) {
    const std::string response = attempt.at("response");
    if (response == "success") {
      state.succeeded();
      CHECK(attempt.at("outcome") == "return_success");
    } else {
      const auto reason = response == "throttling" ? RetryReason::throttled : RetryReason::transient;
      const RetryDecision next = state.decide(reason, {}, 1.0);
      CHECK((next.verdict == RetryDecision::Verdict::wait) == (attempt.at("outcome") == "retry"));
      if (!attempt.at("delay_ms").is_null()) CHECK(next.wait.count() == attempt.at("delay_ms").get<int>());
    }
    CHECK(quota.available() == attempt.at("quota_after").get<int>());
    ++checked;
  }
  return checked;
}

}  // namespace

TEST_CASE("standard mode 2.1: every sequence of attempts, delays and quotas") {
  int sequences = 0;
  int steps = 0;
  for (const json& sequence : vectors().at("v2_1").at("sequences")) {
    CAPTURE(sequence.at("name").get<std::string>());
    RetryOptions options = options_2_1();
    options.max_attempts = sequence.at("max_attempts");
    if (sequence.contains("max_backoff_ms")) options.max_delay = milliseconds(sequence.at("max_backoff_ms"));
    RetryQuota quota(options.quota);
    drain_to(quota, sequence.at("initial_quota"));
    steps += play(sequence.at("attempts"), options, quota);
    if (sequence.contains("then_request")) steps += play(sequence.at("then_request"), options, quota);
    ++sequences;
  }
  CHECK(sequences == 8);
  CHECK(steps == 23);
}

TEST_CASE("standard mode 2.1: the server's hint moves a delay by at most 5 s") {
  int checked = 0;
  for (const json& row : vectors().at("v2_1").at("retry_after")) {
    CAPTURE(row.at("name").get<std::string>());
    Response reply;
    reply.status = 500;
    if (!row.at("header").is_null()) reply.headers.add("x-amz-retry-after", row.at("header"));
    REQUIRE(row.at("t_i_ms") == 50);  // The first delay of these options.
    const auto delay = retry_delay(options_2_1(), RetryReason::transient, 0, retry_hint(reply, {}), 1.0);
    CHECK(delay.count() == row.at("expect_ms").get<int>());
    ++checked;
  }
  CHECK(checked == 6);
}

TEST_CASE("Azure's nine hints, with what its own library makes of the broken ones put right") {
  const json data = json::parse(std::ifstream(CLOUDKIT_TEST_DATA "/retry/azure-retry.json"));
  const auto now = core::parse_http_date("Mon, 23 Nov 2026 01:00:00 GMT").value();
  int checked = 0;
  for (const json& row : data.at("retry_after")) {
    CAPTURE(row.dump());
    Response reply;
    reply.status = 503;
    for (const auto& [name, value] : row.at("headers").items()) reply.headers.add(name, value.get<std::string>());
    const auto hint = retry_hint(reply, now);
    ++checked;
    if (row.contains("expect_ms")) {
      CHECK(hint.value().wait.count() == row.at("expect_ms").get<int>());
    } else if (row.at("expect") == "cap at the caller deadline, never overflow") {
      CHECK(hint.value().wait == std::chrono::hours(24));
    } else {
      CHECK_FALSE(hint);
    }
  }
  CHECK(checked == 9);
}

TEST_CASE("standard mode 2.0: its numbers fit the same model") {
  const json& model = vectors().at("v2_0");
  RetryOptions options;
  options.max_attempts = model.at("max_attempts");
  options.base_delay = options.throttled_base_delay = std::chrono::seconds(1);
  options.quota = model.at("capacity");
  options.retry_cost = options.throttled_retry_cost = model.at("retry_cost");
  options.timeout_retry_cost = model.at("timeout_cost");
  options.first_success_refund = model.at("success_increment");

  int retries = 0;
  for (const json& delay : model.at("backoff_at_jitter_1_s")) {
    CHECK(retry_delay(options, RetryReason::transient, retries++, {}, 1.0) == std::chrono::seconds(delay));
  }
  CHECK(retries == 9);

  int events = 0;
  for (const json& sequence : model.at("sequences")) {
    CAPTURE(sequence.at("name").get<std::string>());
    RetryQuota quota(options.quota);
    drain_to(quota, sequence.at("start"));
    RetryState state(options, quota);
    for (const json& event : sequence.at("events")) {
      const std::string name = event.at(0);
      if (name == "retry" || name == "timeout_retry") {
        const auto reason = name == "retry" ? RetryReason::transient : RetryReason::timeout;
        CHECK(state.decide(reason, {}, 1.0).verdict == RetryDecision::Verdict::wait);
      } else if (name == "retry_refused") {
        CHECK(state.decide(RetryReason::transient, {}, 1.0).verdict == RetryDecision::Verdict::quota_spent);
      } else if (name == "first_try_success" || name == "success_after_retry") {
        state.succeeded();
      } else {
        REQUIRE(name.starts_with("final_failure"));  // Ends a request and touches nothing.
      }
      CHECK(quota.available() == event.at(2).get<int>());
      ++events;
    }
  }
  CHECK(events == 10);
}

TEST_CASE("standard mode: which failures are throttling, which are transient") {
  int checked = 0;
  for (const json& row : vectors().at("classification")) {
    CAPTURE(row.dump());
    if (row.contains("transport")) {
      const auto transport = std::make_shared<ScriptedTransport>();
      const auto code = row.at("transport") == "read_timeout" ? ErrorCode::timeout : ErrorCode::unavailable;
      transport->then(broken({.code = code})).then(reply(200));
      ClientOptions options;
      options.transport = transport;
      options.hooks.wait = [](const Context&, milliseconds) { return Status(); };
      CHECK(Client(options).send({}, {}).has_value());
      CHECK(transport->sent().size() == 2);
    } else {
      const std::string code = row.at("code").is_null() ? "" : row.at("code").get<std::string>();
      const Failure failure = classify(code, row.at("status"));
      const auto expected = row.at("kind").is_null()        ? Failure::Remedy::none
                            : row.at("kind") == "transient" ? Failure::Remedy::retry
                                                            : Failure::Remedy::retry_throttled;
      CHECK(failure.remedy == expected);
      CHECK(failure.error.retryable == row.at("retry").get<bool>());
    }
    ++checked;
  }
  CHECK(checked == 29);
}
