#pragma once

#include "compute/service.h"

#include <cloudkit/driver/http.h>

#include <memory>
#include <string>
#include <string_view>

struct addrinfo;

/// Whether a machine answers.
namespace cloudkit::inline v0::compute {

/// What `ComputeHooks::probe` is where nobody gave another one. Copies share their connections.
class Prober {
 public:
  Prober();
  /// Errors: `unavailable`, `timeout`: not yet; `invalid_argument`; those of the context.
  Status operator()(const Instance& instance, const ReadyProbe& probe, const Context& context) const;

 private:
  std::shared_ptr<http::Transport> transport_;
};

/// By which the world reaches a machine, else its network; empty: it has no address yet.
std::string address_of(const Instance& instance);
/// Each "{host}" filled in; an IPv6 address in brackets where URLs have it so: before the path.
std::string filled_in(std::string_view url, std::string_view host);

/// Until something accepts, without a word. Errors: `unavailable`; those of the context.
Status connect_tcp(const std::string& host, int port, const Context& context);
/// To one of the list, each within its share of what is left: an IPv6 address that nothing answers at must not cost the
/// others their turn. Returns an errno, 0 for a connection. Errors: those of the context.
Result<int> connect_to_one_of(const addrinfo* addresses, const Context& context);

Result<Instance> wait_until_ready(const Service& service, std::string_view id, const ReadyProbe& probe, Duration limit,
                                  const Context& context);

}  // namespace cloudkit::inline v0::compute
