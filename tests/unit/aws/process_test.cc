#include "aws/credentials/surroundings.h"

#include "core/time.h"
#include "environment.h"
#include "support/programs.h"
#include "support/test_data.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <string>
#include <thread>

using namespace cloudkit;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

const std::string kKeysJson = R"({"Version":1,"AccessKeyId":"AKIADEV","SecretAccessKey":"SECRET"})";

struct ProcessFixture : ProfileEnvironment, ::test::Programs {
  core::TimePoint time = kNow;

  Result<aws::Lookup> look(const std::string& command, const Context& context = {}) {
    aws::Surroundings surroundings{{view(), nullptr, {}}};
    surroundings.hooks.now = [this] { return time; };
    return aws::look_in_process(command, "dev", surroundings, context);
  }
  // A program that prints `text`.
  std::string printer(const std::string& text) {
    file("text", text, std::filesystem::perms::owner_read);
    return script("printer", "cat text");
  }
  Error error(const std::string& command, const Context& context = {}) {
    const auto lookup = look(command, context);
    REQUIRE_FALSE(lookup);
    CHECK(lookup.error().to_string().find("SECRET") == std::string::npos);
    return lookup.error();
  }
};

}  // namespace

TEST_CASE("what a credential_process prints are the profile's keys") {
  ProcessFixture f;
  const auto lookup = f.look(f.printer(R"({"Version":1,"AccessKeyId":"ASIA","SecretAccessKey":"S","SessionToken":"T",)"
                                       R"("Expiration":"2026-11-23T02:00:00Z","AccountId":"123456789012"})"));
  REQUIRE(lookup);
  REQUIRE(lookup->credentials);
  CHECK(lookup->credentials->access_key_id == "ASIA");
  CHECK(lookup->credentials->secret_access_key == "S");
  CHECK(lookup->credentials->session_token == "T");
  CHECK(lookup->credentials->expires == core::parse_rfc3339("2026-11-23T02:00:00Z"));
  CHECK(lookup->credentials->account_id == "123456789012");
  CHECK(lookup->credentials->source == "the credential_process of profile \"dev\"");
}

TEST_CASE("its arguments are quoted as in a shell, and no shell sees them") {
  ProcessFixture f;
  const auto program = f.script("args", "printf '%s\\n' \"$@\" >args.txt; echo '" + kKeysJson + "'");
  REQUIRE(f.look(program + " 'a b' $(touch made) `touch made`; \"x;y\""));
  CHECK(f.read("args.txt") == "a b\n$(touch\nmade)\n`touch\nmade`;\nx;y\n");
  CHECK(f.read("made").empty());
}

TEST_CASE("hostile outputs are refused as the vectors say") {
  ProcessFixture f;
  const json vectors = json::parse(read_test_data("hostile/credential-process.json"));
  int cases = 0;
  for (const json& test : vectors.at("output")) {
    CAPTURE(test.dump());
    std::string command;
    const auto context = Context::cancellable();
    std::thread canceller;
    if (test.contains("stdout")) {
      command = f.printer(test.at("stdout").get<std::string>());
    } else if (test.contains("generate")) {
      REQUIRE(test.at("generate") == "2 MiB of spaces");
      command = f.printer(std::string(2 << 20, ' '));
    } else if (test.contains("exit")) {
      command =
          f.script("exit", "echo " + test.at("stderr").get<std::string>() + " >&2; exit " + test.at("exit").dump());
    } else {
      command = f.script("sleep", "echo $$ >group; sleep " + test.at("sleep_s").dump() + " & wait");
      // The limit itself is child_process_test's.
      canceller = std::thread([&] {
        ::test::soon([&] { return f.read("group").ends_with('\n'); });
        context.cancel();
      });
    }
    if (test.at("ok").get<bool>()) {
      CHECK(f.look(command, context));
    } else {
      f.error(command, context);
    }
    if (canceller.joinable()) canceller.join();
    ++cases;
  }
  CHECK(cases == 13);
  CHECK(::test::group_is_gone(f.read("group")));
}

TEST_CASE("a failing program is told by its exit code, never by what it says") {
  ProcessFixture f;
  const auto program = f.script("fail", "echo SECRET; echo SECRET >&2; exit 42");
  const Error error = f.error(program + " --token SECRET");
  CHECK(error.code == ErrorCode::unauthenticated);
  CHECK(error.message == "the credential_process of profile \"dev\": it exited with 42");
  CHECK(error.hint == "run " + program + " by hand, with its arguments, to see what it says");
}

TEST_CASE("what is wrong with a command is told without showing it") {
  ProcessFixture f;
  const auto message = [&](const std::string& command) {
    const Error error = f.error(command);
    CHECK(error.code == ErrorCode::unauthenticated);
    return error.message;
  };
  const std::string place = "the credential_process of profile \"dev\": ";
  CHECK(message("") == place + "the command is empty");
  CHECK(message("prog 'SECRET") == place + "the command has an unterminated quote");
  const auto missing = f.directory() + "/missing";
  CHECK(message(missing + " SECRET") == place + "run " + missing + ": No such file or directory");
  const auto data = f.file("data", kKeysJson, std::filesystem::perms::owner_read);
  CHECK(message(data) == place + "run " + data + ": Permission denied");
  CHECK(message(f.printer("SECRET")) == place + "not JSON: unexpected text at byte 1");
  CHECK(message("head -c 2147483648 /dev/zero") == place + "it printed more than 1048576 bytes");
}

TEST_CASE("keys that have expired are an error, by the clock that everything else goes by") {
  ProcessFixture f;
  const auto program =
      f.printer(kKeysJson.substr(0, kKeysJson.size() - 1) + R"(,"Expiration":"2026-11-23T02:00:00Z"})");
  CHECK(f.look(program));
  f.time += 1h;
  const Error error = f.error(program);
  CHECK(error.message == "the credential_process of profile \"dev\": the keys expired at 2026-11-23T02:00:00Z");
  CHECK(error.hint == "this machine's clock says 2026-11-23T02:00:00Z");
}

TEST_CASE("the caller's limits keep their meaning") {
  ProcessFixture f;
  const auto context = Context::cancellable();
  context.cancel();
  CHECK(f.error("sleep 60", context).code == ErrorCode::cancelled);
  const Error late = f.error("sleep 60", Context::with_timeout(50ms));
  CHECK(late.code == ErrorCode::timeout);
  CHECK(late.message == "the credential_process of profile \"dev\": the caller's deadline passed");
}
