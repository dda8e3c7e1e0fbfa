#include "core/time.h"
#include "http/classify.h"
#include "http/retry.h"
#include "support/quiet_log.h"
#include "support/scripted_transport.h"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

using namespace cloudkit;
using namespace cloudkit::http;
using namespace cloudkit::testing;
using namespace std::chrono_literals;

namespace {

template <class F>
void in_threads(int count, F work) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
}

struct Quiet {
  Quiet() { quiet_log(); }
  ~Quiet() { set_log_sink({}); }
};

ClientOptions options_with(std::shared_ptr<Transport> transport) {
  ClientOptions options;
  options.transport = std::move(transport);
  options.hooks.wait = [](const Context&, std::chrono::milliseconds) { return Status(); };
  options.hooks.jitter = [] { return 1.0; };
  return options;
}

}  // namespace

TEST_CASE("threads cannot take more than the quota, and what they give back is not lost") {
  RetryQuota quota(500);
  std::atomic<int> taken{0};
  in_threads(8, [&] {
    while (quota.take(14)) ++taken;
  });
  CHECK(taken == 500 / 14);
  CHECK(quota.available() == 500 % 14);
  in_threads(8, [&] {
    for (int i = 0; i < 1000; ++i) {
      if (quota.take(5)) quota.give_back(5);
    }
  });
  CHECK(quota.available() == 500 % 14);
}

TEST_CASE("an outage is answered by at most a tenth more than the usual load") {
  const Quiet quiet;
  constexpr int kCallers = 1000;
  const auto service = std::make_shared<ScriptedTransport>(reply(500));
  Client client(options_with(service));
  std::atomic<int> next{0};
  std::atomic<int> failed{0};
  in_threads(8, [&] {
    while (next++ < kCallers) failed += client.send({}, {}).has_value() ? 0 : 1;
  });
  CHECK(failed == kCallers);
  const int extra = static_cast<int>(service->sent().size()) - kCallers;
  CHECK(extra == RetryOptions{}.quota / RetryOptions{}.retry_cost);
}

TEST_CASE("threads that find the clock wrong at the same time all succeed") {
  struct DateSigner final : Signer {
    Status sign(Request& request, core::TimePoint now, const Context&) override {
      request.headers.set("x-date", core::format_http_date(now));
      return {};
    }
  };
  const Quiet quiet;
  const auto local = core::parse_http_date("Mon, 23 Nov 2026 01:00:00 GMT").value();
  const std::string right_date = core::format_http_date(local + 20min);
  const auto refuse = reply(403, {{"Date", right_date}});
  const auto accept = reply(200);
  const auto service =
      std::make_shared<ScriptedTransport>([&](const Request& request, BodyReceiver* receiver, const Context& context) {
        return (request.headers.get("x-date") == right_date ? accept : refuse)(request, receiver, context);
      });
  ClientOptions options = options_with(service);
  options.signer = std::make_shared<DateSigner>();
  options.hooks.now = [&] { return local; };
  Client client(options);
  std::atomic<int> succeeded{0};
  in_threads(8, [&] {
    for (int i = 0; i < 50; ++i) succeeded += client.send({}, {}).has_value() ? 1 : 0;
  });
  CHECK(succeeded == 8 * 50);
  // Each thread was refused once at most.
  CHECK(service->sent().size() <= 8 * 50 + 8);
}

TEST_CASE("one client serves many hosts from many threads") {
  const Quiet quiet;
  const auto service = std::make_shared<ScriptedTransport>(reply(500));
  ClientOptions options = options_with(service);
  options.retry.quota = 14;  // One retry for each host.
  Client client(options);
  std::atomic<int> number{0};
  in_threads(8, [&] {
    for (int i = number++; i < 200; i = number++) {
      Request request;
      request.host = "host" + std::to_string(i % 100);
      CHECK_FALSE(client.send(request, {}));
    }
  });
  CHECK(service->sent().size() == 200 + 100);
}
