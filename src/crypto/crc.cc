#include "crypto/crc.h"

#include "crypto/crc_paths.h"

namespace cloudkit::inline v0::crypto {
namespace {

CrcPaths find_paths() {
  CrcPaths found;
  add_x86_paths(found);
  add_arm_paths(found);
  found.crc32c.push_back({"portable", crc32c_portable});
  found.crc64nvme.push_back({"portable", crc64nvme_portable});
  return found;
}

// Never destroyed: handles may be globals, and transfer while they end.
const CrcPaths& paths() {
  static const auto* const all = new CrcPaths(find_paths());
  return *all;
}

}  // namespace

std::span<const Crc32cPath> crc32c_paths() noexcept { return paths().crc32c; }
std::span<const Crc64nvmePath> crc64nvme_paths() noexcept { return paths().crc64nvme; }

std::uint32_t crc32c(std::uint32_t crc, std::string_view data) noexcept {
  static const auto update = crc32c_paths().front().update;
  return update(crc, data);
}
std::uint64_t crc64nvme(std::uint64_t crc, std::string_view data) noexcept {
  static const auto update = crc64nvme_paths().front().update;
  return update(crc, data);
}

}  // namespace cloudkit::inline v0::crypto
