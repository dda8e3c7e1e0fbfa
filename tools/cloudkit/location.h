#pragma once

#include <cloudkit/object_store.h>
#include <cloudkit/result.h>

#include <string>
#include <string_view>

/// What stands on the command line: URLs, paths, `-`.
namespace cloudkit::tool {

/// A URL, taken apart into what is opened and the key in it. For file:// the bucket is the
/// directory that the URL names, or the nearest one above it that exists.
struct Location {
  std::string given = {};        ///< As the user wrote it.
  std::string store_url = {};    ///< For `open_object_store`.
  std::string bucket_url = {};   ///< For `open_bucket`; empty when only a store is named: "s3://".
  std::string bucket_name = {};  ///< In that store.
  std::string key = {};          ///< Decoded. Empty: the bucket.
  bool is_file = false;

  bool names_store() const noexcept { return bucket_url.empty(); }
  bool names_object() const noexcept { return !key.empty() && key.back() != '/'; }
  /// The key as a directory: what is below it begins with this.
  std::string prefix() const { return key.empty() || key.back() == '/' ? key : key + '/'; }
};

/// A URL, or a path that cannot be taken for anything else: it begins with `/`, `./` or `../`.
/// Errors: `invalid_argument`, as opening has them.
Result<Location> parse_location(std::string_view text);
/// The same for what must be a bucket and nothing in it: for file:// the directory itself.
Result<Location> parse_bucket(std::string_view text);

/// Errors: as `cloudkit::open_bucket`; `invalid_argument` when no bucket is named.
Result<Bucket> open(const Location& location);

/// A bucket, or the part of one below a prefix: what a URL or a path names as a directory. `create` makes a directory,
/// and nothing else. Errors: as `open`.
Result<Bucket> open_place(const std::string& text, bool create = false);

/// What `cp` copies from and to.
struct Operand {
  enum class Kind { stdio, path, url };
  Kind kind = Kind::path;
  std::string text = {};  ///< As the user wrote it.
  Location location = {};
};

/// Anything but a URL and `-` is a path.
Result<Operand> parse_operand(std::string_view text);

/// "c.txt" of "a/b/c.txt".
std::string_view last_name(std::string_view path) noexcept;

}  // namespace cloudkit::tool
