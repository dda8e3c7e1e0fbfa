#include "local/open.h"

#include "core/fail.h"
#include "core/log.h"
#include "local/file_store.h"
#include "local/key_path.h"

#include <cloudkit/local.h>

#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>

namespace cloudkit::inline v0::local {
namespace {

constexpr std::string_view kForm = "write file:///DIR, with three slashes";

// Without doubled and trailing slashes; "/" stays.
std::string cleaned(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const std::string_view segment = take_segment(path);
    if (segment.empty()) continue;
    out += '/';
    out += segment;
  }
  return out.empty() ? "/" : out;
}

Result<std::string> directory_of(const Url& url) {
  if (auto status = url.allow_only({}); !status) return status.error();
  if (!url.host.empty()) {
    return core::invalid_argument("a file URL names no host, but this one has \"" + url.host + "\"",
                                  std::string(kForm));
  }
  if (!url.path.starts_with('/')) return core::invalid_argument("the URL names no directory", std::string(kForm));
  for (std::string_view rest = url.path; !rest.empty();) {
    const std::string_view segment = take_segment(rest);
    if (segment == "." || segment == "..") {
      return core::invalid_argument("the path holds \"" + std::string(segment) + "\"", "write the whole path");
    }
  }
  return cleaned(url.path);
}

Result<std::string> absolute(const std::string& directory) {
  if (directory.empty()) return core::invalid_argument("the store's directory is empty");
  if (directory.find('\0') != std::string::npos) return core::invalid_argument("the directory holds a NUL byte");
  if (directory.front() == '/') return cleaned(directory);
  std::array<char, PATH_MAX> here{};
  if (::getcwd(here.data(), here.size()) == nullptr) return core::io_error("getcwd", errno);
  return cleaned(std::string(here.data()) + '/' + directory);
}

}  // namespace

Result<ObjectStore> make_file_store(const std::string& directory, FileStoreOptions options) {
  auto path = absolute(directory);
  if (!path) return std::move(path).error();
  StoreConfig config;
  config.directory = *std::move(path);
  config.sync = options.sync;
  return ObjectStore(std::make_shared<FileStoreDriver>(std::move(config)));
}

Result<std::shared_ptr<ObjectStoreDriver>> open_store(const Url& url) {
  auto path = directory_of(url);
  if (!path) return std::move(path).error();
  StoreConfig config;
  config.directory = *std::move(path);
  return std::shared_ptr<ObjectStoreDriver>(std::make_shared<FileStoreDriver>(std::move(config)));
}

Result<BucketLocation> open_bucket(const Url& url) {
  auto path = directory_of(url);
  if (!path) return std::move(path).error();
  StoreConfig config;
  config.follow_bucket = true;
  const std::string_view parent = parent_of(*path);
  config.directory = parent.empty() ? "/" : std::string(parent);
  BucketLocation location;
  location.bucket = *path == "/" ? std::string(kRootBucket) : std::string(name_of(*path));
  if (auto status = check_bucket(config, location.bucket); !status) return status.error();
  if (location.bucket == kRootBucket) {
    core::log(LogLevel::warn, "file:/// is the whole file system of this machine as a bucket");
  }
  location.store = std::make_shared<FileStoreDriver>(std::move(config));
  return location;
}

}  // namespace cloudkit::inline v0::local
