#include "aws/credentials/surroundings.h"

#include "core/time.h"
#include "environment.h"
#include "faults/scripted_server.h"
#include "http/metadata_transport.h"
#include "support/scripted_transport.h"

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <string>

using namespace cloudkit;
using namespace std::chrono_literals;
using testing::reply;

namespace {

std::string task_keys(const std::string& id = "ASIATASK", const std::string& end = "2026-11-23T07:00:00Z") {
  return R"({"RoleArn":"arn:aws:iam::123456789012:role/task","AccessKeyId":")" + id +
         R"(","SecretAccessKey":"cktest-container-secret-1","Token":"cktest-container-token-1","AccountId":"123456789012","Expiration":")" +
         end + "\"}";
}

struct ContainerFixture : ProfileEnvironment {
  std::shared_ptr<testing::ScriptedTransport> service = std::make_shared<testing::ScriptedTransport>();
  std::shared_ptr<http::Transport> transport = service;
  std::vector<std::chrono::milliseconds> waits = {};

  ContainerFixture() { variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://169.254.170.23/v1/credentials"; }

  Result<aws::Lookup> look(const Context& context = {}) {
    aws::Surroundings surroundings{{view(), transport, {}}};
    surroundings.hooks.now = [] { return kNow; };
    surroundings.hooks.jitter = [] { return 1.0; };
    surroundings.hooks.wait = [this](const Context&, std::chrono::milliseconds duration) {
      waits.push_back(duration);
      return Status();
    };
    return aws::look_in_container(surroundings, context);
  }
  Credentials credentials() {
    auto lookup = look().value();
    REQUIRE_MESSAGE(lookup.credentials, lookup.reason);
    return *lookup.credentials;
  }
  Error error() {
    const auto lookup = look();
    REQUIRE_FALSE(lookup);
    CHECK(lookup.error().to_string().find("cktest-container-secret-1") == std::string::npos);
    return lookup.error();
  }
  std::string authorization(std::size_t request) {
    return std::string(service->sent().at(request).headers.get("authorization"));
  }
};

}  // namespace

TEST_CASE("a machine without a container's variables is passed by, without a request") {
  ContainerFixture f;
  f.variables.erase("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  const auto lookup = f.look();
  REQUIRE(lookup);
  CHECK_FALSE(lookup->credentials);
  CHECK(lookup->reason == "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and AWS_CONTAINER_CREDENTIALS_FULL_URI are not set");
  CHECK(f.service->sent().empty());
}

TEST_CASE("a container's endpoint gives the keys of its role") {
  ContainerFixture f;
  f.variables["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/v2/credentials?id=7";
  f.service->then(reply(200, {}, task_keys()));
  const auto found = f.credentials();
  CHECK(found.access_key_id == "ASIATASK");
  CHECK(found.secret_access_key == "cktest-container-secret-1");
  CHECK(found.session_token == "cktest-container-token-1");
  CHECK(found.account_id == "123456789012");
  CHECK(found.expires == core::parse_rfc3339("2026-11-23T07:00:00Z"));
  CHECK(found.source == "the container's endpoint 169.254.170.2");

  const auto sent = f.service->sent();
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].method == http::Method::get);
  CHECK(sent[0].scheme == "http");
  CHECK(sent[0].host == "169.254.170.2");
  CHECK(http::encode_target(sent[0]) == "/v2/credentials?id=7");
  CHECK(sent[0].headers.get("accept") == "application/json");
  CHECK_FALSE(sent[0].headers.contains("authorization"));
}

TEST_CASE("the token of a variable is shown; that of a file goes before it") {
  ContainerFixture f;
  f.service->then(reply(200, {}, task_keys()), 2);
  f.variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "Basic dG9rZW4=";
  f.credentials();
  CHECK(f.authorization(0) == "Basic dG9rZW4=");
  f.variables["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = "/token";
  f.files["/token"] = "of-the-file\n";
  f.credentials();
  CHECK(f.authorization(1) == "of-the-file");
}

TEST_CASE("container token file rotated between refreshes: the next lookup shows the new one") {
  ContainerFixture f;
  f.service->then(reply(200, {}, task_keys("ASIAFIRST"))).then(reply(200, {}, task_keys("ASIASECOND")));
  f.variables["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = "/token";
  f.files["/token"] = "first";
  CHECK(f.credentials().access_key_id == "ASIAFIRST");
  f.files["/token"] = "second";
  CHECK(f.credentials().access_key_id == "ASIASECOND");
  CHECK(f.authorization(0) == "first");
  CHECK(f.authorization(1) == "second");
}

TEST_CASE("a token that cannot be shown is an error, before anything is sent") {
  ContainerFixture f;
  f.variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "cktest-container-secret-1\r\nHost: evil.example";
  CHECK(f.error().message == "the token in AWS_CONTAINER_AUTHORIZATION_TOKEN has control characters");
  f.variables["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = "/token";
  const Error missing = f.error();
  CHECK(missing.code == ErrorCode::unauthenticated);
  CHECK(missing.message == "read /token: No such file or directory");
  CHECK(missing.hint ==
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE and AWS_CONTAINER_AUTHORIZATION_TOKEN say what the container's "
        "endpoint is shown");
  f.files["/token"] = "(broken)";
  CHECK(f.error().message == "read /token: Input/output error");
  f.files["/token"] = " \n";
  CHECK(f.error().message == "the token in /token is empty");
  f.files["/token"] = "cktest-container-secret-1\nSECRET";
  CHECK(f.error().message == "the token in /token has control characters");
  f.files["/token"] = std::string(100'000, 'x');
  CHECK(f.error().message == "the token in /token has more than 65536 bytes");
  CHECK(f.service->sent().empty());
}

TEST_CASE("a URL that keys must not come from is an error, before anything is sent") {
  ContainerFixture f;
  f.variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://keys.example/x";
  CHECK(f.error().code == ErrorCode::invalid_argument);
  CHECK(f.service->sent().empty());
}

TEST_CASE("a refusal says its code, not its message, and never looks like a missing object") {
  ContainerFixture f;
  f.variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "cktest-container-secret-1";
  f.service->then(
      reply(400, {}, R"({"code":"ExpiredTokenException","message":"cktest-container-secret-1 is expired"})"));
  Error error = f.error();
  CHECK(error.code == ErrorCode::unauthenticated);
  CHECK(error.message == "the container's endpoint 169.254.170.23: it answered 400");
  CHECK(error.service_code == "ExpiredTokenException");
  CHECK(error.http_status == 400);
  CHECK(error.attempts == 1);

  for (const int status : {301, 401, 403, 404, 405}) {
    CAPTURE(status);
    f.service->then(reply(status, {}, "cktest-container-secret-1"));
    error = f.error();
    CHECK(error.code == ErrorCode::unauthenticated);
    CHECK(error.http_status == status);
    CHECK(error.service_code.empty());
    CHECK(error.attempts == 1);
  }
}

TEST_CASE("an endpoint that is busy is asked three times") {
  ContainerFixture f;
  f.service->then(reply(503)).then(reply(429)).then(reply(200, {}, task_keys()));
  CHECK(f.credentials().access_key_id == "ASIATASK");
  CHECK(f.waits == std::vector{50ms, 2000ms});

  f.service->then(reply(500), 3);
  const Error error = f.error();
  CHECK(error.code == ErrorCode::unavailable);
  CHECK(error.retryable);
  CHECK(error.attempts == 3);
  CHECK(f.service->sent().size() == 6);
}

TEST_CASE("an endpoint that lies gives a clear error") {
  ContainerFixture f;
  const std::string place = "the container's endpoint 169.254.170.23: ";
  f.service->then(reply(200, {}, "<html>cktest-container-secret-1"));
  CHECK(f.error().message == place + "not JSON: unexpected text at byte 1");
  f.service->then(reply(200));
  CHECK(f.error().message == place + "the reply is empty where JSON was expected");
  f.service->then(reply(200, {}, task_keys("A\\r\\nX: cktest-container-secret-1")));
  CHECK(f.error().message == place + "AccessKeyId has control characters");
  f.service->then(reply(200, {}, task_keys("ASIATASK", "2026-11-23T00:00:00Z")));
  const Error expired = f.error();
  CHECK(expired.code == ErrorCode::unauthenticated);
  CHECK(expired.message == place + "the keys expired at 2026-11-23T00:00:00Z");
}

TEST_CASE("over a real socket: keys, a reply without end, and no server") {
  ContainerFixture f;
  f.transport = http::make_metadata_transport(30s);
  {
    faults::ScriptedServer server;
    f.variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://" + server.host() + "/creds?a=b";
    f.variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "token-1";
    server.then(faults::reply(200, task_keys()));
    CHECK(f.credentials().access_key_id == "ASIATASK");
    const auto request = server.requests().at(0);
    CHECK(request.starts_with("GET /creds?a=b HTTP/1.1\r\n"));
    CHECK(request.find("\r\nAuthorization: token-1\r\n") != std::string::npos);

    server.then("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n" + std::string(100'000, ' '));
    CHECK(f.error().message == "the container's endpoint " + server.host() + ": the reply of " + server.host() +
                                   " is larger than 65536 bytes");
  }
  const Error error = f.error();
  CHECK(error.code == ErrorCode::unavailable);
  CHECK(error.message.find("Connection refused") != std::string::npos);
  CHECK(error.attempts == 3);
}
