#include "sync/fetch_object.h"

#include "core/encode.h"
#include "core/fail.h"
#include "core/fs_error.h"
#include "core/write_all.h"
#include "crypto/digest.h"
#include "object_store/transfer/journal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace cloudkit::inline v0::syncing {
namespace {

using core::UniqueFd;
using Outcome = Fetched::Outcome;

// From here on parts are read at once, and are not read again after a crash.
constexpr std::uint64_t kLargeSize = std::uint64_t{16} << 20;

// A name that no other key has, the same in the next run.
std::string part_name(std::string_view key) { return core::hex_encode(crypto::sha256(key)).substr(0, 40); }

class HashingSink final : public Sink {
 public:
  HashingSink(int file, const std::string& path, Reporter& reporter) : file_(file), path_(path), reporter_(reporter) {}

  Status write(Bytes chunk) override {
    if (!core::write_all(file_, chunk)) {
      failed_ = true;
      return core::fs_error("write " + path_, errno);
    }
    digest_.update(chunk.view());
    size_ += chunk.size();
    reporter_.add(0, chunk.size());
    return {};
  }
  std::uint64_t size() const noexcept { return size_; }
  bool failed() const noexcept { return failed_; }
  std::string digest() { return core::hex_encode(digest_.finish()); }

 private:
  const int file_;
  const std::string& path_;
  Reporter& reporter_;
  crypto::Sha256 digest_;
  std::uint64_t size_ = 0;
  bool failed_ = false;
};

// Errors keep no number; EFBIG has a hint of its own, behind which a download may have said more.
bool is_file_too_large(const Error& error) {
  return error.code == ErrorCode::io && error.hint.starts_with(core::io_error({}, EFBIG).hint);
}

// Of the disk here, not of one object: a name that is too long or taken is that object's alone, and so is its size.
Fetched local_failure(Error error) {
  const bool is_name = error.code == ErrorCode::invalid_argument || error.code == ErrorCode::conflict;
  const bool is_its_own = is_name || error.code == ErrorCode::data_loss || is_file_too_large(error);
  return {is_its_own ? Outcome::failed : Outcome::stopped, std::move(error)};
}

}  // namespace

ObjectFetcher::ObjectFetcher(ObjectSource source, Target target, const TransferOptions& transfer, Reporter& reporter)
    : source_(std::move(source)), target_(std::move(target)), transfer_(transfer), reporter_(reporter) {}

Fetched ObjectFetcher::fetch(Entry& entry, const Context& context) const {
  const std::string name = part_name(entry.info.key);
  // In a jail without /proc it is read as one stream.
  const bool large =
      source_.capabilities().remote && entry.info.size >= kLargeSize && ::access("/proc/self/fd", X_OK) == 0;
  return source_.fetch(entry, context, [&](Entry& now, const Context& until) {
    return large ? bring_large(now, name, until) : bring(now, name, until);
  });
}

Fetched ObjectFetcher::bring(Entry& entry, const std::string& name, const Context& context) const {
  ::unlinkat(target_.parts, name.c_str(), 0);
  const UniqueFd file(
      ::openat(target_.parts, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return local_failure(core::fs_error("create a file in " + target_.parts_path, errno));
  const std::string path = target_.tree->path_of(core::printable_excerpt(entry.path, 400));
  HashingSink sink(file.get(), path, reporter_);
  auto info = source_.bucket().download(entry.info.key, sink, source_.options_for(entry, context));
  Fetched fetched;
  if (!info) {
    fetched = sink.failed() ? local_failure(info.error()) : source_.lost(info.error(), context);
  } else {
    entry.verified = info->checksum.algorithm != Checksum::Algorithm::none;
    source_.take_info(entry, *std::move(info));
    entry.info.size = sink.size();
    entry.sha256 = sink.digest();
    fetched = place(entry, name, file.get());
  }
  if (fetched.outcome != Outcome::done) ::unlinkat(target_.parts, name.c_str(), 0);
  return fetched;
}

// Where the file system gives all files one owner, the journal of an earlier run cannot be told from another's, and is
// refused: the object is fetched from its beginning.
void ObjectFetcher::forget_unowned(const std::string& name) const {
  const std::string journal = object_store::path_beside(name, "", ".ckjournal");
  struct stat state{};
  if (::fstatat(target_.parts, journal.c_str(), &state, AT_SYMLINK_NOFOLLOW) != 0) return;
  if (state.st_uid != ::geteuid()) ::unlinkat(target_.parts, journal.c_str(), 0);
}

// Through the directory's descriptor, so that the path leads nowhere else.
Fetched ObjectFetcher::bring_large(Entry& entry, const std::string& name, const Context& context) const {
  forget_unowned(name);
  GetOptions options = source_.options_for(entry, context);
  options.transfer.resume = true;
  options.transfer.part_size = transfer_.part_size;
  std::uint64_t told = 0;
  options.transfer.progress = [&](const TransferProgress& progress) {
    reporter_.add(0, progress.bytes - told);
    told = progress.bytes;
  };
  auto info =
      source_.bucket().download(entry.info.key, File{fmt::format("/proc/self/fd/{}/{}", target_.parts, name)}, options);
  // The source is behind a network: what is `io` happened here.
  if (!info && info.error().code == ErrorCode::io) return local_failure(info.error());
  if (!info) return source_.lost(info.error(), context);
  const std::string path = target_.parts_path + '/' + name;
  const UniqueFd file(::openat(target_.parts, name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!file) return local_failure(core::fs_error("open " + path, errno));
  auto digest = hash_file(file.get(), path, context);
  if (!digest) return {Outcome::stopped, digest.error()};
  entry.verified = info->checksum.algorithm != Checksum::Algorithm::none;
  source_.take_info(entry, *std::move(info));
  entry.sha256 = *std::move(digest);
  return place(entry, name, file.get());
}

Fetched ObjectFetcher::place(Entry& entry, const std::string& name, int file) const {
  const std::string path = target_.tree->path_of(core::printable_excerpt(entry.path, 400));
  if (auto status = seal(file, path, entry.info.modified); !status) return local_failure(status.error());
  if (target_.sync && ::fsync(file) != 0) return local_failure(core::fs_error("fsync " + path, errno));
  struct stat state{};
  if (::fstat(file, &state) != 0) return local_failure(core::fs_error("stat " + path, errno));
  entry.file = state_of(state);
  if (entry.file.size != entry.info.size) {
    return {Outcome::failed, core::fail(ErrorCode::data_loss, fmt::format("{} bytes arrived, and the object has {}",
                                                                          entry.file.size, entry.info.size))};
  }
  if (auto status = target_.tree->take(target_.parts, name, entry.path); !status) return local_failure(status.error());
  return {};
}

}  // namespace cloudkit::inline v0::syncing
