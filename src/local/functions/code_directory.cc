#include "local/functions/code_directory.h"

#include "codec/zip.h"
#include "core/beneath.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/fs_error.h"
#include "core/function_rules.h"
#include "core/random.h"
#include "crypto/digest.h"
#include "local/unzip.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

namespace cloudkit::inline v0::local::functions {
namespace {

using core::UniqueFd;

constexpr std::string_view kUnfinished = ".unpacking-";
constexpr int kDirectoryFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

// What was written by others' code outlives a power cut only when each file is told so.
Status sync_tree(const std::string& directory) {
  std::error_code error;
  std::filesystem::recursive_directory_iterator it(directory, error);
  for (const std::filesystem::recursive_directory_iterator end; !error && it != end; it.increment(error)) {
    if (it->is_symlink()) continue;
    const UniqueFd file(::open(it->path().c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    if (!file || !core::sync_directory(file.get())) return core::fs_error("fsync " + it->path().string(), errno);
  }
  if (error) return core::fs_error("read the directory " + directory, error.value());
  const UniqueFd root(::open(directory.c_str(), kDirectoryFlags));
  return root && core::sync_directory(root.get()) ? Status() : Status(core::fs_error("fsync " + directory, errno));
}

Status unpack_all(const std::string& directory, std::string_view zip, bool sync) {
  codec::ZipLimits limits;
  limits.max_size = core::kLambdaCode;
  const auto reader = codec::ZipReader::open(zip, limits);
  if (!reader) return reader.error();
  if (::mkdir(directory.c_str(), 0700) != 0) return core::fs_error("make the directory " + directory, errno);
  const UniqueFd root(::open(directory.c_str(), kDirectoryFlags));
  if (!root) return core::fs_error("open " + directory, errno);
  if (auto status = unzip_beneath(root.get(), *reader); !status) return status;
  return sync ? sync_tree(directory) : Status();
}

void remove_tree(const std::string& path) {
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

}  // namespace

std::string revision_of(std::string_view zip) { return core::hex_encode(crypto::sha256(zip)); }

Status unpack_code(const DirectoryStore& store, std::string_view name, std::string_view zip) {
  const std::string path = store.code_path(name, revision_of(zip));
  struct stat state{};
  if (::stat(path.c_str(), &state) == 0) return {};
  const std::string above = store.code_path(name, "");
  for (const std::string& directory : {store.path("functions/" + std::string(name)), above}) {
    if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return core::fs_error("make " + directory, errno);
  }
  const std::string unfinished = store.code_path(name, std::string(kUnfinished) + core::random_hex(8));
  Status unpacked = unpack_all(unfinished, zip, store.sync());
  if (unpacked && ::rename(unfinished.c_str(), path.c_str()) != 0)
    unpacked = core::fs_error("rename to " + path, errno);
  if (!unpacked) {
    remove_tree(unfinished);
    return unpacked;
  }
  const UniqueFd directory(::open(above.c_str(), kDirectoryFlags));
  if (store.sync() && (!directory || !core::sync_directory(directory.get())))
    return core::fs_error("fsync " + above, errno);
  return {};
}

Result<CodeUse> CodeUse::begin(const DirectoryStore& store, std::string_view name, std::string_view revision) {
  std::string path = store.code_path(name, revision);
  UniqueFd directory(::open(path.c_str(), kDirectoryFlags));
  if (!directory && errno != ENOENT) return core::fs_error("open " + path, errno);
  if (directory && ::flock(directory.get(), LOCK_SH | LOCK_NB) == 0) {
    // Its remover may have been faster.
    if (::access(path.c_str(), F_OK) == 0) return CodeUse(std::move(path), FileLock(std::move(directory)));
  }
  return core::fail(ErrorCode::not_found, "the code of this revision is gone");
}

void remove_unused_code(const DirectoryStore& store, std::string_view name, const std::vector<std::string>& kept) {
  std::error_code error;
  for (std::filesystem::directory_iterator it(store.code_path(name, ""), error), end; !error && it != end;
       it.increment(error)) {
    const std::string revision = it->path().filename().string();
    if (std::find(kept.begin(), kept.end(), revision) != kept.end()) continue;
    UniqueFd directory(::open(it->path().c_str(), kDirectoryFlags));
    if (!directory || ::flock(directory.get(), LOCK_EX | LOCK_NB) != 0) continue;
    const FileLock lock(std::move(directory));
    // By another name, so that nobody begins to use what is half gone.
    const std::string dying = store.code_path(name, std::string(kUnfinished) + core::random_hex(8));
    if (::rename(it->path().c_str(), dying.c_str()) == 0) remove_tree(dying);
  }
  // Only what is empty.
  ::rmdir(store.code_path(name, "").c_str());
  ::rmdir(store.path("functions/" + std::string(name)).c_str());
}

}  // namespace cloudkit::inline v0::local::functions
