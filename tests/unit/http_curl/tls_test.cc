#include "faults/scripted_server.h"
#include "support.h"
#include "support/stopwatch.h"
#include "support/temporary_directory.h"

#include <doctest/doctest.h>

#include <fstream>
#include <string>

using namespace cloudkit;
using namespace http_curl;
using faults::CertificateRequest;
using faults::ScriptedServer;
using faults::ServerOptions;
using faults::TestAuthority;

namespace {

// A global that outlives main with a kept TLS connection: OpenSSL must not be gone when it ends.
TestAuthority& global_authority() {
  static TestAuthority authority;
  return authority;
}
const std::shared_ptr<http::Transport> kGlobalTransport = http::make_curl_transport();

ServerOptions tls_server(const TestAuthority& authority, const CertificateRequest& request = {}) {
  ServerOptions options;
  options.tls = authority.issue(request);
  return options;
}

http::TransportOptions trusting(const TestAuthority& authority) {
  auto options = test_options();
  options.ca_file = authority.ca_file();
  return options;
}

http::Request https_to(const std::string& host) {
  auto request = request_to(host);
  request.scheme = "https";
  return request;
}

// The error of one attempt that must not send a byte of the request.
Error refused(const ScriptedServer& server, const http::TransportOptions& options) {
  const auto exchange = http::make_curl_transport(options)->send(https_to(server.host()), nullptr, {});
  CHECK_FALSE(exchange.request_sent);
  CHECK(server.requests().empty());
  return exchange.status ? Error{} : exchange.status.error();
}

}  // namespace

TEST_CASE("TLS works with a private authority, and keeps its connection") {
  const TestAuthority authority;
  ScriptedServer server(tls_server(authority));
  const std::string data = pattern(1'000'000);
  server.always(faults::reply(200, data));
  const auto transport = http::make_curl_transport(trusting(authority));
  for (int i = 0; i < 3; ++i) {
    const auto exchange = transport->send(https_to(server.host()), nullptr, {});
    REQUIRE(exchange.status);
    CHECK((exchange.response.body == data));
    CHECK(exchange.connection_reused == (i > 0));
  }
  CHECK(server.connections() == 1);
}

TEST_CASE("a large upload over TLS arrives whole") {
  const TestAuthority authority;
  ScriptedServer server(tls_server(authority));
  server.always(faults::reply(200));
  auto request = https_to(server.host());
  request.method = http::Method::put;
  const TestSource source(pattern(3'000'000));
  request.source = &source;
  REQUIRE(http::make_curl_transport(trusting(authority))->send(request, nullptr, {}).status);
  CHECK((body_of(server.requests().front()) == pattern(3'000'000)));
}

TEST_CASE("a global transport may keep a TLS connection until the process ends") {
  ScriptedServer server(tls_server(global_authority()));
  server.always(faults::reply(200));
  const ScopedVariable trust("AWS_CA_BUNDLE", global_authority().ca_file().c_str());
  CHECK(kGlobalTransport->send(https_to(server.host()), nullptr, {}).status);
}

TEST_CASE("an expired certificate is refused by name before a byte is sent (row 21)") {
  const TestAuthority authority;
  CertificateRequest expired;
  expired.expired = true;
  ScriptedServer server(tls_server(authority, expired));
  const Error error = refused(server, trusting(authority));
  CHECK(error.code == ErrorCode::unavailable);
  CHECK_FALSE(error.retryable);
  CHECK(error.message == "TLS: the certificate of " + server.host() +
                             " is not accepted: SSL certificate problem: certificate has expired");
  CHECK(error.hint == "it has to be renewed, unless this machine's clock is wrong");
}

TEST_CASE("a certificate for another host is refused before a byte is sent (row 22)") {
  const TestAuthority authority;
  ScriptedServer server(tls_server(authority, {"other.example", "", false}));
  const Error error = refused(server, trusting(authority));
  CHECK(error.code == ErrorCode::unavailable);
  CHECK_FALSE(error.retryable);
  CHECK(error.message.find("TLS: the certificate of " + server.host() + " is not accepted: SSL: no alternative") == 0);
  CHECK(error.hint == "it is another host's: is the endpoint right?");
}

TEST_CASE("an unknown authority is refused before a byte is sent (row 23)") {
  const TestAuthority ours, theirs("somebody else");
  ScriptedServer server(tls_server(theirs));
  const Error error = refused(server, trusting(ours));
  CHECK(error.code == ErrorCode::unavailable);
  CAPTURE(error);
  CHECK_FALSE(error.retryable);
  CHECK(error.message.find("TLS: the certificate of") == 0);
  CHECK(error.hint == "for a private authority, name its certificate by ca_file or AWS_CA_BUNDLE");
}

TEST_CASE("an authority of the right name with the wrong key is refused before a byte is sent") {
  const TestAuthority ours, impostor;
  ScriptedServer server(tls_server(impostor));
  const Error error = refused(server, trusting(ours));
  CHECK(error.code == ErrorCode::unavailable);
  CHECK_FALSE(error.retryable);
  CHECK(error.message.find("TLS") != std::string::npos);
}

TEST_CASE("a CA bundle that holds no certificate is named as such") {
  const TestAuthority authority;
  ScriptedServer server(tls_server(authority));
  auto options = test_options();
  options.ca_file = CLOUDKIT_TEST_DATA "/checksums.json";
  const Error error = refused(server, options);
  CHECK(error.code == ErrorCode::unavailable);
  CHECK_FALSE(error.retryable);
  CHECK(error.message.find("TLS: the CA bundle cannot be used: ") == 0);
  CHECK(error.hint == "ca_file, or else AWS_CA_BUNDLE, has to name a file of certificates in PEM");
}

TEST_CASE("TLS 1.1 is not spoken (row 24)") {
  const TestAuthority authority;
  auto options = tls_server(authority);
  options.tls_1_1_only = true;
  ScriptedServer server(options);
  const Error error = refused(server, trusting(authority));
  CHECK(error.code == ErrorCode::unavailable);
  CHECK_FALSE(error.retryable);
  CHECK(error.message.find("the TLS handshake with " + server.host() + " failed") == 0);
  CHECK(error.hint == "cloudkit speaks TLS 1.2 and 1.3: " + server.host() + " has to learn one of them");
}

TEST_CASE("plain HTTP where TLS was expected is named (row 20)") {
  const TestAuthority authority;
  ScriptedServer server;
  server.on_connect({faults::send("HTTP/1.1 400 Bad Request\r\n\r\n"), faults::stall()});
  const Error error = refused(server, trusting(authority));
  CHECK(error.code == ErrorCode::unavailable);
  CHECK_FALSE(error.retryable);
  CHECK(error.message.find("the TLS handshake with " + server.host() + " failed") == 0);
  CHECK(error.hint == "does " + server.host() + " speak plain http? then use http://");
}

TEST_CASE("a handshake that stalls ends with the connect timeout (row 19)") {
  const TestAuthority authority;
  ScriptedServer server(tls_server(authority));
  server.on_connect({faults::stall()});
  auto options = trusting(authority);
  options.connect_timeout = 300ms;
  const auto start = std::chrono::steady_clock::now();
  const Error error = refused(server, options);
  CHECK(elapsed_since(start) < ::test::kSoon);
  CHECK(error.code == ErrorCode::timeout);
  CHECK(error.retryable);
  CHECK(error.message == "the connect timeout passed while in the TLS handshake with " + server.host());
}

TEST_CASE("a connection that breaks in the handshake is worth another try") {
  const TestAuthority authority;
  for (const auto& end : {faults::reset(), faults::drop()}) {
    ScriptedServer server(tls_server(authority));
    server.on_connect({end});
    const Error error = refused(server, trusting(authority));
    CHECK(error.code == ErrorCode::unavailable);
    CHECK(error.retryable);
  }
}

TEST_CASE("a TLS stream cut without close_notify is no success (row 25)") {
  const TestAuthority authority;
  ScriptedServer server(tls_server(authority));
  const auto transport = http::make_curl_transport(trusting(authority));
  server.then({faults::send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"), faults::drop()});
  Collector with_length;
  auto exchange = transport->send(https_to(server.host()), &with_length, {});
  REQUIRE_FALSE(exchange.status);
  CHECK(exchange.status.error().code == ErrorCode::unavailable);
  CHECK(exchange.status.error().retryable);
  CHECK(with_length.body == "hello");
  server.then({faults::send("HTTP/1.1 200 OK\r\n\r\nhello"), faults::drop()});
  exchange = transport->send(https_to(server.host()), nullptr, {});
  REQUIRE_FALSE(exchange.status);
  CHECK(exchange.status.error().code == ErrorCode::unavailable);
  CHECK(exchange.status.error().retryable);
}

namespace {

// What a program shows to servers that want to know it.
struct ClientFiles {
  ::test::TemporaryDirectory directory;
  std::string certificate = directory.file("client.pem");
  std::string key = directory.file("client.key");

  explicit ClientFiles(const TestAuthority& authority) {
    const auto issued = authority.issue({"client.example", "", false});
    std::ofstream(certificate) << issued.certificate_pem;
    std::ofstream(key) << issued.key_pem;
  }
  http::TransportOptions add_to(http::TransportOptions options) const {
    options.client_certificate = certificate;
    options.client_key = key;
    return options;
  }
};

ServerOptions asking(const TestAuthority& authority, bool tls_1_2) {
  auto options = tls_server(authority);
  options.client_ca_file = authority.ca_file();
  options.tls_1_2_only = tls_1_2;
  return options;
}

}  // namespace

TEST_CASE("a client certificate lets in whom the server knows") {
  const TestAuthority authority;
  const ClientFiles files(authority);
  for (const bool tls_1_2 : {true, false}) {
    ScriptedServer server(asking(authority, tls_1_2));
    server.always(faults::reply(200, "welcome"));
    const auto transport = http::make_curl_transport(files.add_to(trusting(authority)));
    CHECK(transport->send(https_to(server.host()), nullptr, {}).response.body == "welcome");
    CHECK(transport->send(https_to(server.host()), nullptr, {}).connection_reused);
  }
}

TEST_CASE("certificate and key may be in one file") {
  const TestAuthority authority;
  const ClientFiles files(authority);
  std::ofstream(files.certificate, std::ios::app) << std::ifstream(files.key).rdbuf();
  ScriptedServer server(asking(authority, false));
  server.always(faults::reply(200, "welcome"));
  auto options = trusting(authority);
  options.client_certificate = files.certificate;
  CHECK(http::make_curl_transport(options)->send(https_to(server.host()), nullptr, {}).response.body == "welcome");
}

TEST_CASE("a server that wants a client certificate, or another one, is not asked again and again") {
  const TestAuthority authority, other("somebody else");
  const ClientFiles foreign(other);
  for (const bool tls_1_2 : {true, false}) {
    for (const auto& options : {trusting(authority), foreign.add_to(trusting(authority))}) {
      CAPTURE(tls_1_2);
      CAPTURE(options.client_certificate);
      ScriptedServer server(asking(authority, tls_1_2));
      server.always(faults::reply(200, "welcome"));
      const auto exchange = http::make_curl_transport(options)->send(https_to(server.host()), nullptr, {});
      REQUIRE_FALSE(exchange.status);
      const Error& error = exchange.status.error();
      CAPTURE(error);
      CHECK_FALSE(error.retryable);
      CHECK(error.message.find("TLS") != std::string::npos);
      CHECK(server.requests().empty());
      if (!tls_1_2 && options.client_certificate.empty()) {
        CHECK(error.code == ErrorCode::unauthenticated);
        CHECK(error.message == "TLS: " + server.host() + " wants a client certificate");
        CHECK(error.hint == "name its file by TransportOptions::client_certificate");
      } else if (options.client_certificate.empty()) {
        CHECK(error.hint.find("does " + server.host() + " want a client certificate?") == 0);
      } else {
        CHECK(error.hint == server.host() + " does not accept this program's client certificate");
      }
    }
  }
}

TEST_CASE("client files that cannot be used are named before anything is sent") {
  const TestAuthority authority;
  const ClientFiles files(authority), others(authority);
  ScriptedServer server(asking(authority, false));
  auto options = files.add_to(trusting(authority));

  options.client_certificate = "/nonexistent/client.pem";
  Error error = refused(server, options);
  CHECK(error.code == ErrorCode::invalid_argument);
  CHECK(error.message ==
        "the client certificate \"/nonexistent/client.pem\" named by the option client_certificate "
        "cannot be read: No such file or directory");
  options = files.add_to(options);
  options.client_key = "/nonexistent/client.key";
  error = refused(server, options);
  CHECK(error.code == ErrorCode::invalid_argument);
  CHECK(error.message.find("the client key \"/nonexistent/client.key\" named by the option client_key") == 0);
  options.client_certificate.clear();
  error = refused(server, options);
  CHECK(error.code == ErrorCode::invalid_argument);
  CHECK(error.message == "the option client_key needs client_certificate beside it");
  CHECK(server.connections() == 0);

  const auto unusable = [&](const std::string& certificate, const std::string& key) {
    options.client_certificate = certificate;
    options.client_key = key;
    error = refused(server, options);
    CAPTURE(error);
    CHECK(error.code == ErrorCode::invalid_argument);
    CHECK_FALSE(error.retryable);
    CHECK(error.message.find("TLS: the client certificate or its key cannot be used") == 0);
    CHECK(error.hint == "both have to be PEM, belong together and need no password");
  };
  unusable(files.certificate, others.key);
  unusable(files.key, files.key);
  std::ofstream(others.certificate) << "-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----\n";
  unusable(others.certificate, others.key);
}

TEST_CASE("a key with a password is refused, and nobody is asked for the password") {
  const TestAuthority authority;
  const ClientFiles files(authority);
  faults::encrypt_key(files.key, "cktest-key-secret-77b1");
  ScriptedServer server(asking(authority, false));
  const Error error = refused(server, files.add_to(trusting(authority)));
  CHECK(error.code == ErrorCode::invalid_argument);
  CHECK(error.message.find("TLS: the client certificate or its key cannot be used") == 0);
}
