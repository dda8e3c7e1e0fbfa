#include "http/loopback/connection.h"
#include "http/loopback/socket.h"
#include "support/free_port.h"
#include "support/home.h"
#include "support/quiet_log.h"
#include "support/soon.h"

#include <cloudkit/serve.h>

#include <doctest/doctest.h>

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace cloudkit;
using namespace cloudkit::http::loopback;
using namespace std::chrono_literals;

namespace {

// A program that serves over HTTP in a thread of this one, until it is told to end by the signal.
class Served {
 public:
  Served(const std::string& variable, const std::function<int()>& program) : port_(::test::free_port()) {
    home_.set(variable, port_);
    done_ = std::async(std::launch::async, program);
    // Until it listens, which it does after it has learnt of the signal.
    (void)::test::soon([&] { return connect_to(address(), 1s, {}).has_value(); });
  }
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;
  ~Served() {
    if (done_.valid()) end();
  }

  Address address() const { return Address::parse("127.0.0.1:" + port_).value(); }
  Response send(const Request& request) const { return Connection(address()).send(request).value(); }
  void signal() {
    // Once: when it has ended, the signal means what it meant before.
    if (!std::exchange(signalled_, true)) ::kill(::getpid(), SIGTERM);
  }
  void wait_until_closed() const {
    (void)::test::soon([&] { return !connect_to(address(), 1s, {}); });
  }
  int end() {
    signal();
    return done_.get();
  }

 private:
  ::test::Home home_;
  const std::string port_;
  std::future<int> done_;
  bool signalled_ = false;
};

// A function whose only call ends when it may.
struct HeldCall {
  std::promise<void> entered = {};
  std::promise<void> leave = {};

  int serve_it() {
    return serve([this](const Invocation&) -> Result<std::string> {
      entered.set_value();
      leave.get_future().wait();
      return std::string("\"late\"");
    });
  }
};

Result<std::string> echo_or_fail(const Invocation& in) {
  if (in.payload == "\"fail\"") return Error(ErrorCode::not_found, "no such order");
  return in.request_id + " " + std::string(in.payload);
}

}  // namespace

TEST_CASE("with PORT, requests are calls: their body is the payload") {
  quiet_log();
  Served served("PORT", [] { return serve(echo_or_fail); });
  const auto reply = served.send({"POST", "/any/path", {}, R"({"a":1})"});
  CHECK(reply.status == 200);
  CHECK(reply.headers.get("Content-Type") == "application/json");
  CHECK(reply.body.ends_with(R"( {"a":1})"));
  http::Headers event;
  event.add("ce-id", "event-1");
  CHECK(served.send({"POST", "/", event, ""}).body == "event-1 {}");
  CHECK(served.send({"GET", "/"}).status == 405);
  const auto failed = served.send({"POST", "/", {}, "\"fail\""});
  CHECK(failed.status == 500);
  CHECK(failed.body == R"({"errorMessage":"no such order","errorType":"not_found","stackTrace":[]})");
  CHECK(served.end() == 0);
}

TEST_CASE("with PORT, serve_http gets requests as they are") {
  quiet_log();
  HttpRequest seen;
  Served served("PORT", [&] {
    return serve_http([&](const HttpRequest& request) {
      seen = request;
      if (request.path == "/throw") throw std::runtime_error("what the handler says of itself");
      if (request.path == "/split") return HttpResponse{.headers = {{"x", "a\r\nset-cookie: b"}}};
      HttpResponse response{.status = 201, .body = request.body, .content_type = "application/octet-stream"};
      response.headers = {{"x-one", "1"}, {"x-one", "2"}, {"Content-Length", "7000"}};
      response.cookies = {"a=b; Secure", "c=d"};
      return response;
    });
  });
  http::Headers headers;
  headers.add("Cookie", "s=1; t=\"2=3\"");
  headers.add("X-Forwarded-For", "6.6.6.6, 192.0.2.7");
  headers.add("X-Twice", "a");
  headers.add("x-twice", "b");
  const std::string bytes("\0\xff\xfe", 3);
  const auto reply = served.send({"PUT", "/a%20b/c?x=1&x=%32+3&%zz", headers, bytes});
  CHECK(reply.status == 201);
  CHECK(reply.body == bytes);
  CHECK(reply.headers.get("Content-Type") == "application/octet-stream");
  std::string listed;
  for (const auto& header : reply.headers) {
    if (header.name.starts_with("x-") || header.name == "Set-Cookie") listed += header.value + "|";
  }
  CHECK(listed == "1|2|a=b; Secure|c=d|");
  CHECK(seen.method == "PUT");
  CHECK(seen.path == "/a b/c");
  CHECK(seen.raw_query == "x=1&x=%32+3&%zz");
  CHECK(seen.query == HttpFields{{"x", "1"}, {"x", "2 3"}, {"%zz", ""}});
  CHECK(seen.cookies == HttpFields{{"s", "1"}, {"t", "\"2=3\""}});
  CHECK(seen.header("X-TWICE") == "a");
  CHECK(seen.source_ip == "192.0.2.7");
  CHECK(seen.stage.empty());
  CHECK_FALSE(seen.invocation.request_id.empty());
  for (const char* path : {"/throw", "/split"}) {
    const auto failed = served.send({"GET", path});
    CHECK(failed.status == 500);
    CHECK(failed.body == "internal error\n");
    CHECK_FALSE(failed.headers.contains("set-cookie"));
  }
  CHECK(served.end() == 0);
}

TEST_CASE("what has begun when the host ends the program is answered") {
  quiet_log();
  HeldCall held;
  Served served("PORT", [&] { return held.serve_it(); });
  auto reply = std::async(std::launch::async, [&] { return served.send({"POST", "/", {}, "1"}); });
  held.entered.get_future().wait();
  served.signal();
  // Nobody new is let in.
  served.wait_until_closed();
  CHECK_FALSE(connect_to(served.address(), 1s, {}));
  held.leave.set_value();
  CHECK(reply.get().body == "\"late\"");
  CHECK(served.end() == 0);
}

TEST_CASE("a second signal means what it meant before, while a call still goes on") {
  quiet_log();
  static volatile sig_atomic_t seen = 0;
  struct sigaction own = {};
  struct sigaction before = {};
  own.sa_handler = [](int) { seen = 1; };
  REQUIRE(::sigaction(SIGTERM, &own, &before) == 0);
  HeldCall held;
  {
    Served served("PORT", [&] { return held.serve_it(); });
    auto reply = std::async(std::launch::async, [&] { return served.send({"POST", "/", {}, "1"}); });
    held.entered.get_future().wait();
    served.signal();
    served.wait_until_closed();
    CHECK(seen == 0);
    REQUIRE(::kill(::getpid(), SIGTERM) == 0);
    CHECK(::test::soon([&] { return seen == 1; }));
    held.leave.set_value();
    CHECK(reply.get().status == 200);
    CHECK(served.end() == 0);
  }
  ::sigaction(SIGTERM, &before, nullptr);
}

TEST_CASE("bodies wait on a few connections only; further ones get 503") {
  quiet_log();
  Served served("PORT", [] { return serve(echo_or_fail, {.max_concurrency = 1}); });
  std::vector<core::UniqueFd> open;
  for (int i = 0; i < 16; ++i) open.push_back(connect_to(served.address(), 1s, {}).value());
  const auto status = [&] {
    const auto reply = Connection(served.address()).send({"POST", "/", {}, "1"});
    return reply ? reply->status : 0;
  };
  CHECK(::test::soon([&] {
    if (status() == 503) return true;
    // One of the 16 may have been refused itself, beside the connection that saw the server listen.
    open.push_back(connect_to(served.address(), 1s, {}).value());
    return false;
  }));
  open.clear();
  CHECK(::test::soon([&] { return status() == 200; }));
  CHECK(served.end() == 0);
}

TEST_CASE("so many calls at once as were asked for; the others wait") {
  quiet_log();
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  Served served("PORT", [&] {
    return serve(
        [&](const Invocation&) -> Result<std::string> {
          const int now = ++inside;
          for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
          }
          CHECK(::test::soon([&] { return most >= 2; }));
          --inside;
          return std::string("1");
        },
        {.max_concurrency = 2});
  });
  std::vector<std::future<Response>> replies;
  for (int i = 0; i < 8; ++i) {
    replies.push_back(std::async(std::launch::async, [&] { return served.send({"POST", "/", {}, "1"}); }));
  }
  for (auto& reply : replies) CHECK(reply.get().status == 200);
  CHECK(most == 2);
  CHECK(served.end() == 0);
}

TEST_CASE("a caller that has gone cancels its call") {
  quiet_log();
  std::atomic<bool> entered{false};
  std::atomic<bool> cancelled{false};
  Served served("PORT", [&] {
    return serve([&](const Invocation& in) -> Result<std::string> {
      entered = true;
      cancelled = !in.context.wait_for(60s);
      return std::string("1");
    });
  });
  const Context caller = Context::cancellable();
  std::thread leaves([&] {
    (void)::test::soon([&] { return entered.load(); });
    caller.cancel();
  });
  CHECK_FALSE(Connection(served.address()).send({"POST", "/", {}, "1"}, caller));
  leaves.join();
  CHECK(::test::soon([&] { return cancelled.load(); }));
  CHECK(served.end() == 0);
}

TEST_CASE("Azure's host wraps events, and forwards HTTP as it is") {
  quiet_log();
  Served served("FUNCTIONS_CUSTOMHANDLER_PORT", [] {
    return serve([](const Invocation& in) -> Result<std::string> { return "[" + std::string(in.payload) + "]"; });
  });
  const auto sent = [&](std::string body) { return served.send({"POST", "/hello", {}, std::move(body)}).body; };
  CHECK(sent(R"({"Data":{"item":"{\"order\": 7}"},"Metadata":{"sys":{"MethodName":"hello"}}})") ==
        R"({"Outputs":{},"Logs":[],"ReturnValue":[{"order":7}]})");
  CHECK(sent(R"({"Data":{"item":"plain text"},"Metadata":{}})") ==
        R"({"Outputs":{},"Logs":[],"ReturnValue":["plain text"]})");
  CHECK(sent(R"({"Data":{"b":[1],"a":null},"Metadata":{}})") ==
        R"({"Outputs":{},"Logs":[],"ReturnValue":[{"a":null,"b":[1]}]})");
  CHECK(sent(R"({"Data":1,"Metadata":{}})") == R"([{"Data":1,"Metadata":{}}])");
  CHECK(served.end() == 0);
}

TEST_CASE("a program that cannot start does not listen; nor one whose port is taken") {
  quiet_log();
  const auto taken = listen_on(Address::parse("0.0.0.0:0").value()).value();
  ::test::Home home;
  home.set("PORT", std::to_string(Address::of(taken.get()).value().port()));
  CHECK(serve(echo_or_fail) == exit_code(ErrorCode::conflict));
  CHECK(serve(echo_or_fail, {.init = [] { return Status(Error(ErrorCode::io, "no model")); }}) == 1);
}
