#pragma once

#include <cloudkit/object_store.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// For tests of programs that use cloudkit: a bucket in which things go wrong on demand, and that knows what was asked.
namespace cloudkit::inline v0::testing {

/// What a bucket is asked. A service is sent one request for each, or a few.
enum class BucketCall {
  put,
  get,
  head,
  remove,
  remove_many,
  copy,
  list,
  begin_upload,
  put_part,
  complete_upload,
  abort_upload,
  other,      ///< Versions, tags, metadata, signed URLs, lists of uploads and of their parts.
  copy_part,  ///< Of an upload, from another object.
};

/// "put", … Never fails.
CLOUDKIT_API std::string_view to_string(BucketCall call) noexcept;

/// A call that has ended.
struct BucketCallRecord {
  BucketCall call = BucketCall::other;  ///< What was asked.
  std::string key = {};                 ///< Of a list: the prefix. Of `remove_many`: empty.
  std::optional<ErrorCode> error = {};  ///< None: it succeeded.
};

/// What is to go wrong: the calls that it describes fail with `code`. As with a service, the handle goes on with a
/// `get` that has broken off in the middle, if the code is one that may pass (`unavailable`, `throttled`, `timeout`,
/// `conflict`): a read that is to fail needs another code, `bytes` 0, or `times` 0.
struct BucketFault {
  std::optional<BucketCall> call = {};      ///< Default: any. `remove` means each key of a `remove_many` too.
  std::string key = {};                     ///< Default: any. Of any call: within a `remove_many` too.
  ErrorCode code = ErrorCode::unavailable;  ///< Of the error.
  int skip = 0;                             ///< So many of these calls succeed first.
  int times = 1;                            ///< 0: from then on always.
  bool done = false;        ///< The call does what it should, and its reply is lost: `may_have_happened`.
  std::uint64_t bytes = 0;  ///< Of a `get`: it breaks off before this byte of the object.
  /// The error says `may_have_happened`, as one of a lost request or reply does. With `done` it always does.
  bool uncertain = false;
};

/// Thread-safe; copies are the same bucket.
class CLOUDKIT_API TestBucket {
 public:
  /// An empty one, in memory.
  TestBucket();
  /// Another one, with what is in it: `Bucket::driver`.
  explicit TestBucket(std::shared_ptr<BucketDriver> inner);

  /// For the code under test.
  Bucket bucket() const;

  /// Of several faults that describe a call, the first that was given counts.
  void fail(BucketFault fault) const;
  /// From now on nothing goes wrong.
  void heal() const;
  /// The faults that have let no call fail yet, in the order in which they were given, also those that were healed: a
  /// test that ends with one has not tested it. `skip` is what is left of it.
  std::vector<BucketFault> unfired() const;

  /// In the order in which they ended.
  std::vector<BucketCallRecord> calls() const;
  std::size_t count(BucketCall call) const;  ///< Of those in `calls`.
  /// `calls` begins anew.
  void forget_calls() const;

 private:
  class Driver;
  std::shared_ptr<Driver> driver_;
};

}  // namespace cloudkit::inline v0::testing
