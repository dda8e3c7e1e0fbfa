#pragma once

#include "core/fail.h"
#include "memory/store_driver.h"
#include "support/forwarding_bucket.h"

#include <atomic>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace cloudkit::test {

/// A memory bucket behind a network that loses what it is told to.
class LossyBucket final : public ForwardingBucket {
 public:
  /// `refused_again`: it arrives and is answered 503, so that the client sends it once more, and that is refused.
  enum class Fate { arrives, reply_is_lost, request_is_lost, refused_again };

  explicit LossyBucket(UploadLimits limits = {}) : ForwardingBucket(make_inner(limits)) {}

  static Error lost() {
    Error error = core::fail(ErrorCode::unavailable, "connection reset");
    error.retryable = true;
    error.may_have_happened = true;
    error.attempts = 1;
    return error;
  }

  static Error refused_again() {
    Error error = core::fail(ErrorCode::precondition_failed, "the condition did not hold");
    error.attempts = 2;
    return error;
  }

  std::string copy_id() const override { return inner_->copy_id(); }
  Capabilities capabilities() const override {
    Capabilities able = inner_->capabilities();
    able.remote = true;
    able.max_put_size = max_put_size;
    able.max_copy_size = max_copy_size;
    able.uploads = takes_parts;
    able.conditional_get = conditional_gets;
    if (!conditional_uploads) able.upload_if_absent = able.upload_if_match = false;
    return able;
  }
  UploadLimits upload_limits() const override {
    UploadLimits limits = inner_->upload_limits();
    limits.use_from = use_from;
    return limits;
  }

  Result<ObjectInfo> put(std::string_view key, const Source& source, const PutOptions& options) override {
    note("put");
    if (before_put) before_put();
    if (put_is_lost && !fates.empty() && fates.front() == Fate::request_is_lost) put_is_lost(source, options);
    auto info = deliver([&] { return inner_->put(key, source, options); });
    if (after_put) after_put();
    return info;
  }
  Result<ObjectInfo> get(std::string_view key, const GetOptions& options, ObjectReceiver& receiver) override {
    note("get");
    if (before_get) {
      if (auto status = before_get(options); !status) return status.error();
    }
    GetOptions asked = options;
    if (ignores_conditions) asked.condition = {};
    WithChecksum checked(receiver, checksum, before_chunk);
    checked.alters_bytes = alters_bytes;
    return inner_->get(key, asked, checked);
  }
  Result<ObjectInfo> head(std::string_view key, const HeadOptions& options) override {
    note("head");
    return inner_->head(key, options);
  }
  Result<CopyStep> copy(const CopyRequest& request) override {
    const auto source = inner_->head(request.source_key, {});
    if (source && source->size > max_copy_size) return core::unsupported("too large for one request");
    return inner_->copy(request);
  }
  Result<ObjectInfo> set_metadata(std::string_view key, const SetMetadataOptions& options) override {
    const auto now = inner_->head(key, {});
    if (now && now->size > max_copy_size) return core::unsupported("too large for one request");
    return inner_->set_metadata(key, options);
  }
  Result<Tags> get_tags(std::string_view key, const TagOptions& options) override {
    note("get_tags");
    if (!knows_tags) return core::unsupported("no tags here");
    return inner_->get_tags(key, options);
  }
  Status set_tags(std::string_view key, const Tags& tags, const TagOptions& options) override {
    note("set_tags");
    if (tags_fail) return lost();
    return inner_->set_tags(key, tags, options);
  }
  Result<UploadId> begin_upload(std::string_view key, const PutOptions& options) override {
    note("begin");
    return inner_->begin_upload(key, options);
  }
  Result<PutPartResult> put_part(const PutPartRequest& request, const Source& part) override {
    note("part " + std::to_string(request.number));
    if (before_part) {
      if (auto status = before_part(request); !status) return status.error();
    }
    return inner_->put_part(request, part);
  }
  Result<UploadPart> copy_part(const PutPartRequest& request, std::string_view source_bucket,
                               std::string_view source_key, ByteRange range, std::string_view source_token) override {
    note("copy_part " + std::to_string(request.number));
    if (before_copy_part) before_copy_part();
    return inner_->copy_part(request, source_bucket, source_key, range, source_token);
  }
  Result<ObjectInfo> complete_upload(std::string_view key, const UploadId& upload, const std::vector<UploadPart>& parts,
                                     const PutOptions& options) override {
    note("complete");
    if (before_complete) before_complete();
    auto info = deliver([&] { return inner_->complete_upload(key, upload, parts, options); });
    if (after_complete && info) return after_complete();
    return info;
  }
  Result<std::vector<UploadPart>> list_parts(std::string_view key, const UploadId& upload,
                                             const Context& context) override {
    if (!lists_parts) return core::fail(hides_parts_by, "no lists of parts");
    auto parts = inner_->list_parts(key, upload, context);
    if (parts) std::erase_if(*parts, [&](const UploadPart& part) { return part.number == hides_part; });
    return parts;
  }
  Status abort_upload(std::string_view key, const UploadId& upload, const Context& context) override {
    note("abort");
    if (abort_fails) return core::fail(ErrorCode::unavailable, "no route");
    return inner_->abort_upload(key, upload, context);
  }
  std::size_t uploads_left() { return inner_->list_uploads_page("", "", {}).value().entries.size(); }
  BucketDriver& inner() { return *inner_; }
  int count(std::string_view call) {
    const std::scoped_lock lock(mutex_);
    int found = 0;
    for (const std::string& made : calls_) found += made.starts_with(call) ? 1 : 0;
    return found;
  }

  std::deque<Fate> fates;  // Of puts and completions.
  std::function<void()> before_put;
  std::function<void()> after_put;
  std::function<void(const Source&, const PutOptions&)> put_is_lost;
  std::function<Status(const GetOptions&)> before_get;
  std::function<Status(const PutPartRequest&)> before_part;
  std::function<void()> before_copy_part;
  std::function<void()> before_complete;
  std::function<Error()> after_complete;
  std::function<Status(std::size_t size)> before_chunk;  // Of gets; chunks are of ten bytes then.
  bool lists_parts = true;
  ErrorCode hides_parts_by = ErrorCode::unsupported;
  int hides_part = 0;
  bool abort_fails = false;
  bool tags_fail = false;
  bool knows_tags = true;  // Else it says so only when it is asked.
  bool takes_parts = true;
  bool conditional_gets = true;
  bool conditional_uploads = true;
  bool ignores_conditions = false;  // Of gets.
  bool alters_bytes = false;        // Of gets: none of them arrives as it was.
  std::uint64_t use_from = 0;
  std::uint64_t max_put_size = UINT64_MAX;
  std::uint64_t max_copy_size = UINT64_MAX;
  Checksum checksum;

 private:
  // Services send it ahead of the bytes.
  struct WithChecksum final : ObjectReceiver {
    WithChecksum(ObjectReceiver& receiver, Checksum known, const std::function<Status(std::size_t)>& before_chunk)
        : inner(receiver), checksum(known), before(before_chunk) {}
    Status begin(const ObjectInfo& info, std::uint64_t offset, std::uint64_t length) override {
      ObjectInfo with = info;
      with.checksum = checksum;
      return inner.begin(with, offset, length);
    }
    Status write(Bytes chunk) override {
      constexpr std::size_t kSmall = 10;
      if (alters_bytes) return inner.write(std::string(chunk.size(), '#'));
      if (!before) return inner.write(chunk);
      for (std::size_t done = 0; done < chunk.size(); done += kSmall) {
        const std::string_view piece = chunk.view().substr(done, kSmall);
        if (auto status = before(piece.size()); !status) return status;
        if (auto status = inner.write(piece); !status) return status;
      }
      return {};
    }
    ObjectReceiver& inner;
    const Checksum checksum;
    const std::function<Status(std::size_t)>& before;
    bool alters_bytes = false;
  };

  static std::shared_ptr<BucketDriver> make_inner(UploadLimits limits) {
    memory::MemoryStoreDriver store(limits);
    if (!store.create_bucket("b", {})) std::abort();
    return store.bucket("b").value();
  }
  void note(std::string call) {
    const std::scoped_lock lock(mutex_);
    calls_.push_back(std::move(call));
  }
  template <class Call>
  Result<ObjectInfo> deliver(Call call) {
    const Fate fate = fates.empty() ? Fate::arrives : fates.front();
    if (!fates.empty()) fates.pop_front();
    if (fate == Fate::request_is_lost) return lost();
    auto info = call();
    if (fate == Fate::reply_is_lost && info) return lost();
    if (fate == Fate::refused_again) return refused_again();
    return info;
  }

  std::mutex mutex_;
  std::vector<std::string> calls_;
};

using Fate = LossyBucket::Fate;

/// What is larger goes in parts of a size that the bucket takes once it takes 4 bytes.
inline PutOptions in_parts(std::uint64_t part_size = 10) {
  PutOptions options;
  options.transfer.part_size = part_size;
  return options;
}

}  // namespace cloudkit::test
