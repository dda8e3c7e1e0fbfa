#pragma once

#include "object_store/transfer/plan.h"

#include <cloudkit/driver/object_store.h>

#include <mutex>
#include <string>
#include <vector>

namespace cloudkit::inline v0::object_store {

/// An object appears by its completion only: whatever became of a beginning or a part, it has not changed.
Error before_completion(Error error);

/// An upload in parts from its begin to its end, which is one of `complete` and `take_back`. Parts may be sent from
/// several threads.
class OpenUpload {
 public:
  /// `driver` must outlive it.
  OpenUpload(BucketDriver& driver, std::string_view key, PutOptions options);

  /// The options that the driver gets, with the write's id.
  const PutOptions& options() const noexcept { return options_; }

  Status begin();
  /// Instead of `begin`: goes on with an upload that an earlier program has begun.
  void take_over(UploadId upload, const std::string& write_id);
  /// The service has: the next `begin` begins another.
  void forget();
  bool is_begun() const noexcept { return !upload_.value.empty(); }
  const UploadId& id() const noexcept { return upload_; }
  const std::string& write_id() const noexcept { return write_id_; }

  PutPartRequest request(const Part& part, const Context& context) const;
  /// Sends `bytes`, which are those of the part. Errors: `data_loss` for a store that keeps less.
  Result<UploadPart> send(const Part& part, const Source& bytes, const Context& context);
  /// A part that the store has, for the completion.
  void keep(UploadPart part);
  bool has(int number);
  /// All parts are there. A lost reply is settled by the object itself.
  Result<ObjectInfo> complete(std::uint64_t size);
  /// Removes what was sent, within `cleanup_timeout`, whatever became of the caller's context.
  Status abort();
  /// Aborts, and returns the reason. Who pays for the parts that stay should know of them.
  Error take_back(Error reason);

 private:
  BucketDriver& driver_;
  const UploadLimits limits_;
  const std::string key_;
  PutOptions options_;
  std::string write_id_;
  UploadId upload_;
  std::mutex mutex_;
  std::vector<UploadPart> parts_;  // By number.
};

}  // namespace cloudkit::inline v0::object_store
