#include "http/metadata_transport.h"

#include "support.h"
#include "support/stopwatch.h"

using namespace cloudkit;
using namespace http_curl;
using faults::ScriptedServer;

TEST_CASE("the metadata transport passes by every proxy, also for hosts that are not this machine's") {
  ScriptedServer proxy, server;
  proxy.always(faults::reply(200, "by proxy"));
  server.always(faults::reply(200, "direct"));
  const ScopedVariable by_proxy("http_proxy", ("http://" + proxy.host()).c_str());
  const ScopedVariable nowhere("no_proxy", nullptr), nowhere_either("NO_PROXY", nullptr);
  // To the kernel this machine, to `classify_host` any other.
  const std::string other = "0.0.0.0:" + std::to_string(server.port());

  http::TransportOptions ordinary = test_options();
  ordinary.allow_http = true;
  CHECK(http::make_curl_transport(ordinary)->send(request_to(other), nullptr, {}).response.body == "by proxy");
  CHECK(http::make_metadata_transport(30s)->send(request_to(other), nullptr, {}).response.body == "direct");
  CHECK(proxy.requests().size() == 1);
}

TEST_CASE("the metadata transport waits a second for a reply") {
  ScriptedServer server;
  server.always({faults::stall()});
  const auto start = std::chrono::steady_clock::now();
  const auto exchange = http::make_metadata_transport()->send(request_to(server.host()), nullptr, {});
  check_failure(exchange, ErrorCode::timeout, true);
  CHECK(elapsed_since(start) >= 900ms);
  CHECK(elapsed_since(start) < ::test::kSoon);
}

TEST_CASE("the metadata transport waits for a token as long as it is told") {
  ScriptedServer server;
  server.always({faults::stall()});
  const auto start = std::chrono::steady_clock::now();
  check_failure(http::make_metadata_transport(2s)->send(request_to(server.host()), nullptr, {}), ErrorCode::timeout,
                true);
  CHECK(elapsed_since(start) >= 1500ms);
  CHECK(elapsed_since(start) < ::test::kSoon);
  CHECK(http::kMetadataTokenPatience >= 10s);
}
