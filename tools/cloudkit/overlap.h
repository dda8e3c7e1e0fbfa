#pragma once

#include "location.h"

#include <cloudkit/object_store.h>

#include <optional>
#include <string>
#include <string_view>

/// Whether what is copied and where it goes are one thing under two names.
namespace cloudkit::tool {

/// That a file is not the object itself, of a store of files: a copy of itself would take its place, and its mode and
/// hard links be lost. Errors: `invalid_argument`.
Status check_not_itself(const std::string& path, const Bucket& bucket, const std::string& key);

/// How a tree lies to the place that it is copied to.
class Overlap {
 public:
  /// What lies apart.
  Overlap() = default;
  static Overlap of_directories(const std::string& from, const std::string& to);
  static Overlap of_directory_and_bucket(const std::string& from, const Bucket& to, const Location& place);
  static Overlap of_bucket_and_directory(const Bucket& from, const Location& tree, const std::string& to);
  /// May ask both buckets for one object: another endpoint or profile may lead to the same one.
  static Overlap of_buckets(const Bucket& from, const Location& tree, const Bucket& to, const Location& place,
                            const Context& context);

  /// As which name of the tree something of that name arrives; nothing when it arrives elsewhere.
  std::optional<std::string> arrives_as(std::string_view name) const;
  /// That not all of the tree arrives in it. Errors: `invalid_argument`.
  Status check_apart(const std::string& to) const;

 private:
  Overlap(std::string from, std::string to) : apart_(false), from_(std::move(from)), to_(std::move(to)) {}

  bool apart_ = true;
  std::string from_;  // Both to be compared: paths, or keys in one bucket. They end with `/`, or are empty.
  std::string to_;
};

}  // namespace cloudkit::tool
