// A store's URL and an endpoint, from one text: what is accepted is safe to build a host from.
#include "aws/s3/endpoint.h"
#include "core/encode.h"

#include <cloudkit/open.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace cloudkit;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

bool may_stand_in_a_url(std::string_view host) {
  return host.find_first_of("@#?/\\ %") == std::string_view::npos && !core::has_control_character(host);
}

void check_url(std::string_view text) {
  const auto url = Url::parse(text);
  if (!url) {
    require(url.error().code == ErrorCode::invalid_argument && !url.error().message.empty());
    return;
  }
  // The ARN of an access point has colons, for the backend to say what it thinks of it.
  const bool is_arn = url->host.starts_with("arn:");
  require(url->host.find_first_of(is_arn ? "@/%#?" : "@:/%#?") == std::string::npos);
  require(url->path.empty() || url->path.front() == '/');
  require(url->scheme == core::to_lower(url->scheme));
  require(!core::has_control_character(url->host) && !core::has_control_character(url->path));
}

void check_endpoint(std::string_view text) {
  const auto endpoint = aws::parse_endpoint(text, false);
  if (!endpoint) return;
  require(endpoint->scheme == "https" || endpoint->is_private);
  require(!endpoint->host.empty() && may_stand_in_a_url(endpoint->host));
  for (const auto addressing : {aws::Addressing::automatic, aws::Addressing::path, aws::Addressing::virtual_host}) {
    aws::s3::Routing routing;
    routing.custom = *endpoint;
    routing.addressing = addressing;
    const auto target = aws::s3::resolve_target(routing, "us-east-1", "bucket.with.dots");
    if (target) require(target->host.ends_with(endpoint->host) && may_stand_in_a_url(target->host));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_url(text);
  check_endpoint(text);
  return 0;
}
