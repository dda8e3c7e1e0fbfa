// What the metadata server says of the machine, and what is no such server.
#include "surroundings.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using namespace std::chrono_literals;
using nlohmann::json;
using ::test::contains;

namespace {

const std::vector<http::Header> kGoogleHeaders = {{"Metadata-Flavor", "Google"}};

struct MetadataServerFixture : GoogleSurroundings {
  void says(const std::string& text) { metadata->then(testing::reply(200, kGoogleHeaders, text)); }
  void says_account() { says("robot@p.test\n"); }
  void says_token() { says(R"({"access_token":"cktest-access-1","expires_in":3599,"token_type":"Bearer"})"); }
  std::string reason() {
    const Error error = error_of(default_identity()->get({}));
    CHECK(error.code == ErrorCode::unauthenticated);
    const auto at = error.message.find("Metadata server: ");
    REQUIRE(at != std::string::npos);
    return error.message.substr(at + 17);
  }
};

}  // namespace

TEST_CASE_FIXTURE(MetadataServerFixture, "a machine of Google's has a token, a name and a project") {
  says_account();
  says_token();
  says("project-1");
  const auto machine = default_identity();
  const auto token = machine->get({});
  REQUIRE(token);
  CHECK(token->value == "cktest-access-1");
  CHECK(token->expires == time + 3599s);
  CHECK(token->source == "the service account robot@p.test, the metadata server 169.254.169.254");
  CHECK(machine->account({}).value() == "robot@p.test");
  CHECK(machine->project({}).value() == "project-1");
  CHECK(machine->project({}).value() == "project-1");
  const auto sent = metadata->sent();
  REQUIRE(sent.size() == 3);
  CHECK(sent[0].path == "/computeMetadata/v1/instance/service-accounts/default/email");
  CHECK(sent[1].path == "/computeMetadata/v1/instance/service-accounts/default/token");
  CHECK(sent[2].path == "/computeMetadata/v1/project/project-id");
  for (const auto& request : sent) {
    CHECK(request.scheme == "http");
    CHECK(request.headers.get("metadata-flavor") == "Google");
  }
}

TEST_CASE_FIXTURE(MetadataServerFixture, "GCE_METADATA_HOST is asked instead") {
  variables["GCE_METADATA_HOST"] = "metadata.test:8080";
  says_account();
  says_token();
  REQUIRE(default_identity()->get({}));
  CHECK(metadata->sent()[0].host == "metadata.test:8080");
}

TEST_CASE_FIXTURE(MetadataServerFixture, "the machine's account signs for itself, by the IAM Credentials API") {
  says_account();
  says_token();
  answer(200, R"({"keyId":"k","signedBlob":"c2lnbmVk"})");
  const auto signature = default_identity()->sign("x", {});
  REQUIRE(signature);
  CHECK(signature->account == "robot@p.test");
  CHECK(signature->bytes == "signed");
  CHECK(signature->by_google);
  CHECK(services->sent().at(0).headers.get("authorization") == "Bearer cktest-access-1");
}

TEST_CASE_FIXTURE(MetadataServerFixture,
                  "a workload of GKE that acts as itself has tokens, and neither an account nor signatures") {
  says("project-1.svc.id.goog\n");
  says_token();
  const auto workload = default_identity();
  const auto token = workload->get({});
  REQUIRE(token);
  CHECK(token->value == "cktest-access-1");
  CHECK(token->source == "the workload identity project-1.svc.id.goog, the metadata server 169.254.169.254");
  const Error unnamed = error_of(workload->account({}));
  const Error unsigned_ = error_of(workload->sign("x", {}));
  for (const Error& error : {unnamed, unsigned_}) {
    CHECK(error.code == ErrorCode::unsupported);
    CHECK(error.message ==
          "the metadata server 169.254.169.254: who asks is project-1.svc.id.goog, which is no service account");
    CHECK(error.hint ==
          "presigned URLs need one: on GKE name it in the annotation iam.gke.io/gcp-service-account of the Kubernetes "
          "service account, or act as it by gcp::impersonate");
  }
  CHECK(services->sent().empty());
}

TEST_CASE_FIXTURE(MetadataServerFixture, "the header tells whether a server is Google's") {
  metadata->then(testing::reply(200, {}, "<html>cktest-page-1</html>"));
  CHECK(reason() == "169.254.169.254 answers, but without the header Metadata-Flavor: Google.");
  says_account();
  metadata->then(testing::reply(200, {}, R"({"access_token":"cktest-access-1","expires_in":3599})"));
  CHECK(error_of(default_identity()->get({})).message ==
        "the metadata server 169.254.169.254: the reply has no header Metadata-Flavor: Google");
}

TEST_CASE_FIXTURE(MetadataServerFixture, "no such server is a reason and costs one attempt") {
  quiet_log();
  metadata->then(testing::broken({.request_sent = false}));
  CHECK(reason() == "not on Google Cloud: connection reset.");
  CHECK(metadata->sent().size() == 1);
  metadata->then(testing::broken({.code = ErrorCode::timeout, .request_sent = false}));
  CHECK(reason() == "not on Google Cloud: connection reset.");
  metadata->then(testing::broken({.code = ErrorCode::timeout}), 3);
  CHECK(reason() == "169.254.169.254 does not answer.");
  for (const int status : {400, 401, 403, 405}) {
    metadata->then(testing::reply(status));
    CHECK(reason() == "169.254.169.254 answered " + std::to_string(status) + ": it is not Google's.");
  }
  metadata->then(testing::reply(404, kGoogleHeaders));
  CHECK(reason() == "the machine has no service account.");
  variables["NO_GCE_CHECK"] = "True";
  const auto asked = metadata->sent().size();
  CHECK(reason() == "NO_GCE_CHECK is true.");
  CHECK(metadata->sent().size() == asked);
}

TEST_CASE_FIXTURE(MetadataServerFixture, "a server that is late is waited for, one that stays down is an error") {
  quiet_log();
  metadata->then(testing::reply(503), 2);
  says_account();
  says_token();
  CHECK(default_identity()->get({}));
  metadata->then(testing::reply(503), 3);
  const Error down = error_of(default_identity()->get({}));
  CHECK(down.code == ErrorCode::unavailable);
  CHECK(down.message == "the metadata server 169.254.169.254: it answered 503");
}

TEST_CASE_FIXTURE(MetadataServerFixture, "a cancelled search is no machine without a server") {
  const Context context = Context::cancellable();
  metadata->then([&](const http::Request& request, http::BodyReceiver* to, const Context& inner) {
    context.cancel();
    return testing::broken({.code = ErrorCode::cancelled, .retryable = false})(request, to, inner);
  });
  CHECK(error_of(default_identity()->get(context)).code == ErrorCode::cancelled);
}

TEST_CASE_FIXTURE(MetadataServerFixture, "nonsense for an account, a token or a project is refused") {
  quiet_log();
  for (const std::string nonsense : {"", " \n", "a\nb"}) {
    says(nonsense);
    CHECK(error_of(default_identity()->get({})).message ==
          "the metadata server 169.254.169.254: what it sent for an account is none");
  }
  for (const char* nonsense : {"", "cktest-text-1", "{}", R"({"access_token":"cktest-access-1","expires_in":-5})",
                               R"({"access_token":"cktest-a-1\n","expires_in":5})"}) {
    says_account();
    says(nonsense);
    CHECK(contains(error_of(default_identity()->get({})).message, "what it sent for a token is none: "));
  }
  says_account();
  says("project\nx");
  CHECK(error_of(default_identity()->project({})).message ==
        "the metadata server 169.254.169.254: what it sent for a project is none");
  says("not@an address/..");
  says_token();
  CHECK(error_of(default_identity()->sign("x", {})).message ==
        "the metadata server 169.254.169.254: its service account cannot sign: it has no e-mail address");
}
