#include "compute/probe.h"

#include "compute/wait.h"
#include "core/compute_rules.h"
#include "core/fail.h"
#include "http/parse_url.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::inline v0::compute {
namespace {

// One look: longer is an answer, too.
constexpr Duration kLookTime = std::chrono::seconds(10);

http::TransportOptions transport_options() {
  http::TransportOptions options;
  options.allow_http = true;  // A look sends nothing worth hiding.
  options.first_byte_timeout = std::chrono::seconds(8);
  return options;
}

// The status is all that counts: a page may be long.
class StatusOnly final : public http::BodyReceiver {
 public:
  Status begin(const http::Response& head) override {
    status = head.status;
    return core::fail(ErrorCode::cancelled, "the status was all that was asked for");
  }
  Status write(Bytes) override { return {}; }

  int status = 0;
};

Status look_at_url(http::Transport& transport, const std::string& url, const Context& context) {
  auto request = http::parse_url(url);
  if (!request) return std::move(request).error();
  StatusOnly receiver;
  const http::Exchange exchange = transport.send(*request, &receiver, context);
  const int status = receiver.status != 0 ? receiver.status : exchange.response.status;
  // A reply that does not say how long it is is refused, with the status that it has.
  if (status == 0 && !exchange.status) return exchange.status;
  if (status < 400) return {};
  return core::fail(ErrorCode::unavailable, fmt::format("it answers with the status {}", status));
}

// What a probe says need not promise that it passes.
bool may_pass(const Error& error) {
  return error.code == ErrorCode::unavailable || error.code == ErrorCode::timeout || is_passing(error);
}

Status look(const Service& service, const Instance& instance, const ReadyProbe& probe, const Context& context) {
  if (probe.tcp_port > 0 || !probe.http_url.empty()) return service.hooks.probe(instance, probe, context);
  if (!service.driver->capabilities().agent) return {};  // A machine that runs takes commands.
  auto ready = look_by([&] { return service.driver->agent_ready(instance.id, context); });
  if (!ready.has_value()) return std::move(ready).error();
  return *ready ? Status() : core::fail(ErrorCode::unavailable, "its agent has not reported yet");
}

}  // namespace

std::string address_of(const Instance& instance) {
  for (const std::string* address : {&instance.public_ip, &instance.dns_name, &instance.private_ip}) {
    if (!address->empty()) return *address;
  }
  return {};
}

std::string filled_in(std::string_view url, std::string_view host) {
  constexpr std::string_view kHost = "{host}";
  const bool ipv6 = host.find(':') != std::string_view::npos;
  const std::string in_authority = ipv6 ? fmt::format("[{}]", host) : std::string(host);
  const std::size_t scheme = url.find("://");
  const std::size_t path = scheme == std::string_view::npos ? 0 : url.find_first_of("/?#", scheme + 3);
  std::string filled;
  std::size_t from = 0;
  for (std::size_t at = url.find(kHost); at != std::string_view::npos; at = url.find(kHost, from)) {
    filled += url.substr(from, at - from);
    filled += at < path ? in_authority : host;
    from = at + kHost.size();
  }
  return filled.append(url.substr(from));
}

Prober::Prober() : transport_(http::make_curl_transport(transport_options())) {}

Status Prober::operator()(const Instance& instance, const ReadyProbe& probe, const Context& context) const {
  const std::string host = address_of(instance);
  const bool needs_host = probe.tcp_port > 0 || probe.http_url.find("{host}") != std::string::npos;
  if (needs_host && host.empty()) return core::fail(ErrorCode::unavailable, "it has no address yet");
  if (probe.tcp_port > 0) return connect_tcp(host, probe.tcp_port, context);
  return look_at_url(*transport_, filled_in(probe.http_url, host), context);
}

Result<Instance> wait_until_ready(const Service& service, std::string_view id, const ReadyProbe& probe, Duration limit,
                                  const Context& context) {
  const Pacing pacing(service.timer(), context, limit, kFirstTry, kSlowestTry);
  return look_until(pacing, [&](std::string& last) -> Result<std::optional<Instance>> {
    auto found = glance(service, id, context, last);
    if (!found || !*found) return found;
    const Instance& instance = **found;
    if (core::is_gone(instance.state) || instance.state == InstanceState::failed) {
      return not_running(instance, "will never be ready");
    }
    if (instance.state != InstanceState::running && instance.state != InstanceState::unknown) {
      last = with_reason(fmt::format("is {}", to_string(instance.state)), instance.state_reason);
      return std::optional<Instance>();
    }
    if (!instance.boot_id.empty() && instance.boot_id == probe.after_boot_id) {
      last = "has not booted again";
      return std::optional<Instance>();
    }
    const Status seen = look(service, instance, probe, context.child_with_timeout(kLookTime));
    if (seen) return found;
    if (auto going = context.check(); !going) return while_waiting(std::move(going).error(), seen.error().message);
    if (!may_pass(seen.error())) return seen.error();
    last = with_reason("is not ready", seen.error().message);
    return std::optional<Instance>();
  });
}

}  // namespace cloudkit::inline v0::compute
