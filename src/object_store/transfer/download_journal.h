#pragma once

#include "object_store/transfer/journal.h"

#include <cloudkit/driver/object_store.h>

#include <optional>
#include <string>
#include <string_view>

namespace cloudkit::inline v0::object_store {

/// Which parts of one download are in its temporary file. `add` is thread-safe.
class DownloadJournal {
 public:
  /// Of a download to `path`. Errors: as `Journal::open`.
  static Result<DownloadJournal> open(BucketDriver& driver, std::string_view key, const GetOptions& options,
                                      const std::string& path);

  const std::string& partial_path() const noexcept { return partial_path_; }
  /// What an earlier program has left of the same download, of a content that the condition allows.
  std::optional<DownloadState> earlier(const Condition& condition) const;
  Status begin(DownloadState state);
  Status add(std::uint64_t index, std::uint64_t checksum) { return journal_.add(record_of_range(index, checksum)); }
  /// Whether the next call can go on after this error.
  bool is_worth_keeping(const Error& error) const;
  bool is_empty() const { return journal_.is_empty(); }
  /// What an earlier program has left is of no use.
  Status forget() { return journal_.clear(); }
  void remove() noexcept { journal_.remove(); }

 private:
  DownloadJournal(Journal journal, DownloadJob job, std::string partial_path);

  Journal journal_;
  DownloadJob job_;
  std::string partial_path_;
};

}  // namespace cloudkit::inline v0::object_store
