#include "aws/credentials/surroundings.h"

#include "core/time.h"
#include "environment.h"
#include "faults/scripted_server.h"
#include "http/metadata_transport.h"
#include "support/scripted_transport.h"
#include "support/stopwatch.h"

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <string>

using namespace cloudkit;
using namespace std::chrono_literals;
using testing::broken;
using testing::reply;
using testing::ScriptedTransport;

namespace {

const std::string kPlace = "the instance's metadata service 169.254.169.254: ";

std::string instance_keys(const std::string& code = "Success", const std::string& end = "2026-11-23T07:00:00Z") {
  return R"({"Code" : ")" + code +
         R"(","AccessKeyId" : "ASIAROLE","SecretAccessKey" : "cktest-instancemetadata-secret-1",)" +
         R"("Token" : "cktest-instancemetadata-token-1","Expiration" : ")" + end + "\"}";
}

struct InstanceMetadataFixture : ProfileEnvironment {
  std::shared_ptr<ScriptedTransport> service = std::make_shared<ScriptedTransport>();
  std::shared_ptr<http::Transport> transport = service;

  Result<aws::Lookup> look(const Context& context = {}) {
    aws::Surroundings surroundings{{view(), transport, {}}};
    surroundings.hooks.now = [] { return kNow; };
    surroundings.hooks.wait = [](const Context& waiting, std::chrono::milliseconds) { return waiting.check(); };
    const auto loaded = aws::load_profile_files(surroundings.environment).value();
    const auto profile = aws::choose_profile("", surroundings.environment, loaded).value();
    return aws::look_in_instance_metadata(profile, surroundings, context);
  }
  Credentials credentials() {
    auto lookup = look().value();
    REQUIRE_MESSAGE(lookup.credentials, lookup.reason);
    return *lookup.credentials;
  }
  std::string reason() {
    auto lookup = look().value();
    CHECK_FALSE(lookup.credentials);
    return lookup.reason;
  }
  Error error(const Context& context = {}) {
    const auto lookup = look(context);
    REQUIRE_FALSE(lookup);
    CHECK(lookup.error().to_string().find("cktest-instancemetadata-secret-1") == std::string::npos);
    return lookup.error();
  }
  // "PUT /path TOKEN" of each request.
  std::vector<std::string> sent() const {
    std::vector<std::string> lines;
    for (const auto& request : service->sent()) {
      lines.push_back(std::string(to_string(request.method)) + " " + http::encode_target(request) + " " +
                      std::string(request.headers.get("x-aws-ec2-metadata-token")));
    }
    return lines;
  }
};

using Lines = std::vector<std::string>;
const std::string kRoles = "/latest/meta-data/iam/security-credentials/";

}  // namespace

TEST_CASE("an instance gives the keys of its role for a token") {
  InstanceMetadataFixture f;
  f.service->then(reply(200, {}, "token-1==")).then(reply(200, {}, "web-server")).then(reply(200, {}, instance_keys()));
  const auto found = f.credentials();
  CHECK(found.access_key_id == "ASIAROLE");
  CHECK(found.secret_access_key == "cktest-instancemetadata-secret-1");
  CHECK(found.session_token == "cktest-instancemetadata-token-1");
  CHECK(found.expires == core::parse_rfc3339("2026-11-23T07:00:00Z"));
  CHECK(found.source == "the EC2 instance's role \"web-server\"");
  CHECK(f.sent() ==
        Lines{"PUT /latest/api/token ", "GET " + kRoles + " token-1==", "GET " + kRoles + "web-server token-1=="});

  const auto put = f.service->sent().at(0);
  CHECK(put.scheme == "http");
  CHECK(put.host == "169.254.169.254");
  CHECK(put.headers.get("x-aws-ec2-metadata-token-ttl-seconds") == "21600");
}

TEST_CASE("the metadata service can be switched off and moved, and its role be named") {
  InstanceMetadataFixture f;
  f.variables["AWS_EC2_METADATA_DISABLED"] = "True";
  CHECK(f.reason() == "AWS_EC2_METADATA_DISABLED is true");
  CHECK(f.sent().empty());

  f.variables["AWS_EC2_METADATA_DISABLED"] = "false";
  f.variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = "http://localhost:1338/base/";
  f.variables["AWS_EC2_INSTANCE_PROFILE_NAME"] = "named";
  f.service->then(reply(200, {}, "t")).then(reply(200, {}, instance_keys()));
  CHECK(f.credentials().source == "the EC2 instance's role \"named\"");
  CHECK(f.sent() == Lines{"PUT /base/latest/api/token ", "GET /base" + kRoles + "named t"});
  CHECK(f.service->sent().at(1).host == "localhost:1338");

  f.variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = "nonsense";
  CHECK(f.error().code == ErrorCode::invalid_argument);
}

TEST_CASE("a role that is named but cannot be one is an error, before anything is sent") {
  InstanceMetadataFixture f;
  f.config("[default]\nec2_instance_profile_name = ../user-data\n");
  const Error error = f.error();
  CHECK(error.code == ErrorCode::invalid_argument);
  CHECK(error.message == "\"../user-data\" cannot be the role of an EC2 instance");
  CHECK(error.hint == "it comes from AWS_EC2_INSTANCE_PROFILE_NAME, or from ec2_instance_profile_name of the profile");
  CHECK(f.sent().empty());
}

TEST_CASE("IMDS 401 on token expiry: a new token is fetched, once a request") {
  InstanceMetadataFixture f;
  f.service->then(reply(200, {}, "old"))
      .then(reply(200, {}, "web-server"))
      .then(reply(401))
      .then(reply(200, {}, "new"))
      .then(reply(200, {}, instance_keys()));
  CHECK(f.credentials().access_key_id == "ASIAROLE");
  CHECK(f.sent() == Lines{"PUT /latest/api/token ", "GET " + kRoles + " old", "GET " + kRoles + "web-server old",
                          "PUT /latest/api/token ", "GET " + kRoles + "web-server new"});

  InstanceMetadataFixture g;
  g.service->then(reply(200, {}, "old")).then(reply(401)).then(reply(200, {}, "new")).then(reply(401));
  const Error error = g.error();
  CHECK(error.code == ErrorCode::unauthenticated);
  CHECK(error.message == kPlace + "it answered 401");
  CHECK(g.sent().size() == 4);
}

TEST_CASE("a machine that is none of EC2 is a reason, found at the first attempt") {
  InstanceMetadataFixture f;
  f.service->then(broken({.request_sent = false}));
  CHECK(f.reason() == "not on EC2: connection reset");
  f.service->then(broken({.code = ErrorCode::timeout, .request_sent = false}));
  CHECK(f.reason() == "not on EC2: connection reset");
  CHECK(f.sent().size() == 2);
}

TEST_CASE("a service that refuses to give a token is a reason, and version 1 is not tried") {
  for (const int status : {400, 403, 404, 405}) {
    CAPTURE(status);
    InstanceMetadataFixture f;
    f.service->then(reply(status, {}, "<html>"));
    CHECK(f.reason() == "169.254.169.254 answered " + std::to_string(status) + ": it is switched off, or not EC2's");
    CHECK(f.sent() == Lines{"PUT /latest/api/token "});
  }
}

TEST_CASE("a service that takes connections but does not answer is a hop too far away, after three attempts") {
  InstanceMetadataFixture f;
  f.service->then(broken({.code = ErrorCode::timeout}), 3);
  CHECK(f.reason() ==
        "169.254.169.254 does not answer; in a container of an EC2 instance it does once the instance's metadata "
        "response hop limit is 2");
  CHECK(f.sent().size() == 3);
}

TEST_CASE("an instance without a role is a reason") {
  InstanceMetadataFixture f;
  f.service->then(reply(200, {}, "t")).then(reply(404, {}, "<html>"));
  CHECK(f.reason() == "the EC2 instance has no role");
  f.service->then(reply(200, {}, "t")).then(reply(200, {}, "\n"));
  CHECK(f.reason() == "the EC2 instance has no role");
  f.variables["AWS_EC2_INSTANCE_PROFILE_NAME"] = "named";
  f.service->then(reply(200, {}, "t")).then(reply(404, {}, "<html>"));
  CHECK(f.reason() == "the EC2 instance has no role \"named\"");
}

TEST_CASE("each step is tried again while the service is busy; what stays so is an error") {
  InstanceMetadataFixture f;
  f.service->then(reply(503)).then(reply(200, {}, "t"));
  f.service->then(reply(503)).then(reply(200, {}, "web-server"));
  f.service->then(reply(503)).then(reply(503)).then(reply(200, {}, instance_keys()));
  CHECK(f.credentials().access_key_id == "ASIAROLE");
  CHECK(f.sent().size() == 7);

  f.service->then(reply(500), 3);
  Error error = f.error();
  CHECK(error.code == ErrorCode::unavailable);
  CHECK(error.message == kPlace + "it answered 500");
  CHECK(error.attempts == 3);

  // Nothing is signed here, so a clock that is far off is no reason to ask again.
  f.service->then(reply(200, {}, "t")).then(reply(403, {{"Date", "Sun, 06 Nov 1994 08:49:37 GMT"}}));
  error = f.error();
  CHECK(error.code == ErrorCode::unauthenticated);
  CHECK(error.http_status == 403);
  CHECK(error.attempts == 1);
}

TEST_CASE("keys that have expired, as an instance hands them out in an outage, serve for ten minutes more") {
  InstanceMetadataFixture f;
  f.service->then(reply(200, {}, "t"))
      .then(reply(200, {}, "web-server"))
      .then(reply(200, {}, instance_keys("Success", "2026-11-22T00:00:00Z")));
  const auto found = f.credentials();
  CHECK(found.access_key_id == "ASIAROLE");
  CHECK(found.expires == kNow + 10min);
}

TEST_CASE("the end of an instance's keys is by the service's clock, whatever this machine's says") {
  InstanceMetadataFixture f;
  // There it is eight hours later, and the keys live for six more.
  f.service->then(reply(200, {}, "t"))
      .then(reply(200, {}, "web-server"))
      .then(reply(200, {{"Date", "Mon, 23 Nov 2026 09:00:00 GMT"}}, instance_keys("Success", "2026-11-23T15:00:00Z")));
  CHECK(f.credentials().expires == kNow + 6h);
}

TEST_CASE("a metadata service that lies gives a clear error") {
  InstanceMetadataFixture f;
  const auto message = [&] {
    const Error error = f.error();
    CHECK(error.code == ErrorCode::unauthenticated);
    return error.message;
  };
  for (const char* token : {"", "cktest-instancemetadata-secret-1\r\nHost: evil.example", "<html>\n</html>"}) {
    CAPTURE(token);
    f.service->then(reply(200, {}, token));
    CHECK(message() == kPlace + "what it sent for a token is none");
  }
  for (const std::string role :
       {"../../user-data", "a b", "two\nroles", "cktest-instancemetadata-secret-1\r\nX: y", "<html>"}) {
    CAPTURE(role);
    f.service->then(reply(200, {}, "t")).then(reply(200, {}, role));
    CHECK(message() == kPlace + "what it sent for a role's name is none");
  }
  const auto with_keys = [&](const std::string& json) {
    f.service->then(reply(200, {}, "t")).then(reply(200, {}, "web-server")).then(reply(200, {}, json));
    return message();
  };
  CHECK(with_keys("cktest-instancemetadata-secret-1") == kPlace + "not JSON: unexpected text at byte 1");
  CHECK(with_keys("[]") == kPlace + "the JSON is not an object");
  CHECK(with_keys(instance_keys("AssumeRoleUnauthorizedAccess")) ==
        kPlace + "its code is not Success, but AssumeRoleUnauthorizedAccess");
  CHECK(with_keys(instance_keys("Success", "never")) ==
        kPlace + "Expiration is not a time such as 2026-11-23T01:00:00Z");
}

TEST_CASE("over a real socket: keys, no server, and a reply that is too large") {
  InstanceMetadataFixture f;
  f.transport = http::make_metadata_transport(30s);
  {
    faults::ScriptedServer server;
    f.variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = "http://" + server.host();
    server.then(faults::reply(200, "token-1=="));
    server.then(faults::reply(200, "web-server"));
    server.then(faults::reply(200, instance_keys()));
    CHECK(f.credentials().access_key_id == "ASIAROLE");
    const auto requests = server.requests();
    REQUIRE(requests.size() == 3);
    CHECK(requests[0].starts_with("PUT /latest/api/token HTTP/1.1\r\n"));
    CHECK(requests[0].find("\r\nX-aws-ec2-metadata-token-ttl-seconds: 21600\r\n") != std::string::npos);
    CHECK(requests[2].starts_with("GET " + kRoles + "web-server HTTP/1.1\r\n"));
    CHECK(requests[2].find("\r\nX-aws-ec2-metadata-token: token-1==\r\n") != std::string::npos);

    server.then("HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n" + std::string(70'000, 'x'));
    CHECK(f.error().message.ends_with(" is larger than 65536 bytes"));
    server.then({faults::send("this is not HTTP\r\n\r\n"), faults::close()});
    CHECK(f.error().code == ErrorCode::unauthenticated);
  }
  CHECK(f.reason().starts_with("not on EC2: cannot connect to 127.0.0.1:"));
}

TEST_CASE("an address from which nothing comes back costs a second, not three") {
  // Its queue of connections is full, so the kernel answers no more of them.
  const faults::Socket listener = faults::listen_on_loopback(0);
  const auto fills_the_queue = faults::connect_to_loopback(faults::port_of(listener));
  const std::string host = "127.0.0.1:" + std::to_string(faults::port_of(listener));
  InstanceMetadataFixture f;
  const auto tries = std::make_shared<ScriptedTransport>(
      [real = http::make_metadata_transport()](const http::Request& request, http::BodyReceiver* receiver,
                                               const Context& context) {
        return real->send(request, receiver, context);
      });
  f.transport = tries;
  f.variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = "http://" + host;
  const auto start = std::chrono::steady_clock::now();
  CHECK(f.reason() == "not on EC2: the connect timeout passed while connecting to " + host);
  // Not measured, as a busy machine may take seconds more: one try, and its limit.
  CHECK(tries->sent().size() == 1);
  CHECK(http::metadata_transport_options().connect_timeout == 1s);
  CHECK(std::chrono::steady_clock::now() - start < ::test::kSoon);
}

TEST_CASE("IMDS hang within deadline: the caller's limits end a silent service") {
  faults::ScriptedServer server;
  server.always({faults::stall()});
  InstanceMetadataFixture f;
  f.transport = http::make_metadata_transport();
  f.variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = "http://" + server.host();
  const auto start = std::chrono::steady_clock::now();
  const Error late = f.error(Context::with_timeout(200ms));
  CHECK(late.code == ErrorCode::timeout);
  CHECK(std::chrono::steady_clock::now() - start < ::test::kSoon);

  const auto context = Context::cancellable();
  context.cancel();
  CHECK(f.error(context).code == ErrorCode::cancelled);
}
