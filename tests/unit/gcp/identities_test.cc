// Where credentials are looked for, and in which order.
#include "surroundings.h"

#include <cloudkit/gcp.h>
#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using ::test::contains;

namespace {

constexpr const char* kLogin = "/home/ada/.config/gcloud/application_default_credentials.json";

}  // namespace

TEST_CASE_FIXTURE(GoogleSurroundings, "the variable's file is taken before gcloud's login") {
  variables["GOOGLE_APPLICATION_CREDENTIALS"] = "/etc/key.json";
  files["/etc/key.json"] = service_account_file().dump();
  files[kLogin] = user_file().dump();
  answer_token();
  const auto token = default_identity()->get({});
  REQUIRE(token);
  CHECK(token->source == "the service account robot@project-1.iam.gserviceaccount.com, the file /etc/key.json");
  CHECK(metadata->sent().empty());
}

TEST_CASE_FIXTURE(GoogleSurroundings, "gcloud's login is taken before the metadata server") {
  files[kLogin] = user_file().dump();
  answer_token();
  CHECK(default_identity()->get({})->source == std::string("a user's login, the file ") + kLogin);
  files.clear();
  variables["CLOUDSDK_CONFIG"] = "/opt/gcloud";
  files["/opt/gcloud/application_default_credentials.json"] = user_file().dump();
  answer_token();
  CHECK(default_identity()->get({})->source ==
        "a user's login, the file /opt/gcloud/application_default_credentials.json");
  CHECK(metadata->sent().empty());
}

TEST_CASE_FIXTURE(GoogleSurroundings, "nothing anywhere: each place and why, and never anonymous") {
  variables["NO_GCE_CHECK"] = "true";
  Error error = error_of(default_identity()->get({}));
  CHECK(error.code == ErrorCode::unauthenticated);
  CHECK(error.message ==
        std::string("no credentials found. GOOGLE_APPLICATION_CREDENTIALS: it is not set. gcloud's login: ") + kLogin +
            " does not exist. Metadata server: NO_GCE_CHECK is true.");
  CHECK(error.hint ==
        "run `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS to a key file; public data "
        "needs none when the program says anonymous");
  variables.erase("HOME");
  error = error_of(default_identity()->sign("x", {}));
  CHECK(contains(error.message, "gcloud's login: neither CLOUDSDK_CONFIG nor HOME is set."));
}

TEST_CASE_FIXTURE(GoogleSurroundings, "a place that is broken ends the search: nobody else is meant") {
  files[kLogin] = user_file().dump();
  variables["GOOGLE_APPLICATION_CREDENTIALS"] = "/etc/key.json";
  Error error = error_of(default_identity()->get({}));
  CHECK(error.code == ErrorCode::unauthenticated);
  CHECK(error.message == "the file /etc/key.json does not exist");
  CHECK(error.hint == "GOOGLE_APPLICATION_CREDENTIALS names it");
  files["/etc/key.json"] = "(broken)";
  CHECK(error_of(default_identity()->get({})).code == ErrorCode::io);
  files["/etc/key.json"] = "{";
  CHECK(contains(error_of(default_identity()->get({})).message, "the file /etc/key.json: "));
  auto key = service_account_file();
  key.erase("client_email");
  files["/etc/key.json"] = key.dump();
  CHECK(error_of(default_identity()->get({})).message == "the file /etc/key.json: client_email is missing or empty");
  files["/etc/key.json"] = service_account_file().dump();
  modes["/etc/key.json"] = 0666;
  error = error_of(default_identity()->get({}));
  CHECK(error.code == ErrorCode::permission_denied);
  CHECK(error.message == "/etc/key.json can be changed by every user of this machine");
  CHECK(services->sent().empty());
}

TEST_CASE_FIXTURE(GoogleSurroundings, "a key that was replaced is read after the old one was refused") {
  quiet_log();
  files[kLogin] = user_file().dump();
  const auto found = default_identity();
  answer(400, R"({"error":"invalid_grant"})");
  CHECK(error_of(found->get({})).code == ErrorCode::unauthenticated);
  files[kLogin] = service_account_file().dump();
  answer_token();
  CHECK(found->get({}));
  CHECK(found->account({}).value() == "robot@project-1.iam.gserviceaccount.com");
}

TEST_CASE_FIXTURE(GoogleSurroundings, "a file that the program names, and its text") {
  const auto missing = gcp::make_file_identity("/etc/key.json", surroundings());
  CHECK(error_of(missing->get({})).message == "the file /etc/key.json does not exist");
  files["/etc/key.json"] = service_account_file().dump();
  CHECK(missing->account({}).value() == "robot@project-1.iam.gserviceaccount.com");
  CHECK(error_of(gcp::make_file_identity("", surroundings())->get({})).code == ErrorCode::invalid_argument);
  CHECK(error_of(identity(std::string("cktest-json-1"))->get({})).code == ErrorCode::unauthenticated);
}

TEST_CASE("a token of the program's own is shown, and signs nothing") {
  const auto own = gcp::identity_from_token({"cktest-own-1", {}, {}});
  CHECK(own->get({})->value == "cktest-own-1");
  CHECK(own->get({})->source == "the program");
  CHECK(own->project({}).value().empty());
  CHECK(error_of(own->account({})).code == ErrorCode::unsupported);
  CHECK(error_of(own->sign("x", {})).message == "this identity signs nothing");
}

TEST_CASE_FIXTURE(GoogleSurroundings, "factories do no I/O") {
  variables["GOOGLE_APPLICATION_CREDENTIALS"] = "/etc/key.json";
  const auto made = {default_identity(), gcp::make_file_identity("/etc/key.json", surroundings()),
                     identity(std::string("{")), gcp::make_impersonation({}, surroundings())};
  for (const auto& one : made) CHECK(one != nullptr);
  for (const auto& one : {gcp::default_identity(), gcp::identity_from_file("/nonexistent/key.json"),
                          gcp::identity_from_json("{"), gcp::impersonate({})}) {
    CHECK(one != nullptr);
  }
  CHECK(reads == 0);
  CHECK(services->sent().empty());
  CHECK(metadata->sent().empty());
}
