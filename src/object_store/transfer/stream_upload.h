#pragma once

#include "object_store/transfer/crew.h"
#include "object_store/transfer/open_upload.h"
#include "object_store/transfer/progress.h"
#include "object_store/transfer/spool.h"

#include <cloudkit/driver/object_store.h>

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace cloudkit::inline v0::object_store {

/// An object that is written piece by piece, of a length that only its end tells. What fits into one part is one put.
/// More travels in parts, which threads send while the next one fills: as many buffers as there are workers, and one.
/// Where that cannot be, all of it waits in a file for one put. For one thread at a time.
class StreamUpload {
 public:
  StreamUpload(std::shared_ptr<BucketDriver> driver, std::string key, PutOptions options, const OpenPlan& plan);
  StreamUpload(const StreamUpload&) = delete;
  StreamUpload& operator=(const StreamUpload&) = delete;
  /// Abandons what is not finished.
  ~StreamUpload();

  std::uint64_t written() const noexcept { return written_; }
  /// After an error every call returns that error.
  Status write(Bytes data);
  Result<ObjectInfo> finish();
  /// Errors: those of taking back what was sent.
  Status abandon();

 private:
  // A part on its way.
  struct Parcel {
    Part part = {};
    std::string bytes = {};
  };

  Status append(Bytes data);
  Status keep(Bytes piece);
  Status pass_on(bool last);
  Status spool();
  Status send(bool last);
  Status begin();
  Result<std::uint64_t> deliver(std::uint64_t number, const Context& context);
  Result<ObjectInfo> publish();
  Error give_up(Error reason);
  void give_up_for_exception();

  const std::shared_ptr<BucketDriver> driver_;
  const std::string key_;
  const PutOptions options_;
  const Capabilities capabilities_;
  const OpenPlan plan_;
  std::uint64_t written_ = 0;
  std::optional<Result<ObjectInfo>> outcome_;  // Once it has ended.

  // What was not passed on yet, and how much it may become.
  std::string buffer_;
  std::uint64_t part_size_;
  int next_number_ = 1;
  std::uint64_t offset_ = 0;

  std::unique_ptr<Spool> spool_;
  std::unique_ptr<OpenUpload> upload_;
  ProgressMeter progress_;
  std::mutex mutex_;
  std::map<std::uint64_t, Parcel> parcels_;  // By number.
  std::vector<std::string> spare_;           // Buffers to be used again.
  std::unique_ptr<Crew> crew_;               // The last member: its threads use the others.
};

}  // namespace cloudkit::inline v0::object_store
