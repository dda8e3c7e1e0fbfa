#include "azure/credentials/lookup.h"
#include "surroundings.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;

namespace {

struct ManagedIdentityFixture : FakeSurroundings {
  Result<azure::TokenLookup> look(const azure::ManagedIdentityName& name = {}) {
    return azure::look_in_managed_identity(name, azure::kStorageResource, surroundings(), {});
  }
  AccessToken token(const azure::ManagedIdentityName& name = {}) {
    const auto found = look(name);
    REQUIRE_MESSAGE(found, found.error().to_string());
    REQUIRE_MESSAGE(found->token, found->reason);
    return *found->token;
  }
  std::string reason() {
    const auto found = look();
    REQUIRE_MESSAGE(found, found.error().to_string());
    REQUIRE_FALSE(found->token);
    CHECK(found->reason.find("cktest-") == std::string::npos);
    return found->reason;
  }
  void app_service() {
    variables["IDENTITY_ENDPOINT"] = "http://127.0.0.1:41741/msi/token";
    variables["IDENTITY_HEADER"] = "cktest-identity-1";
  }
};

}  // namespace

TEST_CASE("a virtual machine's metadata service is asked with the header that it demands") {
  ManagedIdentityFixture f;
  f.metadata->then(dated(200, R"({"access_token":"cktest-msi-1","client_id":"c","expires_in":"86399",)"
                              R"("expires_on":"1795482000","not_before":"1","resource":"https://storage.azure.com",)"
                              R"("token_type":"Bearer"})"));
  const AccessToken token = f.token();
  CHECK(token.value == "cktest-msi-1");
  CHECK(token.expires == f.time + std::chrono::seconds(86399));
  CHECK(token.source == "the machine's managed identity");
  const auto sent = f.metadata->sent().at(0);
  CHECK(sent.scheme == "http");
  CHECK(sent.host == "169.254.169.254");
  CHECK(http::encode_target(sent) ==
        "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fstorage.azure.com");
  CHECK(sent.headers.get("Metadata") == "true");
  CHECK(f.services->sent().empty());
}

TEST_CASE("one of several identities is asked for by its client id or its resource id") {
  ManagedIdentityFixture f;
  f.metadata->then(dated(200, token_reply("t")), 2);
  f.token({.client_id = "c-1"});
  CHECK(f.metadata->sent().at(0).query.back() == std::pair<std::string, std::string>("client_id", "c-1"));
  f.token({.resource_id = "/subscriptions/s/x"});
  CHECK(f.metadata->sent().at(1).query.back() ==
        std::pair<std::string, std::string>("msi_res_id", "/subscriptions/s/x"));
  CHECK(error_of(f.look({"c-1", "/subscriptions/s/x"})).code == ErrorCode::invalid_argument);
}

TEST_CASE("App Service's endpoint is shown its secret, and says when the token ends") {
  ManagedIdentityFixture f;
  f.app_service();
  f.metadata->then(dated(200, R"({"access_token":"cktest-msi-2","expires_on":"1795399200","token_type":"Bearer"})"));
  const AccessToken token = f.token({.resource_id = "/r"});
  CHECK(token.expires == f.time + std::chrono::hours(1));
  CHECK(token.source == "the managed identity of App Service");
  const auto sent = f.metadata->sent().at(0);
  CHECK(sent.host == "127.0.0.1:41741");
  CHECK(http::encode_target(sent) ==
        "/msi/token?api-version=2019-08-01&resource=https%3A%2F%2Fstorage.azure.com&mi_res_id=%2Fr");
  CHECK(sent.headers.get("X-IDENTITY-HEADER") == "cktest-identity-1");
  CHECK_FALSE(sent.headers.contains("Metadata"));
}

TEST_CASE("a wrong clock does not shorten a token's life") {
  ManagedIdentityFixture f;
  f.app_service();
  f.time += std::chrono::hours(5);  // The reply's Date is right.
  f.metadata->then(dated(200, R"({"access_token":"t","expires_on":1795399200})"));
  CHECK(f.token().expires == f.time + std::chrono::hours(1));
}

TEST_CASE("no secret goes over plain http to another machine, nor a line end into a header") {
  ManagedIdentityFixture f;
  f.app_service();
  f.variables["IDENTITY_ENDPOINT"] = "http://evil.example/token";
  CHECK(error_of(f.look()).message ==
        "IDENTITY_ENDPOINT: plain http to evil.example would show secrets to everyone on the way");
  f.variables["IDENTITY_ENDPOINT"] = "nonsense";
  CHECK(error_of(f.look()).code == ErrorCode::invalid_argument);
  f.app_service();
  f.variables["IDENTITY_HEADER"] = "cktest-identity-1\r\nX: y";
  CHECK(error_of(f.look()).message == "IDENTITY_ENDPOINT: IDENTITY_HEADER has control characters");
  CHECK(f.metadata->sent().empty());
}

TEST_CASE("what is not asked is a reason") {
  ManagedIdentityFixture f;
  f.variables["IDENTITY_ENDPOINT"] = "http://localhost:40342/metadata/identity/oauth2/token";
  CHECK(f.reason() == "IDENTITY_ENDPOINT without IDENTITY_HEADER is Azure Arc's, which cloudkit does not ask");
  f.app_service();
  f.variables["IDENTITY_SERVER_THUMBPRINT"] = "ABCD";
  CHECK(f.reason() == "IDENTITY_SERVER_THUMBPRINT is Service Fabric's, which cloudkit does not ask");
}

TEST_CASE("no machine of Azure is a reason, found out by one attempt") {
  ManagedIdentityFixture f;
  f.metadata->then(unreachable());
  CHECK(f.reason() == "not on Azure: connection reset");
  CHECK(f.metadata->sent().size() == 1);
}

TEST_CASE("another cloud's metadata service is a reason") {
  ManagedIdentityFixture f;
  f.metadata->then(dated(404, "<html>not found</html>"));
  CHECK(f.reason() == "169.254.169.254 refused (404): it is not Azure's, or switched off");
  f.metadata->then(dated(401, ""));
  CHECK(f.reason() == "169.254.169.254 refused (401): it is not Azure's, or switched off");
}

TEST_CASE("a token is asked for by the transport that has the patience for it") {
  ManagedIdentityFixture f;
  auth::Surroundings patient = f.surroundings();
  patient.token_transport = std::make_shared<testing::ScriptedTransport>(dated(200, token_reply("t")));
  const auto found = azure::look_in_managed_identity({}, azure::kStorageResource, patient, {});
  REQUIRE(found);
  CHECK(found->token);
  CHECK(f.metadata->sent().empty());
}

TEST_CASE("a machine that Azure is about to update is asked again, and is still one of Azure's") {
  ManagedIdentityFixture f;
  f.metadata->then(dated(410, "")).then(dated(404, R"({"error":"not_found"})")).then(dated(200, token_reply("t")));
  CHECK(f.token().value == "t");
  f.metadata->then(dated(410, ""), 3);
  const Error error = error_of(f.look());
  CHECK(error.code == ErrorCode::unavailable);
  CHECK(error.http_status == 410);
}

TEST_CASE("a machine without an identity is a reason that says how it gets one") {
  ManagedIdentityFixture f;
  f.metadata->then(dated(400, R"({"error":"invalid_request","error_description":"Identity not found"})"));
  CHECK(f.reason() ==
        "169.254.169.254 refused (400): invalid_request: Identity not found; `az vm identity assign` gives a machine "
        "one");
}

TEST_CASE("a metadata service that is busy is asked again, and one that fails is an error") {
  ManagedIdentityFixture f;
  f.metadata->then(dated(429, "")).then(dated(200, token_reply("t")));
  CHECK(f.token().value == "t");
  f.metadata->then(dated(500, ""), 3);
  const Error error = error_of(f.look());
  CHECK(error.code == ErrorCode::unavailable);
  CHECK(error.message == "the managed identity at 169.254.169.254: it answered 500");
}

TEST_CASE("one that is reached but does not answer is a reason") {
  ManagedIdentityFixture f;
  f.metadata->then(testing::broken({.code = ErrorCode::timeout, .request_sent = true}), 3);
  CHECK(f.reason() == "169.254.169.254 does not answer");
}

TEST_CASE("what is no token is an error that shows nothing of it") {
  ManagedIdentityFixture f;
  for (const char* body :
       {"", "<html>", "{}", R"({"access_token":""})", R"({"access_token":"cktest-msi-3\n"})",
        R"({"access_token":"cktest-msi-3","expires_on":"soon"})", R"({"access_token":"cktest-msi-3","expires_on":-1})",
        R"({"access_token":"cktest-msi-3","access_token":"x"})"}) {
    f.metadata->then(dated(200, body));
    const Error error = error_of(f.look());
    CHECK_MESSAGE(error.code == ErrorCode::unauthenticated, body);
    CHECK(error.message.starts_with("the managed identity at 169.254.169.254: "));
  }
}

TEST_CASE("a call that is cancelled ends as cancelled") {
  ManagedIdentityFixture f;
  const auto context = Context::cancellable();
  context.cancel();
  f.metadata->then(unreachable());
  const auto found = azure::look_in_managed_identity({}, azure::kStorageResource, f.surroundings(), context);
  CHECK(error_of(found).code == ErrorCode::cancelled);
}
