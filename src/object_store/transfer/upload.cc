#include "object_store/transfer/upload.h"

#include "core/fail.h"
#include "core/log.h"
#include "core/upload_rules.h"
#include "object_store/transfer/crew.h"
#include "object_store/transfer/part_source.h"
#include "object_store/transfer/plan.h"
#include "object_store/transfer/progress.h"
#include "object_store/transfer/upload_journal.h"
#include "object_store/write_id.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::object_store {
namespace {

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

// Of an upload that nobody goes on with. What stays behind is in `list_uploads`.
void abandon(BucketDriver& driver, std::string_view key, const UploadId& upload, const TransferOptions& options) {
  const Status aborted = driver.abort_upload(key, upload, Context::with_timeout(options.cleanup_timeout));
  if (aborted) return;
  core::log(LogLevel::warn, "an upload that was begun earlier could not be aborted",
            {{"key", key}, {"error", aborted.error().message}});
}

// One object's way.
class Upload {
 public:
  Upload(BucketDriver& driver, std::string_view key, std::uint64_t size, PutOptions options, PartSender& sender,
         UploadJournal* journal = nullptr)
      : driver_(driver),
        key_(key),
        size_(size),
        options_(std::move(options)),
        sender_(sender),
        journal_(journal),
        write_id_(stamp_write_id(options_)),
        progress_(options_.transfer, size) {}

  Result<ObjectInfo> run();

 private:
  Result<std::optional<ObjectInfo>> resume(const UploadLimits& limits);
  Result<std::optional<ObjectInfo>> settle_vanished(const UploadState& earlier) const;
  void take_over(const UploadState& earlier, const std::vector<UploadPart>* stored);
  Status begin();
  Result<ObjectInfo> send_all(int workers);
  Result<std::uint64_t> send_part(const Part& part, const Context& context);
  Result<ObjectInfo> complete();
  Error give_up(Error reason);

  BucketDriver& driver_;
  const std::string_view key_;
  const std::uint64_t size_;
  PutOptions options_;
  PartSender& sender_;
  UploadJournal* const journal_;  // Or null.
  std::string write_id_;
  ProgressMeter progress_;
  PartPlan plan_;
  UploadId upload_;
  std::vector<UploadPart> parts_;  // By index; number 0 for what is not sent yet.
};

Result<ObjectInfo> Upload::run() {
  const UploadLimits limits = driver_.upload_limits();
  const auto plan = plan_parts(size_, options_.transfer.part_size, limits);
  if (!plan) return plan.error();
  plan_ = *plan;
  parts_.resize(static_cast<std::size_t>(plan_.count()));
  if (journal_) {
    auto done = resume(limits);
    if (!done) return std::move(done).error();
    if (*done) return **std::move(done);
  }
  if (upload_.value.empty()) {
    if (auto begun = begin(); !begun) return std::move(begun).error();
  }
  try {
    auto info = send_all(limits.ordered ? 1 : workers_for(options_.transfer.workers));
    if (!info) return give_up(std::move(info).error());
    progress_.finish();
    return info;
  } catch (...) {  // Of a source or a progress callback.
    give_up({});
    throw;
  }
}

// Takes over what an earlier program has sent; or its object, when it was killed after the last step.
Result<std::optional<ObjectInfo>> Upload::resume(const UploadLimits& limits) {
  const auto& earlier = journal_->earlier();
  if (!earlier) return std::optional<ObjectInfo>();
  const auto plan = plan_parts(size_, earlier->part_size, limits);
  if (!plan || !journal_->is_same(*earlier)) {
    abandon(driver_, key_, earlier->upload, options_.transfer);
    return std::optional<ObjectInfo>();
  }
  const auto stored = driver_.list_parts(key_, earlier->upload, options_.context);
  if (!stored && stored.error().code == ErrorCode::not_found) return settle_vanished(*earlier);
  // Where the service cannot tell, the completion will: it names each part by its token.
  const bool can_tell =
      stored || (stored.error().code != ErrorCode::unsupported && stored.error().code != ErrorCode::unknown);
  if (!stored && can_tell) return kept(stored.error());
  plan_ = *plan;
  take_over(*earlier, stored ? &*stored : nullptr);
  return std::optional<ObjectInfo>();
}

// It was completed, or the service has forgotten it.
Result<std::optional<ObjectInfo>> Upload::settle_vanished(const UploadState& earlier) const {
  auto now = look_at(driver_, key_, options_.context);
  if (!now) return kept(std::move(now).error());
  if (*now && is_written_by(**now, earlier.write_id, size_)) return now;
  return std::optional<ObjectInfo>();
}

// `stored`: what the service says that it has; null where it does not tell.
void Upload::take_over(const UploadState& earlier, const std::vector<UploadPart>* stored) {
  upload_ = earlier.upload;
  write_id_ = earlier.write_id;
  use_write_id(options_, write_id_);
  parts_.assign(static_cast<std::size_t>(plan_.count()), {});
  for (const auto& [number, part] : earlier.parts) {
    const auto index = static_cast<std::uint64_t>(number - 1);
    if (index >= plan_.count() || plan_.part(index).size != part.size) continue;
    const UploadPart* const found = stored ? core::find_part(*stored, number) : &part;
    if (!found || found->size != part.size || found->token != part.token) continue;
    parts_[static_cast<std::size_t>(index)] = part;
    progress_.add(part.size);
  }
}

Status Upload::begin() {
  auto begun = driver_.begin_upload(key_, options_);
  if (begun) {
    upload_ = *std::move(begun);
    if (!journal_) return {};
    UploadState state;
    state.part_size = plan_.part_size;
    state.upload = upload_;
    state.write_id = write_id_;
    auto noted = journal_->begin(std::move(state));
    return noted ? noted : Status(give_up(std::move(noted).error()));
  }
  if (journal_) journal_->remove();
  return std::move(begun).error();
}

Result<ObjectInfo> Upload::send_all(int workers) {
  std::vector<std::uint64_t> missing;
  for (std::uint64_t index = 0; index < plan_.count(); ++index) {
    if (parts_[static_cast<std::size_t>(index)].number == 0) missing.push_back(index);
  }
  const Status sent = for_each_part(
      missing.size(), workers, options_.context,
      [&](std::uint64_t i, const Context& context) { return send_part(plan_.part(missing[i]), context); });
  if (!sent) return sent.error();
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
  UploadPart& known = parts_[static_cast<std::size_t>(part.number - 1)];
  known = *std::move(sent);
  if (journal_) {
    if (auto noted = journal_->add(known); !noted) return std::move(noted).error();
  }
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
Error Upload::give_up(Error reason) {
  const bool of_source = reason.code == ErrorCode::io && !sender_.check();
  if (journal_ && !of_source && journal_->is_worth_keeping(reason)) return kept(std::move(reason));
  // The caller's context may be what ended it.
  const auto context = Context::with_timeout(options_.transfer.cleanup_timeout);
  const Status aborted = driver_.abort_upload(key_, upload_, context);
  if (!aborted) {
    reason.message += fmt::format("; the parts sent so far could not be removed: {}", aborted.error().message);
  }
  if (journal_) journal_->remove();
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

Result<ObjectInfo> upload_resumably(BucketDriver& driver, std::string_view key, const FileSource& source,
                                    PutOptions options) {
  auto journal = UploadJournal::open(driver, key, source, options);
  if (!journal) return std::move(journal).error();
  SourceSender sender(driver, source);
  auto info = Upload(driver, key, source.size(), std::move(options), sender, &*journal).run();
  if (info || journal->is_empty()) journal->remove();
  return info;
}

Status forget_earlier_upload(BucketDriver& driver, std::string_view key, const FileSource& source,
                             const PutOptions& options) {
  auto journal = UploadJournal::open_if_any(driver, key, source, options);
  if (!journal) return std::move(journal).error();
  if (!*journal) return {};
  if (const auto& earlier = (*journal)->earlier()) abandon(driver, key, earlier->upload, options.transfer);
  (*journal)->remove();
  return {};
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
