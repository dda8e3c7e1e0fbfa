// From a handle through a real proxy and TLS to the service, and what a caller reads when that fails.
#include "faults/scripted_server.h"
#include "faults/tinyproxy.h"

#include <cloudkit/aws.h>

#include <doctest/doctest.h>

using namespace cloudkit;
using faults::reply;
using faults::ScriptedServer;
using faults::Tinyproxy;

namespace {

const std::string kPassword = "cktest-wireproxy-secret-90de";

struct ProxyFixture {
  faults::TestAuthority authority;
  ScriptedServer server{tls()};
  std::string host = "objects.test:" + std::to_string(server.port());
  Tinyproxy proxy{{"ada", kPassword, "objects.test=127.0.0.1", ""}};

  faults::ServerOptions tls() const {
    faults::ServerOptions options;
    options.tls = authority.issue({"objects.test", "", false});
    return options;
  }
  Bucket bucket(const std::string& proxy_url) const {
    aws::S3Options options;
    options.endpoint = "https://" + host;
    options.region = "us-east-1";
    options.credentials = aws::explicit_credentials({"AKIDWIRE", "cktest-wire-secret-77aa", "", {}, "the test"});
    options.retry.base_delay = std::chrono::milliseconds(1);
    options.transport.ca_file = authority.ca_file();
    options.transport.proxy = proxy_url;
    return aws::make_s3_store(options).value().bucket("bucket").value();
  }
};

}  // namespace

TEST_CASE_FIXTURE(ProxyFixture, "a put through a proxy that wants a password") {
  server.then(reply(200, "", "ETag: \"e1\"\r\n"));
  CHECK(bucket("http://ada:" + kPassword + "@" + proxy.host()).put("k", "data").value().token == "e1");
  REQUIRE(server.requests().size() == 1);
  CHECK(server.requests().front().starts_with("PUT /bucket/k HTTP/1.1\r\nHost: " + host + "\r\n"));
}

TEST_CASE_FIXTURE(ProxyFixture, "a put that the proxy refuses is not tried again, and did not happen") {
  const auto put = bucket("http://" + proxy.host()).put("k", "data");
  REQUIRE_FALSE(put);
  CHECK(put.error().to_string() == "put s3://bucket/k: unauthenticated after 1 attempt, " + host + ": the proxy " +
                                       proxy.host() + " wants a user and a password (407)\n" +
                                       "  hint: write them into the option proxy: http://USER:PASSWORD@" +
                                       proxy.host());
  CHECK_FALSE(put.error().may_have_happened);
  CHECK(server.requests().empty());
}

TEST_CASE_FIXTURE(ProxyFixture, "a proxy that is gone is named after the last attempt") {
  const std::string nobody = "127.0.0.1:" + std::to_string(faults::port_of(faults::listen_on_loopback()));
  const auto put = bucket("http://ada:" + kPassword + "@" + nobody).put("k", "data");
  REQUIRE_FALSE(put);
  CHECK(put.error().to_string() ==
        "put s3://bucket/k: unavailable after 4 attempts, " + host + ": cannot connect to the proxy " + nobody +
            ": Connection refused\n  hint: the proxy comes from the option proxy; the option no_proxy lists the hosts "
            "that are reached without it");
  CHECK_FALSE(put.error().may_have_happened);
}
