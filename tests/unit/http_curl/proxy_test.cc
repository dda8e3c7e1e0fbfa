#include "http/proxy.h"

#include "support.h"

#include <doctest/doctest.h>

#include <string>

// Which proxy a request goes through, without a socket.
using namespace cloudkit;
using http_curl::NoProxyVariables;
using http_curl::ScopedVariable;

namespace {

http::Proxy proxy_for(std::string_view scheme, std::string_view host = "objects.example",
                      const http::TransportOptions& options = {}) {
  return http::find_proxy(options, scheme, host).value();
}

std::string host_for(std::string_view scheme, std::string_view host = "objects.example") {
  return proxy_for(scheme, host).host;
}

http::TransportOptions with_proxy(std::string proxy) {
  http::TransportOptions options;
  options.proxy = std::move(proxy);
  return options;
}

}  // namespace

TEST_CASE("https goes by https_proxy, HTTPS_PROXY, all_proxy, ALL_PROXY, in this order") {
  const NoProxyVariables none;
  CHECK_FALSE(proxy_for("https").used());
  const ScopedVariable all_upper("ALL_PROXY", "http://four:1");
  CHECK(host_for("https") == "four:1");
  const ScopedVariable all("all_proxy", "http://three:1");
  CHECK(host_for("https") == "three:1");
  const ScopedVariable upper("HTTPS_PROXY", "http://two:1");
  CHECK(host_for("https") == "two:1");
  const ScopedVariable lower("https_proxy", "http://one:1");
  CHECK(host_for("https") == "one:1");
  CHECK(proxy_for("https").named_by == "https_proxy");
  const ScopedVariable empty("https_proxy", "");
  CHECK(host_for("https") == "two:1");
}

TEST_CASE("http goes by http_proxy in lower case only: a web server's clients can set HTTP_PROXY") {
  const NoProxyVariables none;
  const ScopedVariable upper("HTTP_PROXY", "http://evil:1");
  const ScopedVariable other("HTTPS_PROXY", "http://other:1");
  CHECK_FALSE(proxy_for("http").used());
  const ScopedVariable all("ALL_PROXY", "http://all:1");
  CHECK(host_for("http") == "all:1");
  const ScopedVariable lower("http_proxy", "http://one:1");
  CHECK(host_for("http") == "one:1");
}

TEST_CASE("an option stands above the variables, and \"none\" above all") {
  const NoProxyVariables none;
  const ScopedVariable variable("https_proxy", "http://one:1");
  CHECK(proxy_for("https", "objects.example", with_proxy("socks5h://two:2")).host == "two:2");
  CHECK(proxy_for("http", "objects.example", with_proxy("two:2")).named_by == "the option proxy");
  CHECK_FALSE(proxy_for("https", "objects.example", with_proxy("none")).used());

  const ScopedVariable exception("NO_PROXY", "objects.example");
  CHECK_FALSE(proxy_for("https", "objects.example", with_proxy("two:2")).used());
  auto options = with_proxy("two:2");
  options.no_proxy = "elsewhere.example";
  CHECK(proxy_for("https", "objects.example", options).used());
  CHECK_FALSE(proxy_for("https", "elsewhere.example", options).used());
}

TEST_CASE("no_proxy comes before NO_PROXY") {
  const NoProxyVariables none;
  const ScopedVariable variable("https_proxy", "http://one:1");
  const ScopedVariable upper("NO_PROXY", "a.example");
  const ScopedVariable lower("no_proxy", "b.example");
  CHECK(proxy_for("https", "a.example").used());
  CHECK_FALSE(proxy_for("https", "b.example").used());
}

TEST_CASE("a proxy is read with its scheme, port, user and password") {
  const NoProxyVariables none;
  struct Row {
    const char* text;
    const char* scheme;
    const char* host;
    const char* user;
    const char* password;
  };
  const Row rows[] = {
      {"proxy", "http", "proxy:80", "", ""},
      {"proxy:3128", "http", "proxy:3128", "", ""},
      {"HTTP://proxy:3128/", "http", "proxy:3128", "", ""},
      {"https://proxy", "https", "proxy:443", "", ""},
      {"socks5h://proxy", "socks5h", "proxy:1080", "", ""},
      {"http://[::1]", "http", "[::1]:80", "", ""},
      {"http://[fd00::1]:3128", "http", "[fd00::1]:3128", "", ""},
      {"http://ada@proxy", "http", "proxy:80", "ada", ""},
      {"ada:secret@proxy:1", "http", "proxy:1", "ada", "secret"},
      {"http://a%40b:p%2F%3A%20@proxy:1", "http", "proxy:1", "a@b", "p/: "},
      {"http://ada:p@ss:word@proxy:1", "http", "proxy:1", "ada", "p@ss:word"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto proxy = proxy_for("https", "objects.example", with_proxy(row.text));
    CHECK(proxy.scheme == row.scheme);
    CHECK(proxy.host == row.host);
    CHECK(proxy.user == row.user);
    CHECK(proxy.password == row.password);
  }
}

TEST_CASE("what is not a proxy is refused by the name of its variable, never by its value") {
  const NoProxyVariables none;
  for (const char* text :
       {"ftp://cktest-proxy-secret-51aa@proxy", "http://", "http://cktest-proxy-secret-51aa@", "http://proxy:99999",
        "http://a:cktest-proxy-secret-51aa/b@proxy", "http://a:cktest-proxy-secret-51aa%zz@proxy",
        "http://a:cktest-proxy-secret-51aa%0d%0aX@proxy", "http://a b:cktest-proxy-secret-51aa@x y", "://", "@"}) {
    CAPTURE(text);
    const ScopedVariable variable("HTTPS_PROXY", text);
    const auto proxy = http::find_proxy({}, "https", "objects.example");
    REQUIRE_FALSE(proxy);
    CHECK(proxy.error().code == ErrorCode::invalid_argument);
    CHECK(proxy.error().message == "what HTTPS_PROXY says is not a proxy");
    CHECK(proxy.error().hint.find("http://[USER:PASSWORD@]HOST[:PORT]") != std::string::npos);
    CHECK(proxy.error().to_string().find("cktest-proxy-secret") == std::string::npos);
  }
}

TEST_CASE("a list of exceptions covers names and what is below them, addresses, networks and ports") {
  struct Row {
    const char* list;
    const char* host;
    bool listed;
  };
  const Row rows[] = {
      {"", "a.example", false},
      {"*", "a.example", true},
      {"*", "[fd00::1]:443", true},
      {"a.example", "a.example", true},
      {"a.example", "A.Example:443", true},
      {"A.EXAMPLE", "a.example.", true},
      {"a.example", "b.a.example", true},
      {"a.example", "ba.example", false},
      {"a.example", "a.example.evil", false},
      {".a.example", "a.example", true},
      {".a.example", "b.a.example", true},
      {"*.a.example", "b.a.example", true},
      {"example", "a.example", true},
      {"x, a.example ,y", "a.example", true},
      {"x\ta.example", "a.example", true},
      {",,", "a.example", false},
      {".", "a.example", false},
      {"a.*", "a.example", false},
      {"a.example:8443", "a.example:8443", true},
      {"a.example:8443", "a.example:443", false},
      {"a.example:8443", "a.example", false},
      {"10.0.0.1", "10.0.0.1:9000", true},
      {"10.0.0.1", "10.0.0.10", false},
      {"0.1", "10.0.0.1", false},  // The end of an address is no domain.
      {"10.0.0.0/8", "10.200.3.4", true},
      {"10.0.0.0/8", "11.0.0.1", false},
      {"10.1.128.0/17", "10.1.129.1", true},
      {"10.1.128.0/17", "10.1.127.1", false},
      {"0.0.0.0/0", "8.8.8.8", true},
      {"0.0.0.0/0", "a.example", false},
      {"0.0.0.0/0", "[fd00::1]", false},
      {"10.0.0.0/33", "10.0.0.1", false},
      {"10.0.0.0/", "10.0.0.0", false},
      {"10.0.0.0/x", "10.0.0.0", false},
      {"fd00::/8", "[fd12::1]:443", true},
      {"fd00::/8", "[fe80::1]:443", false},
      {"fd00::1", "[fd00:0::1]:443", true},
      {"[fd00::1]", "[fd00::1]:443", true},
      {"[fd00::1]:8443", "[fd00::1]:443", false},
      {"[fd00", "[fd00::1]:443", false},
      {"[", "a.example", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.list);
    CAPTURE(row.host);
    CHECK(http::is_listed(row.list, row.host) == row.listed);
  }
}
