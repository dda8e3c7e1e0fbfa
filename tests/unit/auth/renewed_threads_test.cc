// Many threads, one refresh. Label "threads": it runs under ThreadSanitizer.
#include "auth/renewed.h"
#include "auth/sigv4.h"
#include "core/fail.h"
#include "http/classify.h"
#include "support/scripted_transport.h"
#include "support/stopwatch.h"

#include <cloudkit/driver/http.h>
#include <cloudkit/log.h>

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace cloudkit;
using namespace std::chrono_literals;

namespace {

constexpr int kThreads = 64;
using Clock = std::chrono::steady_clock;

Credentials keys(std::string id, std::optional<std::chrono::seconds> lifetime = {}) {
  Credentials credentials{std::move(id), "cktest-cache-secret-1", "token", {}, "a test", {}};
  if (lifetime) credentials.expires = std::chrono::system_clock::now() + *lifetime;
  return credentials;
}

// Runs `work` in all threads at once.
void in_threads(const std::function<void(int)>& work) {
  std::latch start(kThreads);
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      start.arrive_and_wait();
      work(i);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

struct Quiet {
  Quiet() {
    set_log_sink([](const LogRecord&) {}, LogLevel::error);
  }
  ~Quiet() { set_log_sink({}); }
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;
};

// Set by one thread, waited for by others.
class Event {
 public:
  void set() { set_ = true; }
  void wait() const {
    while (!set_) std::this_thread::sleep_for(1ms);
  }

 private:
  std::atomic<bool> set_{false};
};

}  // namespace

TEST_CASE("64 threads that ask at once fetch once") {
  std::atomic<int> fetches{0};
  auth::RenewedCredentials cache([&](const Context&) {
    std::this_thread::sleep_for(20ms);
    return keys("A" + std::to_string(++fetches), 1h);
  });
  std::atomic<int> found{0};
  in_threads([&](int) { found += cache.get({}).value().access_key_id == "A1" ? 1 : 0; });
  CHECK(found == kThreads);
  CHECK(fetches == 1);
}

TEST_CASE("while one thread renews, the others go on with the old keys and do not wait") {
  const Quiet quiet;
  std::atomic<int> fetches{0};
  Event others_done;
  // The first keys live ten minutes, and the clock is set to the second half of them.
  const auto start = std::chrono::system_clock::now();
  std::atomic<int> second{0};
  auth::RenewedCredentials cache(
      [&](const Context&) {
        if (++fetches == 1) {
          Credentials old = keys("OLD");
          old.expires = start + 600s;
          return old;
        }
        others_done.wait();
        return keys("NEW");
      },
      [&] { return start + std::chrono::seconds(second.load()); });
  CHECK(cache.get({})->access_key_id == "OLD");
  second = 301;
  std::atomic<int> old_keys{0};
  std::atomic<int> new_keys{0};
  in_threads([&](int) {
    (cache.get({}).value().access_key_id == "OLD" ? old_keys : new_keys) += 1;
    if (old_keys == kThreads - 1) others_done.set();
  });
  CHECK(old_keys == kThreads - 1);
  CHECK(new_keys == 1);
  CHECK(fetches == 2);
}

TEST_CASE("keys refused to 64 threads are fetched anew once") {
  std::atomic<int> fetches{0};
  auth::RenewedCredentials cache([&](const Context&) {
    std::this_thread::sleep_for(5ms);
    return keys("A" + std::to_string(++fetches), 1h);
  });
  std::latch all_have_the_first(kThreads);
  std::atomic<int> renewed{0};
  in_threads([&](int) {
    const Credentials first = cache.get({}).value();
    all_have_the_first.arrive_and_wait();
    cache.invalidate(first);
    renewed += cache.get({}).value().access_key_id == "A2" ? 1 : 0;
  });
  CHECK(renewed == kThreads);
  CHECK(fetches == 2);
}

TEST_CASE("64 requests that are told their token expired are signed anew after one refresh") {
  const Quiet quiet;
  std::atomic<int> fetches{0};
  std::latch all_sent(kThreads);
  auto cache = std::make_shared<auth::RenewedCredentials>(
      [&](const Context&) { return keys(++fetches == 1 ? "OLD" : "NEW", 1h); });
  http::ClientOptions options;
  options.signer = std::make_shared<auth::SigV4Signer>(cache, auth::SigV4Scope{"us-east-1", "s3"});
  options.transport = std::make_shared<testing::ScriptedTransport>(
      [&](const http::Request& request, http::BodyReceiver*, const Context&) {
        http::Exchange exchange;
        exchange.request_sent = exchange.reply_started = true;
        const bool is_old = request.headers.get("authorization").find("Credential=OLD/") != std::string_view::npos;
        if (is_old) all_sent.arrive_and_wait();
        exchange.response.status = is_old ? 400 : 200;
        return exchange;
      });
  options.classifier = [](const http::Request&, const http::Response& reply, bool) -> std::optional<http::Failure> {
    if (reply.status == 200) return std::nullopt;
    return http::classify("ExpiredToken", reply.status);
  };
  http::Client client(options);
  std::atomic<int> served{0};
  in_threads([&](int) {
    http::Request request;
    request.host = "s3.test";
    served += client.send(request, {}).has_value() ? 1 : 0;
  });
  CHECK(served == kThreads);
  CHECK(fetches == 2);
}

TEST_CASE("a failure is told to all who waited for it, and asked for once") {
  const Quiet quiet;
  std::atomic<int> fetches{0};
  auth::RenewedCredentials cache([&](const Context&) -> Result<Credentials> {
    ++fetches;
    std::this_thread::sleep_for(200ms);
    return core::fail(ErrorCode::unavailable, "the source is down");
  });
  std::atomic<int> told{0};
  in_threads([&](int) { told += cache.get({}).error().message == "the source is down" ? 1 : 0; });
  CHECK(told == kThreads);
  CHECK(fetches < kThreads / 8);  // One, but for threads that a busy machine starts late.
}

TEST_CASE("each thread that waits is bounded by its own context, and the fetch goes on") {
  Event fetching;
  Event give;
  auth::RenewedCredentials cache([&](const Context&) {
    fetching.set();
    give.wait();
    return keys("A");
  });
  std::thread fetcher([&] { CHECK(cache.get({})->access_key_id == "A"); });
  fetching.wait();
  const auto start = Clock::now();
  const auto late = cache.get(Context::with_timeout(60ms));
  CHECK(Clock::now() - start < ::test::kSoon);
  CHECK_FALSE(late);
  CHECK(late.error().code == ErrorCode::timeout);
  CHECK(late.error().message.find("while waiting for credentials that another thread fetches") != std::string::npos);
  const Context cancelled = Context::cancellable();
  std::thread canceller([&] {
    std::this_thread::sleep_for(20ms);
    cancelled.cancel();
  });
  CHECK(cache.get(cancelled).error().code == ErrorCode::cancelled);
  canceller.join();
  give.set();
  fetcher.join();
  CHECK(cache.get({})->access_key_id == "A");
}

TEST_CASE("when the thread that fetches is cancelled, one that waited takes its place") {
  Event fetching;
  std::atomic<int> fetches{0};
  auth::RenewedCredentials cache([&](const Context& context) -> Result<Credentials> {
    ++fetches;
    fetching.set();
    // Only the first caller's context can be cancelled: of the others this returns at once.
    if (auto waited = context.wait_for(fetches == 1 ? 10s : 0s); !waited) return std::move(waited).error();
    return keys("A");
  });
  const Context first = Context::cancellable();
  std::thread fetcher([&] { CHECK(cache.get(first).error().code == ErrorCode::cancelled); });
  fetching.wait();
  std::thread waiter([&] { CHECK(cache.get({}).value().access_key_id == "A"); });
  std::this_thread::sleep_for(20ms);
  first.cancel();
  fetcher.join();
  waiter.join();
  CHECK(fetches == 2);
}
