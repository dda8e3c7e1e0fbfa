#include "local/file_store.h"

#include "core/beneath.h"
#include "core/fail.h"
#include "core/fs_error.h"
#include "core/object_rules.h"
#include "core/time.h"
#include "local/directory.h"
#include "local/file_bucket.h"
#include "local/key_path.h"
#include "local/name_list.h"

#include <cloudkit/local.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <dirent.h>
#include <cerrno>
#include <vector>

namespace cloudkit::inline v0::local {
namespace {

using core::UniqueFd;

constexpr int kStoreFlags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

// A directory that one may enter but not read cannot be synced.
Status sync_path(const std::string& path) {
  const UniqueFd directory(::open(path.c_str(), kStoreFlags));
  if (!directory || core::sync_directory(directory.get())) return {};
  Error error = core::fs_error("fsync " + path, errno);
  error.may_have_happened = true;
  return error;
}

Status sync_store(const StoreConfig& config) { return config.sync ? sync_path(config.directory) : Status(); }

// Of a store that is made with its first bucket. The path is the caller's: links are followed.
Status make_path(const std::string& path, bool sync) {
  std::string above = "/";
  for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string part = path.substr(0, slash);
    if (::mkdir(part.c_str(), 0777) == 0) {
      if (auto synced = sync ? sync_path(above) : Status(); !synced) return synced;
    } else if (errno != EEXIST && errno != EISDIR) {
      return core::fs_error("make the directory " + part, errno);
    }
    if (slash == std::string::npos) return {};
    above = part;
  }
}

TimePoint created_of(int store, const std::string& name, const struct stat& state) {
#ifdef STATX_BTIME
  struct statx extended{};
  if (::statx(store, name.c_str(), AT_SYMLINK_NOFOLLOW, STATX_BTIME, &extended) == 0 &&
      (extended.stx_mask & STATX_BTIME) != 0) {
    return core::from_unix(extended.stx_btime.tv_sec, 0);
  }
#endif
  static_cast<void>(store);
  static_cast<void>(name);
  return core::from_unix(state.st_ctim.tv_sec, 0);
}

}  // namespace

Status check_bucket(const StoreConfig& config, std::string_view name) {
  if (name == kRootBucket && config.directory == "/") return {};
  if (auto status = core::check_bucket_name(name); !status) return status;
  if (is_reserved(name)) {
    return core::invalid_argument("a bucket's name cannot begin with \"" + std::string(kReservedPrefix) + "\"");
  }
  return {};
}

std::string FileStoreDriver::url() const { return file_url(config_.directory); }

Result<std::shared_ptr<BucketDriver>> FileStoreDriver::bucket(std::string_view name) {
  if (auto status = check_bucket(config_, name); !status) return status.error();
  return std::shared_ptr<BucketDriver>(std::make_shared<FileBucketDriver>(config_, std::string(name)));
}

Status FileStoreDriver::create_bucket(std::string_view name, const CreateBucketOptions& options) {
  if (options.versioned) return core::unsupported("this backend keeps no versions");
  if (auto status = check_bucket(config_, name); !status) return status;
  if (name == kRootBucket) return core::bucket_exists_already(name);
  if (auto status = make_path(config_.directory, config_.sync); !status) return status;
  const std::string path = bucket_path(config_, name);
  if (::mkdir(path.c_str(), 0777) == 0) return sync_store(config_);
  if (errno != EEXIST) return core::fs_error("make the directory " + path, errno);
  const auto existing = open_bucket_dir(config_, name);
  if (existing) return core::bucket_exists_already(name);
  return core::fail(ErrorCode::conflict, path + " exists and is not a directory that can be opened",
                    existing.error().hint);
}

Status FileStoreDriver::delete_bucket(std::string_view name, const BucketOptions& options) {
  if (auto status = check_bucket(config_, name); !status) return status;
  if (name == kRootBucket) return core::invalid_argument("the root directory cannot be deleted");
  const auto bucket = open_bucket_dir(config_, name);
  if (!bucket) return bucket.error();
  const auto lock = BucketLock::acquire(*bucket, options.context);
  if (!lock) return lock.error();
  const auto any = holds_others(bucket->fd.get(), options.context);
  if (!any.has_value()) return any.error();
  if (*any) return core::bucket_not_empty(name);
  if (auto status = remove_leftovers(bucket->fd.get(), options.context); !status) return status;
  if (::rmdir(bucket->path.c_str()) == 0) return sync_store(config_);
  // A put that has just begun.
  if (errno == ENOTEMPTY || errno == EEXIST) return core::bucket_not_empty(name);
  return core::fs_error("remove " + bucket->path, errno);
}

Result<bool> FileStoreDriver::bucket_exists(std::string_view name, const BucketOptions&) {
  if (auto status = check_bucket(config_, name); !status) return status.error();
  const auto bucket = open_bucket_dir(config_, name);
  if (bucket) return true;
  if (bucket.error().code == ErrorCode::not_found) return false;
  return bucket.error();
}

Result<BucketPage> FileStoreDriver::list_buckets_page(std::string_view, const BucketOptions& options) {
  const UniqueFd store(::open(config_.directory.c_str(), kStoreFlags));
  if (!store) {
    const int error_number = errno;
    Error error = core::fs_error("open the store's directory " + config_.directory, error_number);
    if (error_number == ENOENT) error.code = ErrorCode::not_found;
    return error;
  }
  const auto names = read_names(store.get(), config_.directory, options.context);
  if (!names) return names.error();
  BucketPage page;
  for (std::size_t i = 0; i < names->size(); ++i) {
    std::string_view name = (*names)[i];
    if (!name.ends_with('/') || name.starts_with('.')) continue;
    name.remove_suffix(1);
    struct stat state{};
    if (::fstatat(store.get(), std::string(name).c_str(), &state, AT_SYMLINK_NOFOLLOW) != 0) continue;
    page.entries.push_back({std::string(name), created_of(store.get(), std::string(name), state)});
  }
  return page;
}

}  // namespace cloudkit::inline v0::local
