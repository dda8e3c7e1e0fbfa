#include "http/request_check.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using http::HostKind;

namespace {

http::Request request_by(std::string scheme, std::string host) {
  http::Request request;
  request.scheme = std::move(scheme);
  request.host = std::move(host);
  return request;
}

}  // namespace

TEST_CASE("hosts are names or addresses with an optional port") {
  for (const char* host :
       {"objects.example", "my_bucket.s3.amazonaws.com:443", "10.0.0.1", "[2001:db8::1]:9000", "a"}) {
    CAPTURE(host);
    auto kind = http::classify_host(host);
    REQUIRE(kind);
    CHECK(*kind == HostKind::other);
  }
}

TEST_CASE("this machine and its metadata service are recognised") {
  for (const char* host : {"localhost", "LocalHost:80", "127.0.0.1:9000", "127.9.9.9", "[::1]:9000"}) {
    CAPTURE(host);
    CHECK(http::classify_host(host).value() == HostKind::loopback);
  }
  for (const char* host : {"169.254.169.254", "169.254.170.2", "[fd00:ec2::254]", "[fe80::1]"}) {
    CAPTURE(host);
    CHECK(http::classify_host(host).value() == HostKind::link_local);
  }
  for (const char* host :
       {"127.0.0.1.evil.example", "localhost.evil.example", "[::2]", "128.0.0.1", "[fd00:ec3::1]", "127.1x"}) {
    CAPTURE(host);
    CHECK(http::classify_host(host).value() == HostKind::other);
  }
}

TEST_CASE("what a URL would read as something else is no host") {
  for (const std::string host :
       {"",       "a@b",   "a/b",          "a#b",         "a?b",     "a b",   "a\r\nX: y",     "a\\b",
        "a%2fb",  "a:b@c", "a:",           "a:0",         "a:65536", "a:+1",  "a:000080",      "[::1",
        "[::1]x", "[]",    "[::1%25eth0]", "[127.0.0.1]", "[a:b]",   "127.1", "0x7f000001:80", "m\xC3\xBCnchen.example",
        ":80"}) {
    CAPTURE(host);
    auto kind = http::classify_host(host);
    REQUIRE_FALSE(kind);
    CHECK(kind.error().code == ErrorCode::invalid_argument);
    CHECK(kind.error().message.ends_with("\" is not a host name with an optional port"));
  }
  CHECK_FALSE(http::classify_host(std::string("a\0b", 3)));
  CHECK_FALSE(http::classify_host(std::string(300, 'a')));
}

TEST_CASE("plain http stays on this machine unless asked otherwise") {
  CHECK(http::check_request(request_by("http", "127.0.0.1:9000"), false));
  CHECK(http::check_request(request_by("https", "objects.example"), false));
  CHECK(http::check_request(request_by("http", "objects.example"), true));
  auto refused = http::check_request(request_by("http", "objects.example"), false);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::invalid_argument);
  CHECK(refused.error().message == "plain http to objects.example would show the data to everyone on the way");
  CHECK(refused.error().hint == "use https, or say allow_http when the network is trusted");
  CHECK_FALSE(http::check_request(request_by("http", "169.254.169.254"), false));
}

TEST_CASE("only http and https are spoken") {
  for (const char* scheme : {"file", "ftp", "gopher", "HTTP", "", "https:"}) {
    CAPTURE(scheme);
    auto refused = http::check_request(request_by(scheme, "localhost"), true);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message == "\"" + std::string(scheme) + "\" is not http or https");
  }
}

TEST_CASE("headers cannot smuggle lines, nor frame the request") {
  auto message_for = [](std::string name, std::string value) {
    auto request = request_by("https", "objects.example");
    request.headers.add(std::move(name), std::move(value));
    auto checked = http::check_request(request, false);
    return checked ? std::string("accepted") : checked.error().message;
  };
  CHECK(message_for("x-amz-meta-a", "caf\xC3\xA9\tb") == "accepted");
  CHECK(message_for("x-a", "secret\r\nEvil: 1") == "the value of header x-a has control characters");
  CHECK(message_for("x-a", std::string("a\0b", 3)) == "the value of header x-a has control characters");
  CHECK(message_for("x-a: b\r\nc", "") == "\"x-a: b??c\" cannot be a header's name");
  CHECK(message_for("", "v") == "\"\" cannot be a header's name");
  CHECK(message_for("Content-Length", "5") == "the header Content-Length is set by the transport");
  CHECK(message_for("transfer-encoding", "chunked") == "the header transfer-encoding is set by the transport");
  CHECK(message_for("Host", "evil.example") == "the header Host is set by the transport");
}

TEST_CASE("a path cannot become part of the host") {
  auto request = request_by("https", "objects.example");
  request.path = ".evil.example/";
  auto refused = http::check_request(request, false);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message == "a request's path begins with /");
}

TEST_CASE("an encoded path is one, and cannot become part of the host, of the query, or of the next line") {
  auto request = request_by("https", "objects.example");
  for (const char* good : {"/", "/b/o/a%2Fb", "/v1/x@y.test:generateAccessToken", "/a-._~!$&'()*+,;=:@"}) {
    request.encoded_path = good;
    CHECK_MESSAGE(http::check_request(request, false), good);
    CHECK(http::encode_target(request) == good);
  }
  for (const char* bad : {"@evil.example/x", ".evil.example/", ":81/", "a", "?a=b", "/a?b=c", "/a#b", "/a b",
                          "/a\r\nX: y", "/caf\xC3\xA9", "/a\\b", "/\x7F"}) {
    CAPTURE(bad);
    request.encoded_path = bad;
    const auto refused = http::check_request(request, false);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::invalid_argument);
    CHECK(refused.error().message == "a request's encoded_path begins with /, and is percent-encoded");
  }
}
