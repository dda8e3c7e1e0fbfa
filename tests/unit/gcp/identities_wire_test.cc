// From the files of a home to the wire: a simulated token endpoint and metadata server, over real connections.
#include "faults/scripted_server.h"
#include "support/contains.h"
#include "support/home.h"
#include "support/rsa_test_key.h"
#include "support/stopwatch.h"

#include <cloudkit/gcp.h>
#include <cloudkit/log.h>
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <mutex>
#include <string>

using namespace cloudkit;
using namespace std::chrono_literals;
using faults::reply;
using faults::ScriptedServer;
using ::test::contains;

namespace {

constexpr const char* kToken = R"({"access_token":"cktest-access-1","expires_in":3599,"token_type":"Bearer"})";
constexpr const char* kGoogles = "Metadata-Flavor: Google\r\n";

// No line of the log holds a secret, whatever is logged.
struct IdentitiesWireFixture {
  ::test::Home home;
  ScriptedServer server;
  std::mutex mutex;
  std::string log;

  IdentitiesWireFixture() {
    home.set("GOOGLE_APPLICATION_CREDENTIALS", "");
    home.set("CLOUDSDK_CONFIG", "");
    home.set("NO_GCE_CHECK", "");
    home.set("GCE_METADATA_HOST", server.host());
    set_log_sink(
        [this](const LogRecord& record) {
          const std::scoped_lock lock(mutex);
          log += record.message;
          for (const LogField& field : record.fields) log += " " + std::string(field.value);
          log += '\n';
        },
        LogLevel::trace);
  }
  ~IdentitiesWireFixture() {
    set_log_sink({});
    CHECK_FALSE(contains(log, "cktest-"));
    CHECK_FALSE(contains(log, "PRIVATE KEY"));
    CHECK_FALSE(contains(log, "assertion="));
  }
  IdentitiesWireFixture(const IdentitiesWireFixture&) = delete;
  IdentitiesWireFixture& operator=(const IdentitiesWireFixture&) = delete;

  void write_key() {
    home.write("key.json", nlohmann::json{{"type", "service_account"},
                                          {"client_email", "robot@p.test"},
                                          {"private_key", ::test::private_pem(::test::rsa_test_key().get())},
                                          {"token_uri", "http://" + server.host() + "/token"}}
                               .dump());
    home.set("GOOGLE_APPLICATION_CREDENTIALS", home.path("key.json"));
  }
};

}  // namespace

TEST_CASE_FIXTURE(IdentitiesWireFixture, "a key file on the disk becomes a token of an endpoint on the network") {
  write_key();
  server.then(reply(503));
  server.then(reply(200, kToken));
  const auto identity = gcp::default_identity();
  REQUIRE(identity->get({}));
  CHECK(identity->get({})->value == "cktest-access-1");
  CHECK(identity->sign("x", {})->account == "robot@p.test");
}

TEST_CASE_FIXTURE(IdentitiesWireFixture, "a metadata server of this network says who the machine is") {
  for (const char* text : {"robot@p.test", kToken, "p-1"}) server.then(reply(200, text, kGoogles));
  const auto identity = gcp::default_identity();
  CHECK(identity->get({})->value == "cktest-access-1");
  CHECK(identity->project({}).value() == "p-1");
}

TEST_CASE_FIXTURE(IdentitiesWireFixture, "no server at all costs little time") {
  home.set("GCE_METADATA_HOST", "127.0.0.1:1");
  const auto start = std::chrono::steady_clock::now();
  const auto none = gcp::default_identity()->get({});
  CHECK(std::chrono::steady_clock::now() - start < ::test::kSoon);
  REQUIRE_FALSE(none);
  CHECK(none.error().code == ErrorCode::unauthenticated);
  CHECK(contains(none.error().message, "Metadata server: not on Google Cloud: "));
}
