#include "fixture.h"
#include "support/findings.h"

#include <doctest/doctest.h>

using namespace cloudkit;
using namespace cloudkit::testing;

// What `doctor` tells of gs://.
namespace {

// As a service account's key file makes it.
struct AccountToken final : gcp::Identity {
  Result<AccessToken> get(const Context&) override {
    if (failure) return *failure;
    return AccessToken{"cktest-token-50", std::chrono::sys_days{std::chrono::year{2026} / 1 / 1} + valid_for,
                       "the service account a@p, the file /key.json"};
  }
  Result<std::string> account(const Context&) override {
    if (is_account) return std::string("a@p");
    return Error{ErrorCode::unsupported, "who asks is p.svc.id.goog, which is no service account"};
  }
  bool is_account = true;
  std::chrono::minutes valid_for{60};
  std::optional<Error> failure;
};

struct WithAccount {
  std::shared_ptr<AccountToken> identity = std::make_shared<AccountToken>();
  gcp::GcsOptions options() const {
    gcp::GcsOptions options;
    options.identity = identity;
    return options;
  }
};

struct AccountFixture : WithAccount, Fixture {
  AccountFixture() : Fixture(options()) {}
  std::string diagnosis() const { return ::test::text_of(store->diagnose("reports", {})); }
};

const std::vector<http::Header> kNow = {{"date", "Thu, 01 Jan 2026 00:00:20 GMT"}};

}  // namespace

TEST_CASE_FIXTURE(AccountFixture, "who asks Cloud Storage, for what, and where") {
  variables["GOOGLE_CLOUD_PROJECT"] = "p";
  transport->then(reply(400, kNow), 2);
  CHECK(diagnosis() ==
        "credentials: ok a token of the service account a@p, the file /key.json, valid until 2026-01-01T01:00:00Z\n"
        "identity: ok a@p\n"
        "project: ok p\n"
        "endpoint: ok https://storage.googleapis.com, where Cloud Storage is\n"
        "clock: ok in step with the service's\n");
  REQUIRE(transport->sent().size() == 2);
  CHECK(transport->sent()[0].headers.get("authorization").empty());
}

TEST_CASE_FIXTURE(AccountFixture, "who is no service account, such as a workload of GKE, has no presigned URLs") {
  identity->is_account = false;
  transport->then(reply(400, kNow), 2);
  CHECK(diagnosis().find("identity: ok no service account: there are no presigned URLs\n") != std::string::npos);
}

TEST_CASE_FIXTURE(AccountFixture, "what is wrong with the way to Cloud Storage is told, with what to do") {
  identity->valid_for = std::chrono::minutes(1);
  transport->then(reply(400, {{"date", "Thu, 01 Jan 2026 00:20:00 GMT"}}), 2);
  const std::string text = diagnosis();
  CHECK(text.find("credentials: warn a token of the service account a@p, the file /key.json, valid until "
                  "2026-01-01T00:01:00Z\n  they have expired or soon will: log in again, or fetch new ones\n") == 0);
  CHECK(
      text.find("project: warn invalid_argument: no project is configured, and buckets are created and listed in one\n"
                "  set it: GcsOptions::project, ?project= or GOOGLE_CLOUD_PROJECT\n") != std::string::npos);
  CHECK(text.find("clock: warn 20 min 0 s behind the service's") != std::string::npos);

  identity->failure = Error(ErrorCode::unauthenticated, "no credentials found", "run gcloud");
  transport->then(broken());
  const std::string failed = diagnosis();
  CHECK(failed.find("credentials: fail unauthenticated: no credentials found\n  run gcloud\n") == 0);
  CHECK(failed.find("connection: fail ") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "an emulator and an anonymous caller have no credentials, and the doctor says why") {
  variables["STORAGE_EMULATOR_HOST"] = "gcs:4443";
  transport->then(reply(404), 2);
  CHECK(::test::text_of(store->diagnose("", {})) ==
        "credentials: ok none: an emulator gets nobody's\n"
        "endpoint: warn http://gcs:4443, from STORAGE_EMULATOR_HOST; plain http, which others can read and change\n"
        "  use https, unless the network is all yours\n"
        "clock: unknown the service's replies have no date\n");
  gcp::GcsOptions options;
  options.anonymous = true;
  options.endpoint = "https://mirror.example";
  Fixture anonymous(options);
  anonymous.transport->then(reply(404, kNow), 2);
  CHECK(::test::text_of(anonymous.store->diagnose("", {})) ==
        "credentials: ok none: requests are anonymous, as was asked for\n"
        "endpoint: ok https://mirror.example, from the URL or the program\n"
        "clock: ok in step with the service's\n");
}

TEST_CASE("what the environment gets wrong is the doctor's first finding") {
  Fixture fixture;
  fixture.variables["STORAGE_EMULATOR_HOST"] = "ftp://x";
  const auto findings = fixture.store->diagnose("", {});
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].topic == "configuration");
  CHECK(findings[0].verdict == Verdict::fail);
}
