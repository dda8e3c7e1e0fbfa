#include "core/fail.h"
#include "core/function_rules.h"
#include "serve/runtime_client.h"
#include "support/quiet_log.h"
#include "unit/serve/runtime_host.h"

#include <cloudkit/serve.h>

#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>
#include <thread>

using namespace cloudkit;
using namespace std::chrono_literals;
using ::test::echo;
using ::test::RuntimeHost;

namespace {

// By its payload.
Result<std::string> fail_as_told(const Invocation& in) {
  if (in.payload == "1") return core::fail(ErrorCode::not_found, "no such order", "look again");
  if (in.payload == "2") throw std::runtime_error("broken: \xff\n\"quoted\"");
  if (in.payload == "3") throw 3;
  if (in.payload == "4")
    return Result<int>(Error(ErrorCode::unavailable, "by a Result")).map([](int) { return std::string(); }).value();
  Error error(ErrorCode::unknown, "by its service");
  error.service_code = "Orders.Closed";
  if (in.payload == "5") return error;
  return std::string("fine");
}

std::string milliseconds_from_now(std::chrono::milliseconds later) {
  const auto time = std::chrono::system_clock::now() + later;
  return std::to_string(std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count());
}

}  // namespace

TEST_CASE("serve answers one call after the other, on one kept connection, until the host refuses") {
  quiet_log();
  RuntimeHost host({{R"({"a":1})", "id-1"}, {"\"ünï\"", "id-2"}, {"", "id-3"}});
  CHECK(serve(echo) == 1);
  const auto posts = host.posts();
  REQUIRE(posts.size() == 3);
  CHECK(posts[0].target == "invocation/id-1/response");
  CHECK(posts[0].body == R"({"a":1})");
  CHECK(posts[1].target == "invocation/id-2/response");
  CHECK(posts[1].body == "\"ünï\"");
  CHECK(posts[2].body.empty());
  CHECK(posts[0].category.empty());
  CHECK(host.asked() == 4);
}

TEST_CASE("a handler learns all that the host says of a call") {
  quiet_log();
  RuntimeHost host({{"[]",
                     "8476a536",
                     {{"Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-west-1:000000000000:function:f"},
                      {"Lambda-Runtime-Trace-Id", "Root=1-5bef4de7;Sampled=1"},
                      {"Lambda-Runtime-Client-Context", R"({"custom":{}})"},
                      {"Lambda-Runtime-Aws-Tenant-Id", "tenant"}}}});
  Invocation seen;
  std::string published;
  CHECK(serve([&](const Invocation& in) -> Result<std::string> {
          seen = in;
          published = std::getenv("_X_AMZN_TRACE_ID");
          return std::string(in.payload);
        }) == 1);
  CHECK(seen.request_id == "8476a536");
  CHECK(seen.function_id == "arn:aws:lambda:eu-west-1:000000000000:function:f");
  CHECK(seen.trace_id == "Root=1-5bef4de7;Sampled=1");
  CHECK(published == seen.trace_id);
  CHECK(seen.client_context == R"({"custom":{}})");
  CHECK(seen.tenant_id == "tenant");
}

TEST_CASE("a call without a trace leaves none of the last call's") {
  quiet_log();
  RuntimeHost host({{"1", "a", {{"Lambda-Runtime-Trace-Id", "Root=1"}}}, {"2", "b"}});
  CHECK(serve([](const Invocation&) -> Result<std::string> {
          const char* const trace = std::getenv("_X_AMZN_TRACE_ID");
          return std::string(trace == nullptr ? "none" : trace);
        }) == 1);
  REQUIRE(host.posts().size() == 2);
  CHECK(host.posts()[0].body == "Root=1");
  CHECK(host.posts()[1].body == "none");
}

TEST_CASE("errors and exceptions are reported, and the next call works") {
  quiet_log();
  RuntimeHost host({{"1", "a"}, {"2", "b"}, {"3", "c"}, {"4", "d"}, {"5", "e"}, {"6", "f"}});
  CHECK(serve(fail_as_told) == 1);
  const auto posts = host.posts();
  REQUIRE(posts.size() == 6);
  CHECK(posts[0].target == "invocation/a/error");
  CHECK(posts[0].category == "Function.Error");
  CHECK(posts[0].body == R"({"errorMessage":"no such order","errorType":"not_found","stackTrace":[]})");
  CHECK(posts[1].category == "Function.Exception");
  CHECK(posts[1].body == R"({"errorMessage":"broken: ??\"quoted\"","errorType":"std::runtime_error","stackTrace":[]})");
  CHECK(posts[2].body ==
        R"({"errorMessage":"an exception that is no std::exception","errorType":"int","stackTrace":[]})");
  CHECK(posts[3].body == R"({"errorMessage":"by a Result","errorType":"unavailable","stackTrace":[]})");
  CHECK(posts[4].body == R"({"errorMessage":"by its service","errorType":"Orders.Closed","stackTrace":[]})");
  CHECK(posts[5].target == "invocation/f/response");
  CHECK(posts[5].body == "fine");
}

TEST_CASE("an error's text is cut, and never within a character") {
  quiet_log();
  RuntimeHost host(RuntimeHost::Calls(1));
  std::string text = "x";
  for (int i = 0; i < 40'000; ++i) text += "ü";
  CHECK(serve([&](const Invocation&) -> Result<std::string> { return Error(ErrorCode::io, text); }) == 1);
  REQUIRE(host.posts().size() == 1);
  CHECK(host.posts()[0].body.size() < 33'000);
  CHECK(host.posts()[0].body.find("ü…\"") != std::string::npos);
}

TEST_CASE("a program that cannot start says so, and asks for nothing") {
  quiet_log();
  RuntimeHost host(RuntimeHost::Calls(1));
  SUBCASE("an error") {
    CHECK(serve(echo, {.init = [] { return Status(Error(ErrorCode::io, "no model")); }}) == 1);
    REQUIRE(host.posts().size() == 1);
    CHECK(host.posts()[0].body == R"({"errorMessage":"no model","errorType":"io","stackTrace":[]})");
    CHECK(host.posts()[0].category == "Function.InitError");
  }
  SUBCASE("an exception") {
    CHECK(serve(echo, {.init = []() -> Status { throw std::logic_error("never"); }}) == 1);
    REQUIRE(host.posts().size() == 1);
    CHECK(host.posts()[0].body == R"({"errorMessage":"never","errorType":"std::logic_error","stackTrace":[]})");
  }
  SUBCASE("no handler") {
    CHECK(serve(nullptr) == 1);
    REQUIRE(host.posts().size() == 1);
    CHECK(host.posts()[0].body.find("Runtime.NoSuchHandler") != std::string::npos);
  }
  CHECK(host.posts()[0].target == "init/error");
  CHECK(host.asked() == 0);
}

TEST_CASE("what starts the program runs once, before the first call") {
  quiet_log();
  RuntimeHost host(RuntimeHost::Calls(2));
  int started = 0;
  CHECK(serve([&](const Invocation&) -> Result<std::string> { return std::to_string(started); },
              {.init = [&]() -> Status {
                CHECK(host.asked() == 0);
                ++started;
                return {};
              }}) == 1);
  CHECK(started == 1);
  CHECK(host.posts()[1].body == "1");
}

TEST_CASE("the deadline ends the context; what cannot be one is none") {
  quiet_log();
  const std::string header = "Lambda-Runtime-Deadline-Ms";
  RuntimeHost host({{"", "future", {{header, milliseconds_from_now(1h)}}},
                    {"", "past", {{header, milliseconds_from_now(-10ms)}}},
                    {"", "duration", {{header, "5000"}}},
                    {"", "nonsense", {{header, "soon"}}},
                    {"", "never", {{header, "18446744073709551615"}}},
                    {"", "none"}});
  std::map<std::string, Invocation> seen;
  CHECK(serve([&](const Invocation& in) -> Result<std::string> {
          seen[in.request_id] = in;
          return std::string();
        }) == 1);
  CHECK(seen["future"].context.check());
  CHECK(seen["future"].context.remaining(2h) > 59min);
  CHECK(seen["future"].context.remaining(2h) <= 1h);
  CHECK(seen["past"].context.check().error().code == ErrorCode::timeout);
  for (const char* name : {"duration", "nonsense", "never", "none"}) {
    CAPTURE(name);
    CHECK(seen[name].deadline == std::chrono::system_clock::time_point::max());
    CHECK_FALSE(seen[name].context.deadline());
  }
}

TEST_CASE("a reply that is too large is an error of the function, and the next call works") {
  quiet_log();
  RuntimeHost host({{"1", "a"}, {"2", "b"}, {"3", "c"}, {"4", "d"}});
  host.refuses["invocation/c/response"] = 413;
  CHECK(serve([](const Invocation& in) -> Result<std::string> {
          if (in.payload == "1") return std::string(core::kLambdaReply + 1, 'x');
          if (in.payload == "2") return std::string(core::kLambdaReply, 'x');
          return std::string("small");
        }) == 1);
  const auto posts = host.posts();
  REQUIRE(posts.size() == 5);
  CHECK(posts[0].target == "invocation/a/error");
  CHECK(posts[0].category == "Function.ResponseSizeTooLarge");
  CHECK(posts[0].body.find("the reply has 6291557 bytes; the host takes at most 6291556") != std::string::npos);
  CHECK(posts[1].target == "invocation/b/response");
  CHECK(posts[1].body.size() == core::kLambdaReply);
  CHECK(posts[2].target == "invocation/c/response");
  CHECK(posts[3].target == "invocation/c/error");
  CHECK(posts[3].category == "Function.ResponseSizeTooLarge");
  CHECK(posts[4].target == "invocation/d/response");
}

TEST_CASE("a payload of 6 MB arrives whole") {
  quiet_log();
  const std::string payload = '"' + std::string(6'000'000, 'p') + '"';
  RuntimeHost host(RuntimeHost::Calls{{payload}});
  CHECK(serve([&](const Invocation& in) -> Result<std::string> {
          return std::string(in.payload == payload ? "whole" : "broken");
        }) == 1);
  CHECK(host.posts().at(0).body == "whole");
}

TEST_CASE("several calls run at once where the host offers it") {
  quiet_log();
  RuntimeHost::Calls calls;
  for (int i = 0; i < 12; ++i) {
    calls.push_back(
        {std::to_string(i), "id-" + std::to_string(i), {{"Lambda-Runtime-Trace-Id", "Root=" + std::to_string(i)}}});
  }
  RuntimeHost host(calls, 4);
  host.home.set("_X_AMZN_TRACE_ID", "untouched");
  std::mutex mutex;
  std::condition_variable came;
  int inside = 0;
  int most = 0;
  const auto handler = [&](const Invocation& in) -> Result<std::string> {
    std::unique_lock lock(mutex);
    most = std::max(most, ++inside);
    came.notify_all();
    came.wait_for(lock, 10s, [&] { return most >= 3; });
    --inside;
    return std::string(in.payload);
  };
  SUBCASE("all of them") {
    host.home.set("AWS_LAMBDA_MAX_CONCURRENCY", "3");
    CHECK(serve(handler) == 1);
  }
  SUBCASE("at most as many as the program wants") {
    host.home.set("AWS_LAMBDA_MAX_CONCURRENCY", "200");
    CHECK(serve(handler, {.max_concurrency = 3}) == 1);
  }
  CHECK(most == 3);
  // The variable could not be right for all.
  CHECK(std::string(std::getenv("_X_AMZN_TRACE_ID")) == "untouched");
  REQUIRE(host.posts().size() == 12);
  for (const auto& post : host.posts()) CHECK(post.target == "invocation/id-" + post.body + "/response");
}

TEST_CASE("a program that wants more calls at once than the host offers gets one") {
  quiet_log();
  RuntimeHost host(RuntimeHost::Calls(2));
  CHECK(serve(echo, {.max_concurrency = 8}) == 1);
  CHECK(host.posts().size() == 2);
}

TEST_CASE("serve leaves a host that refuses the next call, at once") {
  quiet_log();
  RuntimeHost host(RuntimeHost::Calls{}, 8);
  for (const int status : {400, 403, 404, 410, 500, 503}) {
    CAPTURE(status);
    host.at_end = status;
    const int before = host.asked();
    CHECK(serve(echo) == 1);
    CHECK(host.asked() == before + 1);
  }
}

TEST_CASE("serve leaves a host that is not there, and one that sends a call without a name") {
  quiet_log();
  RuntimeHost host(RuntimeHost::Calls{{"{}", ""}});
  CHECK(serve(echo) == 1);
  CHECK(host.posts().empty());
  host.end();
  CHECK(serve(echo) == 1);
}

TEST_CASE("an answer that the host refuses concerns one call; a broken host all") {
  quiet_log();
  RuntimeHost host({{"1", "a"}, {"2", "b"}, {"3", "c"}});
  host.refuses["invocation/a/response"] = 400;
  SUBCASE("400") {
    CHECK(serve(echo) == 1);
    CHECK(host.posts().size() == 3);
  }
  SUBCASE("500: a container error") {
    host.refuses["invocation/b/response"] = 500;
    CHECK(serve(echo) == 1);
    CHECK(host.posts().size() == 2);
    CHECK(host.asked() == 2);
  }
}

TEST_CASE("a request id cannot become another path") {
  quiet_log();
  RuntimeHost host(RuntimeHost::Calls{{"1", "../init/error?x y"}});
  CHECK(serve(echo) == 1);
  REQUIRE(host.posts().size() == 1);
  CHECK(host.posts()[0].target == "invocation/..%2Finit%2Ferror%3Fx%20y/response");
}

TEST_CASE("a broken environment is said by name") {
  std::string said;
  set_log_sink([&](const LogRecord& record) {
    said = record.message;
    for (const LogField& field : record.fields) said.append(" ").append(field.value);
  });
  ::test::Home home;
  SUBCASE("no address") {
    home.set("AWS_LAMBDA_RUNTIME_API", "runtime.example.com:80");
    CHECK(serve(echo) == 2);
    CHECK(said.starts_with("AWS_LAMBDA_RUNTIME_API is no address"));
  }
  SUBCASE("no number") {
    home.set("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001");
    home.set("AWS_LAMBDA_MAX_CONCURRENCY", "many");
    CHECK(serve(echo) == 2);
    CHECK(said == "cannot serve AWS_LAMBDA_MAX_CONCURRENCY is \"many\", and no number from 1");
  }
  SUBCASE("no port") {
    home.set("PORT", "65536");
    CHECK(serve(echo) == 2);
    CHECK(said == "cannot serve PORT is \"65536\", and no port");
  }
  set_log_sink({});
}
