#include "faults/resolver.h"
#include "faults/scripted_server.h"
#include "faults/tinyproxy.h"
#include "support.h"
#include "support/stopwatch.h"

#include <doctest/doctest.h>

#include <string>

// Proxies on the wire: tinyproxy where a real one can show it, a script where it must misbehave.
using namespace cloudkit;
using namespace http_curl;
using faults::reply;
using faults::ScriptedServer;
using faults::Tinyproxy;
using http::Method;

namespace {

constexpr const char* kPassword = "cktest-proxy-secret-51aa";
constexpr const char* kHosts = "objects.test=127.0.0.1";

faults::TinyproxyOptions open_proxy() { return {"", "", kHosts, ""}; }
faults::TinyproxyOptions guarded_proxy() { return {"ada", kPassword, kHosts, ""}; }

std::string url_of(const Tinyproxy& proxy, const std::string& credentials = {}) {
  return "http://" + credentials + proxy.host();
}

faults::ServerOptions tls_for(const faults::TestAuthority& authority) {
  faults::ServerOptions options;
  options.tls = authority.issue({"objects.test", "", false});
  return options;
}

// A service that only the proxy can find, by the name objects.test.
struct Service {
  NoProxyVariables none;
  faults::TestAuthority authority;
  ScriptedServer server{tls_for(authority)};
  std::string host = "objects.test:" + std::to_string(server.port());

  Service() { server.always(reply(200, "hello")); }

  http::TransportOptions options() const {
    auto options = test_options();
    options.ca_file = authority.ca_file();
    return options;
  }
  http::Request request(Method method = Method::get) const {
    auto request = request_to(host, method);
    request.scheme = "https";
    return request;
  }
  http::Exchange send(const std::string& proxy, Method method = Method::get) const {
    auto with_proxy = options();
    with_proxy.proxy = proxy;
    return http::make_curl_transport(with_proxy)->send(request(method), nullptr, {});
  }
  // By HTTPS_PROXY, and must not reach the service.
  Error refused(const std::string& proxy) {
    const ScopedVariable variable("HTTPS_PROXY", proxy.c_str());
    const auto exchange = http::make_curl_transport(options())->send(request(), nullptr, {});
    CHECK_FALSE(exchange.request_sent);
    CHECK(server.requests().empty());
    REQUIRE_FALSE(exchange.status);
    CHECK(exchange.status.error().to_string().find(kPassword) == std::string::npos);
    return exchange.status.error();
  }
};

}  // namespace

TEST_CASE_FIXTURE(Service, "HTTPS_PROXY leads https through a tunnel, whose connection is kept") {
  const Tinyproxy proxy(open_proxy());
  const ScopedVariable variable("HTTPS_PROXY", url_of(proxy).c_str());
  const auto transport = http::make_curl_transport(options());
  CHECK(transport->send(request(), nullptr, {}).response.body == "hello");
  const TestSource source(pattern(300'000));
  auto put = request(Method::put);
  put.source = &source;
  const auto second = transport->send(put, nullptr, {});
  CHECK(second.status);
  CHECK(second.connection_reused);
  CHECK((body_of(server.requests().back()) == pattern(300'000)));
  CHECK(proxy.log().find("CONNECT " + host) != std::string::npos);
}

TEST_CASE_FIXTURE(Service, "a proxy gets user and password, the service does not") {
  const Tinyproxy proxy(guarded_proxy());
  CHECK(send(url_of(proxy, std::string("ada:") + kPassword + "@")).response.body == "hello");
  REQUIRE(server.requests().size() == 1);
  CHECK(server.requests().front().find("roxy") == std::string::npos);
}

TEST_CASE_FIXTURE(Service, "a proxy that wants a password, or another one, is named with the variable to mend") {
  const Tinyproxy proxy(guarded_proxy());
  const Error without = refused(url_of(proxy));
  CHECK(without.code == ErrorCode::unauthenticated);
  CHECK_FALSE(without.retryable);
  CHECK(without.message == "the proxy " + proxy.host() + " wants a user and a password (407)");
  CHECK(without.hint == "write them into the variable HTTPS_PROXY: http://USER:PASSWORD@" + proxy.host());

  for (const std::string& credentials : {std::string("ada:wrong@"), std::string("bob:") + kPassword + "@"}) {
    const Error error = refused(url_of(proxy, credentials));
    CHECK(error.code == ErrorCode::unauthenticated);
    CHECK_FALSE(error.retryable);
    CHECK(error.message == "the proxy " + proxy.host() + " does not accept the user and password (401)");
    CHECK(error.hint == "check them in the variable HTTPS_PROXY; only Basic authentication is spoken");
  }
  const auto by_option = send(url_of(proxy));
  REQUIRE_FALSE(by_option.status);
  CHECK(by_option.status.error().hint == "write them into the option proxy: http://USER:PASSWORD@" + proxy.host());
}

TEST_CASE_FIXTURE(Service, "NO_PROXY and the option \"none\" lead around the proxy") {
  const Tinyproxy proxy(open_proxy());
  faults::ScriptedResolver resolver;
  resolver.answer("objects.test", {"127.0.0.1"});
  const ScopedVariable variable("HTTPS_PROXY", url_of(proxy).c_str());
  CHECK(send("none").status);
  const ScopedVariable exception("NO_PROXY", "elsewhere.example,.test");
  CHECK(send("").status);
  CHECK(send(url_of(proxy)).status);
  CHECK(server.requests().size() == 3);
  CHECK(proxy.log().find("CONNECT objects") == std::string::npos);
}

TEST_CASE_FIXTURE(Service, "a proxy that is not there is to blame, not the service") {
  const std::string nobody = "127.0.0.1:" + std::to_string(faults::port_of(faults::listen_on_loopback()));
  const Error refused_proxy = refused(std::string("http://ada:") + kPassword + "@" + nobody);
  CHECK(refused_proxy.code == ErrorCode::unavailable);
  CHECK(refused_proxy.retryable);
  CHECK(refused_proxy.message == "cannot connect to the proxy " + nobody + ": Connection refused");
  CHECK(refused_proxy.hint == "the proxy comes from HTTPS_PROXY; NO_PROXY lists the hosts that are reached without it");

  faults::ScriptedResolver resolver;
  resolver.answer("proxy.test", {});
  const Error unknown = refused(std::string("http://ada:") + kPassword + "@proxy.test:3128");
  CHECK(unknown.code == ErrorCode::unavailable);
  CHECK(unknown.message == "cannot resolve the proxy proxy.test:3128");

  const Error garbled = refused(std::string("x://ada:") + kPassword + "@a b");
  CHECK(garbled.code == ErrorCode::invalid_argument);
}

TEST_CASE_FIXTURE(Service, "a proxy that cannot reach the service, or must not, says so") {
  const Tinyproxy proxy({"", "", "", "ConnectPort 1\n"});
  const Error forbidden = refused(url_of(proxy));
  CHECK(forbidden.code == ErrorCode::unavailable);
  CHECK_FALSE(forbidden.retryable);
  CHECK(forbidden.message == "the proxy " + proxy.host() + " answered 403 when asked for " + host);
  CHECK(forbidden.hint == "the proxy's rules refuse this host or its port");

  const Tinyproxy lost({"", "", "objects.test=127.0.0.1", ""});
  host = "objects.test:" + std::to_string(faults::port_of(faults::listen_on_loopback()));
  const Error unreachable = refused(url_of(lost));
  CHECK(unreachable.code == ErrorCode::unavailable);
  CHECK(unreachable.retryable);
  CHECK(unreachable.message.find("the proxy " + lost.host() + " answered 5") == 0);
}

TEST_CASE_FIXTURE(Service, "a proxy that stalls, breaks or babbles is to blame") {
  struct Row {
    faults::Script script;
    ErrorCode code;
    bool retryable;
    std::string message;
  };
  const Row rows[] = {
      {{faults::stall()}, ErrorCode::timeout, true, "the connect timeout passed while reaching "},
      {{faults::close()}, ErrorCode::unavailable, true, "the connection broke while reaching "},
      {{faults::reset()}, ErrorCode::unavailable, true, "the connection broke while reaching "},
      {{faults::send("SSH-2.0-OpenSSH\r\n\r\n"), faults::close()}, ErrorCode::unavailable, true, "the "},
      {"HTTP/1.1 302 Found\r\nLocation: http://evil.example/\r\nContent-Length: 0\r\n\r\n", ErrorCode::unavailable,
       false, "the proxy PROXY answered 302 when asked for "},
      {reply(200, "no tunnel"), ErrorCode::unavailable, false, "the TLS handshake with "},
      {{faults::send("HTTP/1.1 200 OK\r\n\r\n"), faults::close()},
       ErrorCode::unavailable,
       true,
       "the TLS handshake with "},
  };
  for (const Row& row : rows) {
    ScriptedServer proxy;
    proxy.then(row.script);
    CAPTURE(row.message);
    auto with_proxy = options();
    with_proxy.proxy = std::string("http://ada:") + kPassword + "@" + proxy.host();
    if (row.code == ErrorCode::timeout) with_proxy.connect_timeout = 1s;
    const auto exchange = http::make_curl_transport(with_proxy)->send(request(), nullptr, {});
    check_failure(exchange, row.code, row.retryable);
    CHECK_FALSE(exchange.request_sent);
    std::string message = row.message;
    if (const auto at = message.find("PROXY"); at != std::string::npos) message.replace(at, 5, proxy.host());
    CHECK(exchange.status.error().message.find(message) == 0);
    CHECK(exchange.status.error().to_string().find(kPassword) == std::string::npos);
  }
}

TEST_CASE_FIXTURE(Service, "a cancel ends the wait for a proxy at once") {
  ScriptedServer proxy;
  proxy.always({faults::stall()});
  auto patient = options();
  patient.proxy = "http://" + proxy.host();
  const auto start = std::chrono::steady_clock::now();
  const Context context = Context::cancellable();
  const CancelOnce cancel(context, [&] { return proxy.requests().size() == 1; });
  const auto exchange = http::make_curl_transport(patient)->send(request(), nullptr, context);
  check_failure(exchange, ErrorCode::cancelled, false);
  CHECK(elapsed_since(start) < ::test::kSoon);
  CHECK(exchange.status.error().message.ends_with(" while reaching " + host + " through the proxy " + proxy.host()));
}

TEST_CASE_FIXTURE(Service, "the TLS of a proxy is held to the same authorities") {
  const faults::TestAuthority somebody_else("somebody else");
  ScriptedServer proxy(tls_for(somebody_else));
  const Error error = refused("https://" + proxy.host());
  CHECK(error.code == ErrorCode::unavailable);
  CHECK_FALSE(error.retryable);
  CAPTURE(error);
  CHECK(error.message.find("TLS: the certificate of the proxy " + proxy.host() + " is not accepted") == 0);
  CHECK(proxy.requests().empty());
}

TEST_CASE_FIXTURE(Service, "a SOCKS proxy that refuses") {
  ScriptedServer proxy;
  using namespace std::string_literals;
  // "No authentication", then "connection refused": https://www.rfc-editor.org/rfc/rfc1928
  proxy.on_connect({faults::send("\x05\x00\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00"s), faults::stall()});
  const Error error = refused("socks5h://" + proxy.host());
  CHECK(error.code == ErrorCode::unavailable);
  CHECK(error.message == "the proxy " + proxy.host() + " does not connect to " + host);
}

TEST_CASE("SOCKS: the proxy resolves the name for socks5h, and gets user and password") {
  using namespace std::string_literals;
  const NoProxyVariables none;
  const std::string connected = "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"s;
  // https://www.rfc-editor.org/rfc/rfc1928 and for the password rfc1929
  const std::string open = "\x05\x00"s + connected, guarded = "\x05\x02\x01\x00"s + connected;
  for (const bool with_password : {false, true}) {
    ScriptedServer proxy;  // And the service behind itself.
    proxy.on_connect({faults::send(with_password ? guarded : open)});
    proxy.always(reply(200, "hello"));
    auto options = test_options();
    options.allow_http = true;
    options.proxy = (with_password ? std::string("socks5h://ada:") + kPassword + "@" : "socks5h://") + proxy.host();
    const auto transport = http::make_curl_transport(options);
    CHECK(transport->send(request_to("objects.test"), nullptr, {}).response.body == "hello");
    CHECK(transport->send(request_to("objects.test"), nullptr, {}).connection_reused);
    REQUIRE(proxy.requests().size() == 2);
    const std::string raw = proxy.requests().front();
    CHECK(raw.find("\x05\x01\x00\x03\x0cobjects.test\x00\x50GET /b/k HTTP/1.1\r\n"s) != std::string::npos);
    CHECK((raw.find("\x03"s + "ada" + "\x18" + kPassword) != std::string::npos) == with_password);
  }
}

TEST_CASE("an https proxy is spoken to over TLS, also for plain http") {
  const NoProxyVariables none;
  const faults::TestAuthority authority;
  faults::ServerOptions tls;
  tls.tls = authority.issue({});
  ScriptedServer proxy(tls);
  proxy.always(reply(200, "hello"));
  auto options = test_options();
  options.allow_http = true;
  options.ca_file = authority.ca_file();
  options.proxy = "https://" + proxy.host();
  CHECK(http::make_curl_transport(options)->send(request_to("objects.test"), nullptr, {}).response.body == "hello");
  REQUIRE(proxy.requests().size() == 1);
  CHECK(proxy.requests().front().starts_with("GET http://objects.test/b/k HTTP/1.1\r\nHost: objects.test\r\n"));
}

TEST_CASE("plain http through a proxy still needs allow_http, and goes by http_proxy") {
  const NoProxyVariables none;
  ScriptedServer server;
  server.always(reply(200, "plain"));
  const Tinyproxy proxy(guarded_proxy());
  const auto request = request_to("objects.test:" + std::to_string(server.port()));
  const ScopedVariable variable("http_proxy", url_of(proxy, std::string("ada:") + kPassword + "@").c_str());

  const auto refused = http::make_curl_transport(test_options())->send(request, nullptr, {});
  check_failure(refused, ErrorCode::invalid_argument, false);
  CHECK(proxy.log().find("GET") == std::string::npos);

  auto options = test_options();
  options.allow_http = true;
  CHECK(http::make_curl_transport(options)->send(request, nullptr, {}).response.body == "plain");
  REQUIRE(server.requests().size() == 1);
  CHECK(server.requests().front().find("roxy-") == std::string::npos);
  CHECK(server.requests().front().starts_with("GET /b/k HTTP/1."));

  options.proxy = url_of(proxy);
  const auto without = http::make_curl_transport(options)->send(request, nullptr, {});
  check_failure(without, ErrorCode::unauthenticated, false);
  CHECK(without.status.error().message == "the proxy " + proxy.host() + " wants a user and a password (407)");
  CHECK_FALSE(without.request_sent);
  CHECK(server.requests().size() == 1);
}

TEST_CASE("this machine is never asked for through a proxy") {
  const NoProxyVariables none;
  ScriptedServer proxy, server;
  server.always(reply(200, "direct"));
  auto options = test_options();
  options.proxy = "http://" + proxy.host();
  CHECK(http::make_curl_transport(options)->send(request_to(server.host()), nullptr, {}).response.body == "direct");
  CHECK(proxy.connections() == 0);
}

TEST_CASE("a 407 of a service without a proxy is the service's own affair") {
  const NoProxyVariables none;
  const auto exchange = get_from(reply(407));
  REQUIRE(exchange.status);
  CHECK(exchange.response.status == 407);
}
