#pragma once

#include "object_store/local_io.h"
#include "object_store/transfer/journal.h"

#include <cloudkit/driver/object_store.h>

#include <optional>
#include <string_view>

namespace cloudkit::inline v0::object_store {

/// Which parts of one upload of a file are at the service. `add` is thread-safe.
class UploadJournal {
 public:
  /// `options` are the caller's, without a write id. Errors: as `Journal::open`.
  static Result<UploadJournal> open(BucketDriver& driver, std::string_view key, const FileSource& source,
                                    const PutOptions& options);
  /// The same if there is one.
  static Result<std::optional<UploadJournal>> open_if_any(BucketDriver& driver, std::string_view key,
                                                          const FileSource& source, const PutOptions& options);

  /// What an earlier program has begun for the same key, perhaps with another content.
  const std::optional<UploadState>& earlier() const noexcept { return earlier_; }
  /// Whether that would become the same object.
  bool is_same(const UploadState& earlier) const { return earlier.job == job_; }
  Status begin(UploadState state);
  Status add(const UploadPart& part) { return journal_.add(record_of(part)); }
  /// Whether the next call can go on after this error.
  bool is_worth_keeping(const Error& error) const;
  bool is_empty() const { return journal_.is_empty(); }
  void remove() noexcept { journal_.remove(); }

 private:
  UploadJournal(Journal journal, UploadJob job);

  Journal journal_;
  UploadJob job_;
  std::optional<UploadState> earlier_;
};

}  // namespace cloudkit::inline v0::object_store
