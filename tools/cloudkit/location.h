#pragma once

#include <cloudkit/object_store.h>
#include <cloudkit/result.h>
#include <cloudkit/sync.h>

#include <optional>
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
  /// Which of the names below `prefix()` take part; begins at their first byte.
  std::optional<KeyPattern> pattern = {};
  bool one_directory = false;     ///< Of a pattern: what has a `/` cannot match.
  bool pattern_of_trees = false;  ///< Of a pattern: it ends with `/`, and so matches all that is below.

  bool names_store() const noexcept { return bucket_url.empty(); }
  bool names_object() const noexcept { return !pattern && !key.empty() && key.back() != '/'; }
  /// What only `-r` may mean: all that lies below something.
  bool names_tree() const noexcept { return pattern ? pattern_of_trees : !names_object(); }
  /// The key as a directory: what is below it begins with this.
  std::string prefix() const { return key.empty() || key.back() == '/' ? key : key + '/'; }
};

bool is_url(std::string_view text) noexcept;
/// For what takes the path of a directory alone: a URL would name one below the working directory. `of_buckets`: the
/// hint for who has named a bucket. Errors: `invalid_argument`.
Status check_is_path(const std::string& text, const char* of_buckets);

/// A URL, or a path that cannot be taken for anything else: it begins with `/`, `./` or `../`.
/// Errors: `invalid_argument`, as opening has them.
Result<Location> parse_location(std::string_view text);
/// The same for what may be several objects: a URL whose path holds a `*` is a pattern, but for bytes that are written
/// as %XX. Its `key` is the directory up to there.
Result<Location> parse_source(std::string_view text);
/// The same for what must be a bucket and nothing in it: for file:// the directory itself.
Result<Location> parse_bucket(std::string_view text);

/// Errors: as `cloudkit::open_bucket`; `invalid_argument` when no bucket is named.
Result<Bucket> open(const Location& location);

/// A bucket, or the part of one below a prefix: what a URL or a path names as a directory. Errors: as `open`.
Result<Bucket> open_place(const std::string& text);
/// The same for what is to be written to: a directory that is missing is made, or in a dry run taken for an empty one.
Result<Bucket> open_destination(const std::string& text, bool dry_run);
/// Where `to` is a bucket that is not there: with the way to make it. Asks, after such an error alone.
Error of_destination(Error error, const Bucket& to, const Context& context);

/// What `cp` copies from and to.
struct Operand {
  enum class Kind { stdio, path, url };
  Kind kind = Kind::path;
  std::string text = {};  ///< As the user wrote it.
  Location location = {};
};

/// Anything but a URL and `-` is a path. `source`: may be a pattern.
Result<Operand> parse_operand(std::string_view text, bool source);

/// How a key is written in a URL, so that it means itself, on any terminal too.
std::string url_text(std::string_view key);
/// An object as it is named to who may name it again, without the query; `Bucket::url` names it to readers of errors.
std::string object_url(const Bucket& bucket, std::string_view key);
/// A piece of a URL's path. Errors: `invalid_argument`.
Result<std::string> decoded(std::string_view piece);

/// For an error that names nothing yet.
Error named(Error error, const char* operation, std::string_view resource);

/// "c.txt" of "a/b/c.txt".
std::string_view last_name(std::string_view path) noexcept;

}  // namespace cloudkit::tool
