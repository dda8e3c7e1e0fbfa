#include "aws/s3/quirks.h"

#include "aws/endpoint_url.h"

#include <algorithm>

namespace cloudkit::inline v0::aws::s3 {

const Quirks& quirks_of(S3Server server) noexcept {
  const std::span<const Quirks> all = all_quirks();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Quirks& row) { return row.server == server; });
  return found == all.end() ? all.back() : *found;
}

const Quirks& quirks_of_host(std::string_view host) noexcept {
  const std::span<const Quirks> all = all_quirks();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Quirks& row) {
    return !row.domain.empty() && (host == row.domain || http::is_below(host, row.domain));
  });
  return found == all.end() ? all.back() : *found;
}

Quirks without_caution(Quirks row) noexcept {
  row.put_if_absent = row.put_if_match = row.conditional_get = row.remove_if_match = true;
  row.complete_if_absent = row.complete_if_match = row.copy_part = true;
  if (row.copy_if_absent.empty()) row.copy_if_absent = "if-none-match";
  return row;
}

Capabilities capabilities_of(const Quirks& quirks, bool anonymous) noexcept {
  Capabilities capabilities;
  capabilities.put_if_absent = quirks.put_if_absent;
  capabilities.put_if_match = quirks.put_if_match;
  capabilities.conditional_get = quirks.conditional_get;
  capabilities.remove_if_match = quirks.remove_if_match;
  capabilities.copy_if_absent = !quirks.copy_if_absent.empty();
  capabilities.presign = !anonymous;
  capabilities.storage_class = true;
  capabilities.max_key_size = kMaxKeySize;
  capabilities.max_segment_size = kMaxKeySize;
  capabilities.key_climbs_out = quirks.key_climbs_out;
  capabilities.tags = true;  // A server without tags or versions says so itself.
  capabilities.versions = true;
  capabilities.set_metadata = true;
  capabilities.set_metadata_if_match = !quirks.copy_if_match.empty();
  capabilities.max_remove_many = kMaxKeysPerRemoval;
  capabilities.max_put_size = quirks.max_put;
  capabilities.max_copy_size = quirks.max_copy;
  capabilities.remote = true;
  capabilities.uploads = true;
  capabilities.upload_if_absent = quirks.complete_if_absent;
  capabilities.upload_if_match = quirks.complete_if_match;
  capabilities.copy_part = quirks.copy_part;
  return capabilities;
}

}  // namespace cloudkit::inline v0::aws::s3
