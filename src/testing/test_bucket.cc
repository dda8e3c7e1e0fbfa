#include <cloudkit/driver/forwarding_bucket.h>
#include <cloudkit/memory.h>
#include <cloudkit/testing/test_bucket.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <utility>

namespace cloudkit::inline v0::testing {
namespace {

constexpr std::array<std::string_view, 13> kCallNames{
    "put",          "get",   "head",         "remove",   "remove_many",
    "copy",         "list",  "begin_upload", "put_part", "complete_upload",
    "abort_upload", "other", "copy_part"};

Error error_of(const BucketFault& fault) {
  Error error(fault.code, "a test let it fail");
  error.retryable = fault.code == ErrorCode::unavailable || fault.code == ErrorCode::throttled ||
                    fault.code == ErrorCode::timeout || fault.code == ErrorCode::conflict;
  error.attempts = 1;  // It fails as a request does, not before one.
  error.may_have_happened = fault.done || fault.uncertain;
  return error;
}

// As most services do, and memory does not: so that a test of many removals meets them as one call.
class ManyAtOnce final : public ForwardingBucket {
 public:
  using ForwardingBucket::ForwardingBucket;

  Capabilities capabilities() const override {
    Capabilities can = inner_->capabilities();
    can.max_remove_many = 1000;
    return can;
  }
  Result<std::vector<RemoveFailure>> remove_many(std::span<const std::string> keys,
                                                 const RemoveManyOptions& options) override {
    std::vector<RemoveFailure> failures;
    for (const std::string& key : keys) {
      auto removed = inner_->remove(key, {.context = options.context});
      if (!removed) failures.push_back({key, std::move(removed).error()});
    }
    return failures;
  }
};

std::shared_ptr<BucketDriver> make_test_memory() {
  return std::make_shared<ManyAtOnce>(memory::make_memory_store().create_bucket("test").value().driver());
}

// Takes the bytes up to where the object breaks off, then fails: a get that goes on there gets none.
class CutReceiver final : public ObjectReceiver {
 public:
  CutReceiver(ObjectReceiver& receiver, const BucketFault& fault) : receiver_(receiver), fault_(fault) {}

  Status begin(const ObjectInfo& info, std::uint64_t offset, std::uint64_t length) override {
    at_ = offset;
    return receiver_.begin(info, offset, length);
  }
  Status write(Bytes chunk) override {
    const std::uint64_t left = fault_.bytes > at_ ? fault_.bytes - at_ : 0;
    const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(chunk.size(), left));
    at_ += taken;
    if (taken > 0) {
      if (auto status = receiver_.write(Bytes(chunk.view().substr(0, taken))); !status) return status;
    }
    return taken == chunk.size() ? Status() : Status(error_of(fault_));
  }

 private:
  ObjectReceiver& receiver_;
  const BucketFault& fault_;
  std::uint64_t at_ = 0;  // Of the object.
};

}  // namespace

std::string_view to_string(BucketCall call) noexcept { return kCallNames[static_cast<std::size_t>(call)]; }

class TestBucket::Driver final : public ForwardingBucket {
 public:
  using ForwardingBucket::ForwardingBucket;

  std::string copy_id() const override { return inner_->copy_id(); }
  Result<ObjectInfo> put(std::string_view key, const Source& source, const PutOptions& options) override {
    return call(BucketCall::put, key, [&] { return inner_->put(key, source, options); });
  }
  Result<ObjectInfo> get(std::string_view key, const GetOptions& options, ObjectReceiver& receiver) override {
    const auto fault = fault_of(BucketCall::get, key);
    if (!fault) return note(BucketCall::get, key, inner_->get(key, options, receiver));
    CutReceiver cut(receiver, *fault);
    auto info = fault->bytes > 0 ? inner_->get(key, options, cut) : Result<ObjectInfo>(error_of(*fault));
    return note(BucketCall::get, key, info ? Result<ObjectInfo>(error_of(*fault)) : std::move(info));
  }
  Result<ObjectInfo> head(std::string_view key, const HeadOptions& options) override {
    return call(BucketCall::head, key, [&] { return inner_->head(key, options); });
  }
  Status remove(std::string_view key, const RemoveOptions& options) override {
    return call(BucketCall::remove, key, [&] { return inner_->remove(key, options); });
  }
  Result<CopyStep> copy(const CopyRequest& request) override {
    return call(BucketCall::copy, request.destination_key, [&] { return inner_->copy(request); });
  }
  Result<ListPage> list_page(const ListPageRequest& request) override {
    return call(BucketCall::list, request.prefix, [&] { return inner_->list_page(request); });
  }
  Result<std::vector<RemoveFailure>> remove_many(std::span<const std::string> keys,
                                                 const RemoveManyOptions& options) override {
    return call(BucketCall::remove_many, {}, [&] { return remove_others(keys, options); });
  }

  Result<UploadId> begin_upload(std::string_view key, const PutOptions& options) override {
    return call(BucketCall::begin_upload, key, [&] { return inner_->begin_upload(key, options); });
  }
  Result<PutPartResult> put_part(const PutPartRequest& request, const Source& part) override {
    return call(BucketCall::put_part, request.key, [&] { return inner_->put_part(request, part); });
  }
  Result<UploadPart> copy_part(const PutPartRequest& request, std::string_view source_bucket,
                               std::string_view source_key, ByteRange range, std::string_view source_token) override {
    return call(BucketCall::copy_part, request.key,
                [&] { return inner_->copy_part(request, source_bucket, source_key, range, source_token); });
  }
  Result<ObjectInfo> complete_upload(std::string_view key, const UploadId& upload, const std::vector<UploadPart>& parts,
                                     const PutOptions& options) override {
    return call(BucketCall::complete_upload, key, [&] { return inner_->complete_upload(key, upload, parts, options); });
  }
  Status abort_upload(std::string_view key, const UploadId& upload, const Context& context) override {
    return call(BucketCall::abort_upload, key, [&] { return inner_->abort_upload(key, upload, context); });
  }
  Result<std::vector<UploadPart>> list_parts(std::string_view key, const UploadId& upload,
                                             const Context& context) override {
    return call(BucketCall::other, key, [&] { return inner_->list_parts(key, upload, context); });
  }
  Result<UploadPage> list_uploads_page(std::string_view prefix, std::string_view page_token,
                                       const Context& context) override {
    return call(BucketCall::other, prefix, [&] { return inner_->list_uploads_page(prefix, page_token, context); });
  }

  Result<VersionPage> list_versions_page(const ListVersionsRequest& request) override {
    return call(BucketCall::other, request.prefix, [&] { return inner_->list_versions_page(request); });
  }
  Status remove_version(std::string_view key, std::string_view version_id, const VersionOptions& options) override {
    return call(BucketCall::other, key, [&] { return inner_->remove_version(key, version_id, options); });
  }
  Result<ObjectInfo> set_metadata(std::string_view key, const SetMetadataOptions& options) override {
    return call(BucketCall::other, key, [&] { return inner_->set_metadata(key, options); });
  }
  Result<Tags> get_tags(std::string_view key, const TagOptions& options) override {
    return call(BucketCall::other, key, [&] { return inner_->get_tags(key, options); });
  }
  Status set_tags(std::string_view key, const Tags& tags, const TagOptions& options) override {
    return call(BucketCall::other, key, [&] { return inner_->set_tags(key, tags, options); });
  }
  Result<std::string> presign(std::string_view key, const PresignOptions& options) override {
    return call(BucketCall::other, key, [&] { return inner_->presign(key, options); });
  }

  void fail(BucketFault fault) {
    const std::scoped_lock lock(mutex_);
    faults_.push_back({std::move(fault)});
  }
  void heal() {
    const std::scoped_lock lock(mutex_);
    for (Planned& planned : faults_) planned.over = true;
  }
  std::vector<BucketFault> unfired() const {
    const std::scoped_lock lock(mutex_);
    std::vector<BucketFault> out;
    for (const Planned& planned : faults_) {
      if (!planned.fired) out.push_back(planned.fault);
    }
    return out;
  }
  std::vector<BucketCallRecord> calls() const {
    const std::scoped_lock lock(mutex_);
    return calls_;
  }
  void forget_calls() {
    const std::scoped_lock lock(mutex_);
    calls_.clear();
  }

 private:
  template <class Body>
  auto call(BucketCall what, std::string_view key, Body body) -> decltype(body()) {
    const auto fault = fault_of(what, key);
    if (!fault) return note(what, key, body());
    if (fault->done) {
      auto outcome = body();
      if (!outcome) return note(what, key, std::move(outcome));
    }
    return note(what, key, decltype(body())(error_of(*fault)));
  }

  template <class Outcome>
  Outcome note(BucketCall what, std::string_view key, Outcome outcome) {
    const std::scoped_lock lock(mutex_);
    calls_.push_back({what, std::string(key), outcome ? std::nullopt : std::optional(outcome.error().code)});
    return outcome;
  }

  struct Planned {
    BucketFault fault;
    bool fired = false;
    bool over = false;
  };
  enum class Meant { by_any, by_name };

  std::optional<BucketFault> fault_of(BucketCall what, std::string_view key, Meant how = Meant::by_any) {
    const std::scoped_lock lock(mutex_);
    const auto meant = std::find_if(faults_.begin(), faults_.end(), [&](const Planned& planned) {
      const BucketFault& fault = planned.fault;
      const bool of_call = fault.call ? fault.call == what : how == Meant::by_any || !fault.key.empty();
      return !planned.over && of_call && (fault.key.empty() || fault.key == key);
    });
    if (meant == faults_.end()) return std::nullopt;
    BucketFault& fault = meant->fault;
    if (fault.skip > 0) {
      --fault.skip;
      return std::nullopt;
    }
    meant->fired = true;
    if (fault.times == 1) {
      meant->over = true;
    } else if (fault.times > 1) {
      --fault.times;
    }
    return fault;
  }

  // Those keys whose removal is to fail stay, but for whose reply alone is lost.
  Result<std::vector<RemoveFailure>> remove_others(std::span<const std::string> keys,
                                                   const RemoveManyOptions& options) {
    std::vector<std::string> others;
    std::vector<RemoveFailure> failures;
    for (const std::string& key : keys) {
      if (const auto fault = fault_of(BucketCall::remove, key, Meant::by_name)) {
        failures.push_back({key, error_of(*fault)});
        if (!fault->done) continue;
      }
      others.push_back(key);
    }
    if (others.empty()) return failures;
    auto failed = inner_->remove_many(others, options);
    if (!failed) return failed;
    failed->insert(failed->end(), failures.begin(), failures.end());
    return failed;
  }

  mutable std::mutex mutex_;
  std::vector<Planned> faults_;  // Also those that are over.
  std::vector<BucketCallRecord> calls_;
};

TestBucket::TestBucket() : TestBucket(make_test_memory()) {}
TestBucket::TestBucket(std::shared_ptr<BucketDriver> inner) : driver_(std::make_shared<Driver>(std::move(inner))) {}

Bucket TestBucket::bucket() const { return Bucket(driver_); }
void TestBucket::fail(BucketFault fault) const { driver_->fail(std::move(fault)); }
void TestBucket::heal() const { driver_->heal(); }
std::vector<BucketFault> TestBucket::unfired() const { return driver_->unfired(); }
std::vector<BucketCallRecord> TestBucket::calls() const { return driver_->calls(); }
void TestBucket::forget_calls() const { driver_->forget_calls(); }

std::size_t TestBucket::count(BucketCall call) const {
  const auto all = driver_->calls();
  return static_cast<std::size_t>(
      std::count_if(all.begin(), all.end(), [&](const BucketCallRecord& record) { return record.call == call; }));
}

}  // namespace cloudkit::inline v0::testing
