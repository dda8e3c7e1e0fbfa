#include "location.h"

#include "format.h"

#include <cloudkit/local.h>
#include <cloudkit/open.h>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>

namespace cloudkit::tool {
namespace {

namespace fs = std::filesystem;

// Cannot be taken for a bucket's name.
bool is_clearly_path(std::string_view text) noexcept {
  return text == "." || text == ".." || text.starts_with('/') || text.starts_with("./") || text.starts_with("../");
}

bool is_directory(const std::string& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

// "/a" of "/a/b", "/" of "/a".
std::string parent_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 ? "/" : std::string(path.substr(0, slash));
}

std::string without_trailing_slashes(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

Location in_directory(std::string_view given, const std::string& directory, std::string key, const std::string& query) {
  Location location;
  location.given = given;
  location.is_file = true;
  location.store_url = local::file_url(parent_of(directory)) + query;
  location.bucket_url = local::file_url(directory) + query;
  location.bucket_name = last_name(directory);
  location.key = std::move(key);
  return location;
}

// The nearest directory that exists is the bucket, so that what a key implies need not exist, as
// on S3. But never the root by accident: then the bucket is the parent, which the error will name.
Location locate_file(std::string_view given, const std::string& path, const std::string& query) {
  const std::string whole = without_trailing_slashes(path);
  if (is_directory(whole)) return in_directory(given, whole, {}, query);
  std::string directory = parent_of(whole);
  for (std::string above = directory; above != "/"; above = parent_of(above)) {
    if (!is_directory(above)) continue;
    directory = above;
    break;
  }
  return in_directory(given, directory, path.substr(directory == "/" ? 1 : directory.size() + 1), query);
}

Result<std::string> absolute(std::string_view path) {
  std::error_code error;
  const fs::path absolute = fs::absolute(fs::path(path), error);
  if (error) return Error(ErrorCode::io, "the working directory is not known: " + error.message());
  return absolute.lexically_normal().string();
}

Error not_a_url(std::string_view text) {
  return named(
      Error(ErrorCode::invalid_argument, "it is not a URL",
            "write s3://" + std::string(text) + " for a bucket, or ./" + std::string(text) + " for a file here"),
      "open", text);
}

// The error that opening has for it, which shows no secret of a malformed URL.
Error refused(std::string_view text, Error otherwise) {
  auto opened = Registry::global().bucket(text);
  return opened ? std::move(otherwise) : std::move(opened).error();
}

// "?region=eu-west-1" as it was written, or "".
std::string query_of(std::string_view text) {
  const std::size_t mark = text.find('?');
  return mark == std::string_view::npos ? "" : std::string(text.substr(mark));
}

Location locate(std::string_view text, const Url& url) {
  const std::string query = query_of(text);
  Location location;
  location.given = text;
  location.store_url = url.scheme + "://" + query;
  if (url.host.empty()) return location;
  location.bucket_url = url.scheme + "://" + url.host + query;
  location.bucket_name = url.host;
  location.key = url.path.empty() ? "" : url.path.substr(1);
  return location;
}

struct Parsed {
  Url url = {};
  std::string file_path = {};  // Absolute, for file:// and paths.
};

Result<Parsed> parse(std::string_view text) {
  Parsed parsed;
  if (!is_url(text)) {
    if (!is_clearly_path(text)) return not_a_url(text);
    auto path = absolute(text);
    if (!path) return std::move(path).error();
    parsed.url.scheme = "file";
    parsed.file_path = *std::move(path);
    return parsed;
  }
  auto url = Url::parse(text);
  if (!url) return refused(text, std::move(url).error());
  parsed.url = *std::move(url);
  if (parsed.url.scheme == "file") {
    // What a path may not hold is opening's to say.
    auto opened = Registry::global().bucket(text);
    if (!opened) return std::move(opened).error();
    parsed.file_path = parsed.url.path;
  }
  return parsed;
}

// Where the path begins; npos when there is none.
std::size_t path_of_url(std::string_view text) {
  const std::size_t host = text.find("://");
  return host == std::string_view::npos ? host : text.find('/', host + 3);
}

// A piece of a URL's path as a pattern: bytes that are written as %XX stand for themselves.
Result<KeyPattern> pattern_of(std::string_view piece) {
  std::string pattern = "/";
  for (std::size_t i = 0; i < piece.size(); ++i) {
    if (piece[i] != '%') {
      pattern += piece[i];
      continue;
    }
    const auto byte = decoded(piece.substr(i, 3));
    if (!byte) return byte.error();
    if (std::string_view("*?[]\\!-").find(*byte) != std::string_view::npos) pattern += '\\';
    pattern += *byte;
    i += 2;
  }
  return KeyPattern::parse(pattern);
}

Result<Location> place_of(const std::string& text) {
  auto location = parse_location(text);
  if (location && location->names_store()) {
    return Error(ErrorCode::invalid_argument, text + " names no bucket", "write s3://BUCKET");
  }
  return location;
}

// Its bucket is the nearest directory above it that exists, in which nothing is below its key.
bool is_missing_directory(const Location& location) { return location.is_file && !location.key.empty(); }

Result<Bucket> open_below(const Location& location) {
  auto bucket = open(location);
  if (!bucket || location.key.empty()) return bucket;
  return bucket->below(location.key);
}

}  // namespace

bool is_url(std::string_view text) noexcept { return text.find("://") != std::string_view::npos; }

Status check_is_path(const std::string& text, const char* of_buckets) {
  if (!is_url(text)) return {};
  return Error(ErrorCode::invalid_argument, printable(text) + " is a URL, and the path of a directory is needed",
               text.starts_with("file://") ? "write the path alone, without file://" : of_buckets);
}

std::string url_text(std::string_view key) {
  std::string out;
  while (!key.empty()) {
    const std::string_view character = key.substr(0, std::max<std::size_t>(utf8_size(key), 1));
    key.remove_prefix(character.size());
    if (std::string_view(" %?#*").find(character) == std::string_view::npos && printable(character) == character) {
      out += character;
      continue;
    }
    for (const char c : character) {
      fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::string object_url(const Bucket& bucket, std::string_view key) { return bucket.url() + '/' + url_text(key); }

Result<std::string> decoded(std::string_view piece) {
  return Url::parse("mem://any/" + std::string(piece)).map([](const Url& url) { return url.path.substr(1); });
}

Result<Location> parse_source(std::string_view text) {
  const std::size_t path = path_of_url(text);
  const std::string query = query_of(text);
  const std::string_view whole = text.substr(0, text.size() - query.size());
  if (path == std::string_view::npos || whole.find('*', path) == std::string_view::npos) return parse_location(text);
  // A set before the star is one, too.
  const std::size_t slash = whole.rfind('/', whole.find_first_of("*[\\", path));
  auto pattern = pattern_of(whole.substr(slash + 1));
  if (!pattern) return named(std::move(pattern).error(), "open", text);
  auto location = parse_location(std::string(whole.substr(0, slash + 1)) + query);
  if (!location) return location;
  location->given = text;
  location->pattern = *std::move(pattern);
  const std::string_view piece = whole.substr(slash + 1);
  location->pattern_of_trees = piece.ends_with('/');
  location->one_directory = piece.find('/') == std::string_view::npos && piece.find("**") == std::string_view::npos;
  return location;
}

Result<Location> parse_location(std::string_view text) {
  auto parsed = parse(text);
  if (!parsed) return std::move(parsed).error();
  if (parsed->file_path.empty()) return locate(text, parsed->url);
  return locate_file(text, parsed->file_path, is_url(text) ? query_of(text) : "");
}

Result<Location> parse_bucket(std::string_view text) {
  auto parsed = parse(text);
  if (!parsed) return std::move(parsed).error();
  if (!parsed->file_path.empty()) {
    return in_directory(text, without_trailing_slashes(parsed->file_path), {}, is_url(text) ? query_of(text) : "");
  }
  Location location = locate(text, parsed->url);
  if (location.names_store() || !(location.key.empty() || location.key == "/")) {
    return named(Error(ErrorCode::invalid_argument,
                       location.names_store() ? "it names no bucket" : "it names something in a bucket",
                       "write " + parsed->url.scheme + "://BUCKET"),
                 "open", text);
  }
  location.key.clear();
  return location;
}

Result<Bucket> open(const Location& location) {
  return open_bucket(location.names_store() ? location.store_url : location.bucket_url);
}

Result<Bucket> open_place(const std::string& text) {
  const auto location = place_of(text);
  if (!location) return location.error();
  if (is_missing_directory(*location)) {
    return Error(ErrorCode::not_found, text + " is no directory", "make it: cloudkit mb");
  }
  return open_below(*location);
}

Result<Bucket> open_destination(const std::string& text, bool dry_run) {
  const auto location = place_of(text);
  if (!location) return location.error();
  if (dry_run || !is_missing_directory(*location)) return open_below(*location);
  auto parsed = parse(text);
  if (!parsed) return std::move(parsed).error();
  return open_bucket(local::file_url(without_trailing_slashes(parsed->file_path)), {.create = true});
}

Error of_destination(Error error, const Bucket& to, const Context& context) {
  if (error.service_code != "NoSuchBucket") return error;
  // Of two buckets it does not say which.
  for (const auto& entry : to.list({.page_size = 1, .context = context})) {
    if (!entry && entry.error().service_code == "NoSuchBucket") error.hint = "make it: cloudkit mb";
    break;
  }
  return error;
}

Result<Operand> parse_operand(std::string_view text, bool source) {
  Operand operand;
  operand.text = text;
  if (text == "-") {
    operand.kind = Operand::Kind::stdio;
  } else if (is_url(text)) {
    auto location = source ? parse_source(text) : parse_location(text);
    if (!location) return std::move(location).error();
    operand.kind = Operand::Kind::url;
    operand.location = *std::move(location);
  }
  return operand;
}

Error named(Error error, const char* operation, std::string_view resource) {
  if (!error.operation.empty()) return error;
  error.operation = operation;
  error.resource = resource;
  return error;
}

std::string_view last_name(std::string_view path) noexcept {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

}  // namespace cloudkit::tool
