#include "core/fail.h"
#include "core/log.h"
#include "core/perform.h"
#include "sync/damaged_files.h"
#include "sync/path_set.h"
#include "sync/reporter.h"
#include "sync/snapshot.h"

#include <cloudkit/sync.h>

#include <sys/stat.h>

#include <algorithm>

namespace cloudkit::inline v0 {
namespace syncing {
namespace {

class Verifier {
 public:
  Verifier(const BackupDir& dir, OpenSnapshot& snapshot, const VerifyOptions& options)
      : dir_(dir),
        snapshot_(snapshot),
        options_(options),
        damaged_(DamagedFiles::read(dir.state())),
        reporter_(options_.event, options_.progress) {}

  Result<VerifyReport> run() {
    report_.snapshot = snapshot_.name;
    while (true) {
      if (auto status = options_.context.check(); !status) return status.error();
      const auto entry = snapshot_.manifest.next();
      if (!entry) return entry.error();
      if (!*entry) break;
      if (auto status = check(**entry); !status) return status.error();
    }
    if (auto status = find_extras(); !status) return status.error();
    reporter_.finish();
    report_.failed = reporter_.failed();
    report_.failures = reporter_.take_failures();
    return std::move(report_);
  }

 private:
  // Errors are those that end it; what is wrong with one file is in the report.
  Status check(const Entry& entry) {
    if (entry.action == Entry::Action::failed) {
      ++report_.missing;
      return {};
    }
    if (entry.action == Entry::Action::vanished) {
      ++report_.vanished;
      return {};
    }
    ++report_.objects;
    report_.bytes += entry.info.size;
    Status checked;
    if (entry.action == Entry::Action::directory) {
      const auto found = FileTree::open(snapshot_.tree.directory(), entry.path, snapshot_.tree.path_of(entry.path));
      if (!found) checked = core::fail(ErrorCode::data_loss, "the directory of a marker is missing");
    } else {
      known_.add(entry.path);
      checked = check_file(entry);
    }
    reporter_.add(1, entry.info.size);
    if (!checked && ends_all(checked.error(), options_.context)) return checked;
    if (!checked) report(entry, checked.error());
    return {};
  }

  Status check_file(const Entry& entry) {
    const auto file = open_checked(snapshot_.tree, entry);
    if (!file) return file.error();
    if (!options_.quick) {
      Status checked = check_bytes(file->get(), snapshot_.tree, entry, options_.context);
      if (!checked && is_damage(checked.error())) note_damage(file->get());
      return checked;
    }
    const auto state = snapshot_.tree.state(entry.path);
    if (state && *state == entry.file) return {};
    return core::fail(ErrorCode::data_loss, "the file was written or replaced since: its time or number is another one",
                      "its bytes tell, without the option quick");
  }

  // Of the bytes; a disk that has lost some, or whose checksums do not fit, does not give others.
  static bool is_damage(const Error& error) {
    return error.code == ErrorCode::data_loss || error.code == ErrorCode::io;
  }

  // So that the next backup fetches the object anew. A disk that is only read keeps no notes.
  void note_damage(int file) {
    struct stat state{};
    if (::fstat(file, &state) != 0) return;
    if (auto status = damaged_.note(dir_.state(), state_of(state)); !status) {
      core::log(LogLevel::warn, "the next backup is not told of a damaged file", {{"error", status.error().message}});
    }
  }

  void report(const Entry& entry, Error error) {
    // Whatever kept it from being read, it is not what was backed up.
    if (error.code == ErrorCode::not_found) error.code = ErrorCode::data_loss;
    reporter_.fail(entry.info.key, core::named(std::move(error), "verify", snapshot_.tree.path_of(entry.path)));
  }

  Status find_extras() {
    known_.sort();
    return snapshot_.tree.walk(
        [&](const std::string& path, bool is_file) {
          const bool known = known_.has(path);
          if (known && is_file) return;
          Error error = core::fail(ErrorCode::data_loss,
                                   is_file ? "the file belongs to no object" : "it is neither a file nor a directory");
          if (!known) reporter_.fail(path, core::named(std::move(error), "verify", snapshot_.tree.path_of(path)));
        },
        options_.context);
  }

  const BackupDir& dir_;
  OpenSnapshot& snapshot_;
  const VerifyOptions& options_;
  DamagedFiles damaged_;
  Reporter reporter_;
  VerifyReport report_;
  PathSet known_;
};

}  // namespace
}  // namespace syncing

Result<VerifyReport> verify(const std::string& directory, const VerifyOptions& options) {
  return core::perform(
      "verify", [&] { return directory; }, options.context.check(),
      [&]() -> Result<VerifyReport> {
        const auto dir = syncing::BackupDir::open(directory, syncing::BackupDir::Access::read);
        if (!dir) return dir.error();
        auto snapshot = syncing::open_snapshot(*dir, options.snapshot, options.context);
        if (!snapshot) return std::move(snapshot).error();
        return syncing::Verifier(*dir, *snapshot, options).run();
      });
}

}  // namespace cloudkit::inline v0
