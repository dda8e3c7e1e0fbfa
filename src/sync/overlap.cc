#include "sync/overlap.h"

#include "core/encode.h"
#include "core/fail.h"

#include <sys/stat.h>

#include <filesystem>
#include <string_view>
#include <system_error>

namespace cloudkit::inline v0::syncing {

std::string directory_of(const Bucket& bucket) {
  constexpr std::string_view kScheme = "file://";
  const std::string url = bucket.url();
  if (!url.starts_with(kScheme)) return {};
  return core::percent_decode(std::string_view(url).substr(kScheme.size())).value_or("");
}

bool is_within(const std::string& path, const std::string& directory) {
  struct stat wanted{};
  if (path.empty() || directory.empty() || ::stat(directory.c_str(), &wanted) != 0) return false;
  std::error_code error;
  auto at = std::filesystem::weakly_canonical(std::filesystem::absolute(path, error), error);
  if (error) return false;
  while (true) {
    struct stat found{};
    const bool there = ::stat(at.c_str(), &found) == 0;
    if (there && found.st_dev == wanted.st_dev && found.st_ino == wanted.st_ino) return true;
    if (!at.has_relative_path()) return false;
    at = at.parent_path();
  }
}

Status check_apart(const Bucket& a, const Bucket& b) {
  const std::string in_a = directory_of(a);
  const std::string in_b = directory_of(b);
  if (!a.overlaps(b) && !is_within(in_a, in_b) && !is_within(in_b, in_a)) return {};
  return core::invalid_argument("one of the two lies in the other", "choose another place");
}

}  // namespace cloudkit::inline v0::syncing
