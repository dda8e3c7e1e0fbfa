#pragma once

#include "core/tried.h"

#include <cloudkit/driver/object_store.h>
#include <cloudkit/object_store.h>

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Trying what a store does. docs/guide/probe.md says for users what is tried.
namespace cloudkit::inline v0::object_store {

using core::answer_of;
using core::not_honoured;
using core::Tried;

/// Objects of its own, below a prefix that nobody else has, and what happens to them. Whatever a store makes of their
/// keys stays below that prefix. For one thread.
class ProbeRun {
 public:
  /// `driver`: one that holds nothing back. `prefix`: of the probed bucket. `name`: of who asks.
  ProbeRun(std::shared_ptr<BucketDriver> driver, const std::string& prefix, std::string_view name,
           const Context& context);

  const Bucket& bucket() const noexcept { return bucket_; }
  BucketDriver& driver() const noexcept { return *driver_; }
  const Context& context() const noexcept { return context_; }
  /// As the driver must be told: `key` with all prefixes.
  std::string whole(std::string_view key) const { return prefix_ + std::string(key); }
  const std::string& prefix() const noexcept { return prefix_; }

  /// All that is written, and every upload, goes through these, so that it is known what to remove.
  void will_write(std::string_view key);
  Result<ObjectInfo> put(std::string_view key, Bytes data, PutOptions options = {});
  Result<ObjectInfo> copy(std::string_view from, std::string_view to, CopyOptions options = {});
  /// Stores decide the condition at the end, but some bind it here: both are told.
  Result<UploadId> begin_upload(std::string_view key, const Condition& condition = {});
  /// The end of an upload of one part, by the driver alone: handles make none that small.
  Status complete(std::string_view key, const UploadId& upload, const UploadPart& part, const Condition& condition);

  /// The bytes of an object, or of a range of it.
  Result<std::string> get(std::string_view key, std::optional<ByteRange> range = {}) const;
  Result<ObjectInfo> head(std::string_view key) const { return bucket_.head(key, {.context = context_}); }
  /// Whether `key` has these bytes, which were put there.
  Tried expect(std::string_view key, std::string_view data) const;

  /// Ends uploads and removes objects, within `timeout`, also after `context` was cancelled. Returns the keys that may
  /// be there still, as the probed bucket names them.
  std::vector<std::string> clean_up(std::chrono::milliseconds timeout);

 private:
  struct Begun {
    std::string key;
    UploadId upload;
  };
  void find_uploads(const Context& context);
  void remove_versions(const Context& context);
  /// Of a key with all prefixes.
  void may_be_left(std::string_view whole_key);

  const std::shared_ptr<BucketDriver> driver_;
  const std::string own_prefix_;  // "cloudkit-probe-…/"
  const std::string prefix_;
  const Bucket bucket_;
  const Context context_;
  std::vector<std::string> keys_;
  std::vector<Begun> uploads_;
  std::vector<std::string> may_have_begun_;  // Keys of uploads that are not among them.
  bool has_versions_ = false;
  std::vector<std::string> left_;
};

/// The object that trials look at, and its bytes. The first that a run writes.
inline constexpr std::string_view kObject = "object";
inline constexpr std::string_view kBytes = "0123456789";
/// A token that no store gives.
inline constexpr const char* kOtherToken = "0123456789abcdef0123456789abcdef";

struct Trial {
  const char* name;
  bool (*promised)(const Capabilities& capabilities);
  Tried (*attempt)(ProbeRun& run);
};
using Trials = std::span<const Trial>;

/// What every store must do.
inline bool always(const Capabilities&) noexcept { return true; }

// A file each.
Trials condition_trials();
Trials object_trials();
Trials key_trials();
Trials listing_trials();
Trials upload_trials();

/// Tries one after the other. Errors: what stops all of them, such as a cancelled context.
Result<std::vector<Behaviour>> try_all(ProbeRun& run, Trials trials, const Capabilities& promised);

}  // namespace cloudkit::inline v0::object_store
