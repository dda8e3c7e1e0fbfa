#include "overlap.h"

#include <cloudkit/open.h>

#include <filesystem>

namespace cloudkit::tool {
namespace {

namespace fs = std::filesystem;

Error same(const char* what) {
  return {ErrorCode::invalid_argument, std::string("source and destination are the same ") + what, "it stays as it is"};
}

std::string_view scheme_of(std::string_view url) { return url.substr(0, url.find(':')); }

// Empty when it is no bucket of files.
std::string directory_of(const Bucket& bucket) {
  const auto url = Url::parse(bucket.url());
  return url && url->scheme == "file" ? url->path : std::string();
}

// Without links, as far as it exists, and with a `/` at its end.
std::string real_path(const std::string& directory) {
  std::error_code error;
  std::string path = fs::weakly_canonical(fs::absolute(directory, error), error).string();
  return path.ends_with('/') ? path : path + '/';
}

bool are_one_object(const ObjectInfo& a, const ObjectInfo& b) {
  return a.token == b.token && a.size == b.size && a.modified == b.modified;
}

// What the first object is in the one, it is in the other, too. Who may not look there has another bucket, as a rule.
bool lead_to_one_bucket(const Bucket& from, const Location& tree, const Bucket& to, const Context& context) {
  ListOptions options;
  options.prefix = tree.prefix();
  if (tree.pattern) options.prefix += tree.pattern->prefix();
  options.page_size = 1;
  options.context = context;
  for (const auto& entry : from.list(options)) {
    if (!entry) return false;
    const auto there = to.head(entry->key, {.context = context});
    if (!there || there->size != entry->size) return false;
    const auto here = from.head(entry->key, {.context = context});
    return here && are_one_object(*here, *there);
  }
  return false;
}

}  // namespace

Status check_not_itself(const std::string& path, const Bucket& bucket, const std::string& key) {
  const std::string directory = directory_of(bucket);
  std::error_code ignored;  // Of what does not exist yet.
  if (directory.empty() || !fs::equivalent(path, directory + '/' + key, ignored)) return {};
  return same("object");
}

Overlap Overlap::of_directories(const std::string& from, const std::string& to) {
  return {real_path(from), real_path(to)};
}

Overlap Overlap::of_directory_and_bucket(const std::string& from, const Bucket& to, const Location& place) {
  const std::string directory = directory_of(to);
  return directory.empty() ? Overlap() : of_directories(from, directory + '/' + place.prefix());
}

Overlap Overlap::of_bucket_and_directory(const Bucket& from, const Location& tree, const std::string& to) {
  const std::string directory = directory_of(from);
  return directory.empty() ? Overlap() : of_directories(directory + '/' + tree.prefix(), to);
}

Overlap Overlap::of_buckets(const Bucket& from, const Location& tree, const Bucket& to, const Location& place,
                            const Context& context) {
  const std::string directory = directory_of(from);
  if (!directory.empty()) return of_directory_and_bucket(directory + '/' + tree.prefix(), to, place);
  if (scheme_of(from.url()) != scheme_of(to.url())) return {};
  // In one store two names are two buckets.
  const bool one =
      from.overlaps(to) || (tree.store_url != place.store_url && lead_to_one_bucket(from, tree, to, context));
  return one ? Overlap(tree.prefix(), place.prefix()) : Overlap();
}

std::optional<std::string> Overlap::arrives_as(std::string_view name) const {
  const std::string whole = to_ + std::string(name);
  if (apart_ || !whole.starts_with(from_)) return std::nullopt;
  return whole.substr(from_.size());
}

Status Overlap::check_apart(const std::string& to) const {
  if (apart_ || !to_.starts_with(from_)) return {};
  if (to_ == from_) return same("place");
  return Error(ErrorCode::invalid_argument, to + " lies in what is copied",
               "the copy would copy itself; choose another place");
}

}  // namespace cloudkit::tool
