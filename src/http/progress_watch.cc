#include "http/progress_watch.h"

#include "http/bounded_limit.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::inline v0::http {

std::string describe(Stage stage, std::string_view host, std::string_view proxy) {
  const bool proxied = !proxy.empty();
  switch (stage) {
    case Stage::resolving:
      return proxied ? fmt::format("resolving the proxy {}", proxy) : fmt::format("resolving {}", host);
    case Stage::connecting:
      return proxied ? fmt::format("connecting to the proxy {}", proxy) : fmt::format("connecting to {}", host);
    case Stage::tunneling: return fmt::format("reaching {} through the proxy {}", host, proxy);
    case Stage::securing: return fmt::format("in the TLS handshake with {}", host);
    case Stage::sending: return fmt::format("sending to {}", host);
    case Stage::waiting: return fmt::format("waiting for the reply of {}", host);
    case Stage::receiving: break;
  }
  return fmt::format("receiving from {}", host);
}

ProgressWatch::ProgressWatch(const TransportOptions& options, bool streamed, Clock::time_point now,
                             std::chrono::seconds thinking_time)
    : first_byte_timeout_(bounded(options.first_byte_timeout)),
      stall_timeout_(bounded(options.stall_timeout)),
      thinking_time_(bounded(thinking_time)),
      bytes_per_window_(streamed ? static_cast<std::uint64_t>(std::max<std::int64_t>(options.stall_timeout.count(), 1))
                                 : 1),
      since_(now) {}

bool ProgressWatch::overdue(Stage stage, std::uint64_t moved, Clock::time_point now) {
  const bool transfers = stage == Stage::sending || stage == Stage::receiving;
  if (stage != stage_ || (transfers && moved - moved_ >= bytes_per_window_)) {
    stage_ = stage;
    since_ = now;
    moved_ = moved;
    limit_ = transfers ? stall_timeout_ : stage == Stage::waiting ? first_byte_timeout_ : Clock::duration::max();
    if (stage == Stage::waiting || stage == Stage::receiving) limit_ = std::max(limit_, thinking_time_);
  }
  return now >= due();
}

}  // namespace cloudkit::inline v0::http
