#include "serve/host.h"

#include "core/encode.h"
#include "core/fail.h"
#include "serve/environment.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::inline v0::serving {
namespace {

// Where an HTTP host does not say how many calls at once it sends.
constexpr int kDefaultConcurrency = 8;
// Each has a thread.
constexpr int kMostConcurrency = 1024;

Result<std::string> port_of(std::string_view variable, std::string_view text) {
  const auto port = core::parse_u64(text);
  if (port && *port > 0 && *port <= 65535) return std::string(text);
  return core::invalid_argument(fmt::format("{} is \"{}\", and no port", variable, core::printable_excerpt(text, 40)));
}

Result<Host> lambda_host(std::string address) {
  Host host{Host::Kind::lambda, std::move(address), 1};
  const std::string offered = environment("AWS_LAMBDA_MAX_CONCURRENCY");
  if (offered.empty()) return host;
  const auto number = core::parse_u64(offered);
  if (!number || *number == 0) {
    return core::invalid_argument(fmt::format("AWS_LAMBDA_MAX_CONCURRENCY is \"{}\", and no number from 1",
                                              core::printable_excerpt(offered, 40)));
  }
  host.concurrency = static_cast<int>(std::min<std::uint64_t>(*number, kMostConcurrency));
  return host;
}

}  // namespace

Result<Host> find_host() {
  if (auto address = environment("AWS_LAMBDA_RUNTIME_API"); !address.empty()) return lambda_host(std::move(address));
  // Before PORT, which Azure's containers have, too.
  if (const auto text = environment("FUNCTIONS_CUSTOMHANDLER_PORT"); !text.empty()) {
    return port_of("FUNCTIONS_CUSTOMHANDLER_PORT", text).map([](const std::string& port) {
      return Host{Host::Kind::custom_handler, "127.0.0.1:" + port, kDefaultConcurrency};
    });
  }
  if (const auto text = environment("PORT"); !text.empty()) {
    return port_of("PORT", text).map([](const std::string& port) {
      return Host{Host::Kind::http, "0.0.0.0:" + port, kDefaultConcurrency};
    });
  }
  return Host{};
}

int concurrency_of(const Host& host, int wanted) noexcept {
  if (wanted <= 0) return host.concurrency;
  return std::min(wanted, host.kind == Host::Kind::lambda ? host.concurrency : kMostConcurrency);
}

}  // namespace cloudkit::inline v0::serving
