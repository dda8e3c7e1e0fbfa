#include "object_store/transfer/upload.h"

#include "core/fail.h"
#include "object_store/transfer/crew.h"
#include "object_store/transfer/part_source.h"
#include "object_store/transfer/plan.h"
#include "object_store/transfer/progress.h"
#include "object_store/write_id.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::object_store {
namespace {

// The object appears by its completion only: whatever became of a beginning or a part, it has not changed.
Error before_completion(Error error) {
  error.may_have_happened = false;
  return error;
}

// Where the bytes of the parts come from.
class PartSender {
 public:
  PartSender() = default;
  PartSender(const PartSender&) = delete;
  PartSender& operator=(const PartSender&) = delete;
  virtual ~PartSender() = default;

  virtual Result<UploadPart> send(const PutPartRequest& request, const Part& part) = 0;
  /// Before the upload is completed: whether what was sent still is what there is.
  virtual Status check() { return {}; }
};

// One object's way.
class Upload {
 public:
  Upload(BucketDriver& driver, std::string_view key, std::uint64_t size, PutOptions options, PartSender& sender)
      : driver_(driver),
        key_(key),
        size_(size),
        options_(std::move(options)),
        sender_(sender),
        write_id_(stamp_write_id(options_)),
        progress_(options_.transfer, size) {}

  Result<ObjectInfo> run();

 private:
  Result<ObjectInfo> send_all(const PartPlan& plan, int workers);
  Result<std::uint64_t> send_part(const Part& part, const Context& context);
  Result<ObjectInfo> complete();
  Error take_back(Error reason);

  BucketDriver& driver_;
  const std::string_view key_;
  const std::uint64_t size_;
  PutOptions options_;
  PartSender& sender_;
  const std::string write_id_;
  ProgressMeter progress_;
  UploadId upload_;
  std::vector<UploadPart> parts_;
};

Result<ObjectInfo> Upload::run() {
  const UploadLimits limits = driver_.upload_limits();
  const auto plan = plan_parts(size_, options_.transfer.part_size, limits);
  if (!plan) return plan.error();
  auto begun = driver_.begin_upload(key_, options_);
  if (!begun) return before_completion(std::move(begun).error());
  upload_ = *std::move(begun);
  try {
    auto info = send_all(*plan, limits.ordered ? 1 : workers_for(options_.transfer.workers));
    if (!info) return take_back(std::move(info).error());
    progress_.finish();
    return info;
  } catch (...) {  // Of a source or a progress callback.
    take_back({});
    throw;
  }
}

Result<ObjectInfo> Upload::send_all(const PartPlan& plan, int workers) {
  parts_.resize(static_cast<std::size_t>(plan.count()));
  const Status sent =
      for_each_part(plan.count(), workers, options_.context,
                    [&](std::uint64_t index, const Context& context) { return send_part(plan.part(index), context); });
  if (!sent) return before_completion(sent.error());
  if (auto same = sender_.check(); !same) return std::move(same).error();
  return complete();
}

Result<std::uint64_t> Upload::send_part(const Part& part, const Context& context) {
  PutPartRequest request;
  request.key = key_;
  request.upload = upload_;
  request.number = part.number;
  request.offset = part.offset;
  request.last = part.last;
  request.context = context;
  auto sent = sender_.send(request, part);
  if (!sent) return std::move(sent).error();
  parts_[static_cast<std::size_t>(part.number - 1)] = *std::move(sent);
  progress_.add(part.size);
  return part.size;
}

Result<ObjectInfo> Upload::complete() {
  auto info = driver_.complete_upload(key_, upload_, parts_, options_);
  // A repeated completion meets an upload that its first try has ended: nobody can tell these apart but by the object.
  if (info || !(info.error().may_have_happened || info.error().code == ErrorCode::not_found)) return info;
  auto now = look_at(driver_, key_, options_.context);
  if (now && *now && is_written_by(**now, write_id_, size_)) return **std::move(now);
  return info;
}

// Returns the reason. Who pays for the parts that stay should know of them.
Error Upload::take_back(Error reason) {
  // The caller's context may be what ended it.
  const auto context = Context::with_timeout(options_.transfer.cleanup_timeout);
  const Status aborted = driver_.abort_upload(key_, upload_, context);
  if (!aborted) {
    reason.message += fmt::format("; the parts sent so far could not be removed: {}", aborted.error().message);
  }
  return reason;
}

class SourceSender final : public PartSender {
 public:
  SourceSender(BucketDriver& driver, const Source& source) : driver_(driver), source_(source) {}

  Result<UploadPart> send(const PutPartRequest& request, const Part& part) override {
    auto sent = driver_.put_part(request, PartSource(source_, part.offset, part.size));
    if (!sent) return std::move(sent).error();
    const std::uint64_t end = part.offset + part.size;
    if (sent->persisted_until == end) return std::move(sent->part);
    return core::fail(ErrorCode::data_loss,
                      fmt::format("the store kept {} of the first {} bytes", sent->persisted_until, end));
  }

  // A file tells by its end whether it still is the one that was opened.
  Status check() override {
    char beyond = 0;
    const auto count = source_.read_at(source_.size(), {&beyond, 1});
    if (!count) return count.error();
    if (*count == 0) return {};
    return core::fail(ErrorCode::io, "the source grew while it was read", "nothing was stored; try again");
  }

 private:
  BucketDriver& driver_;
  const Source& source_;
};

class CopySender final : public PartSender {
 public:
  CopySender(BucketDriver& driver, const CopyRequest& request, const ObjectInfo& source)
      : driver_(driver), request_(request), source_(source) {}

  Result<UploadPart> send(const PutPartRequest& request, const Part& part) override {
    return driver_.copy_part(request, request_.source_bucket, request_.source_key, {part.offset, part.size, false},
                             source_.token);
  }

 private:
  BucketDriver& driver_;
  const CopyRequest& request_;
  const ObjectInfo& source_;
};

}  // namespace

bool wants_parts(BucketDriver& driver, const Capabilities& capabilities, std::uint64_t size,
                 const PutOptions& options) {
  if (!capabilities.uploads) return false;
  // In one piece or not at all, where parts would be without their condition.
  using Kind = Condition::Kind;
  if (options.condition.kind() == Kind::absent && !capabilities.upload_if_absent) return false;
  if (options.condition.kind() == Kind::match && !capabilities.upload_if_match) return false;
  if (size > capabilities.max_put_size) return true;
  if (options.transfer.part_size != 0) return size > options.transfer.part_size;
  const std::uint64_t use_from = driver.upload_limits().use_from;
  return use_from != 0 && size >= use_from;
}

Result<ObjectInfo> upload(BucketDriver& driver, std::string_view key, const Source& source, PutOptions options) {
  SourceSender sender(driver, source);
  return Upload(driver, key, source.size(), std::move(options), sender).run();
}

Result<ObjectInfo> copy_in_parts(BucketDriver& driver, const CopyRequest& request, const ObjectInfo& source) {
  PutOptions options;
  options.condition = request.options.condition;
  options.content = request.options.content.value_or(source.content);
  options.metadata = request.options.metadata.value_or(source.metadata);
  options.storage_class = request.options.storage_class;
  options.context = request.options.context;
  CopySender sender(driver, request, source);
  return Upload(driver, request.destination_key, source.size, std::move(options), sender).run();
}

}  // namespace cloudkit::inline v0::object_store
