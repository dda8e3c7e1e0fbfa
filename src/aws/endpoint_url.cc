#include "aws/endpoint_url.h"

#include "aws/partitions.h"

#include <algorithm>

namespace cloudkit::inline v0::aws {

bool is_amazon(const Endpoint& endpoint) noexcept {
  const std::span<const Partition> all = partitions();
  return std::any_of(all.begin(), all.end(), [host = endpoint.host_name()](const Partition& one) {
    return http::is_below(host, one.dns_suffix);
  });
}

}  // namespace cloudkit::inline v0::aws
