#pragma once

#include "core/unique_fd.h"
#include "object_store/transfer/journal_text.h"

#include <cloudkit/result.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace cloudkit::inline v0::object_store {

/// Beside a file: `.ck-NAME-DIGEST` + `suffix`, of a length that every file system takes. The digest is of the whole
/// name and of `target`. No file store lists such names.
std::string path_beside(const std::string& path, std::string_view target, std::string_view suffix);

/// Says in the error that the next call can go on.
Error kept(Error error);

/// What a transfer has done so far, in a file that outlives the program. Locked while it is open, so that two never
/// work on one transfer; a killed program's lock is gone with it. `add` is thread-safe.
class Journal {
 public:
  /// Opens the file, or makes it. Errors: `conflict` when another transfer has it; `io`.
  static Result<Journal> open(std::string path);
  Journal(Journal&& other) noexcept = default;
  Journal& operator=(Journal&&) = delete;
  ~Journal();

  /// What an earlier program wrote.
  const std::vector<JournalRecord>& found() const noexcept { return found_; }
  Status clear();
  /// Begins anew.
  Status start(const JournalRecord& record);
  /// Once a journal is large the rest is left out: there is less to resume then.
  Status add(const JournalRecord& record);
  /// Whether there is anything to go on with.
  bool has_steps() const;
  /// Whether nothing was begun at all.
  bool is_empty() const;
  /// The transfer is over. Nobody is told of it by the file any more.
  void remove() noexcept;

 private:
  Journal(std::string path, core::UniqueFd file);
  Status read();
  Status clear_locked();
  Status write(const std::string& line);

  std::string path_;
  core::UniqueFd file_;
  std::vector<JournalRecord> found_;
  std::unique_ptr<std::mutex> mutex_ = std::make_unique<std::mutex>();
  std::uint64_t size_ = 0;
  std::uint64_t lines_ = 0;
};

}  // namespace cloudkit::inline v0::object_store
