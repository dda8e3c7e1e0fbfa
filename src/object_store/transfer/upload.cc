#include "object_store/transfer/upload.h"

#include "core/fail.h"
#include "core/log.h"
#include "core/part_source.h"
#include "core/source_chunks.h"
#include "core/upload_rules.h"
#include "object_store/transfer/crew.h"
#include "object_store/transfer/open_upload.h"
#include "object_store/transfer/part_sender.h"
#include "object_store/transfer/plan.h"
#include "object_store/transfer/progress.h"
#include "object_store/transfer/upload_journal.h"
#include "object_store/write_id.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::object_store {
namespace {

// Of an upload that nobody goes on with. What stays behind is in `list_uploads`.
void abandon(BucketDriver& driver, std::string_view key, const UploadId& upload, const TransferOptions& options) {
  const Status aborted = driver.abort_upload(key, upload, Context::with_timeout(options.cleanup_timeout));
  if (aborted) return;
  core::log(LogLevel::warn, "an upload that was begun earlier could not be aborted",
            {{"key", key}, {"error", aborted.error().message}});
}

// What hides the parts for good, as a policy without s3:ListMultipartUploadParts does, is no such error: there the
// completion tells, which names each part by its token.
bool tells_later(ErrorCode code) {
  return code != ErrorCode::unsupported && code != ErrorCode::unknown && code != ErrorCode::permission_denied;
}

// The service has dropped it, as Google does with sessions whose server went away: to be begun anew.
// https://cloud.google.com/storage/docs/resumable-uploads#410-error
bool is_forgotten(const Error& error) {
  return error.code == ErrorCode::not_found && error.service_code == core::kNoSuchUpload && !error.may_have_happened;
}

// One object's way.
class Upload {
 public:
  Upload(BucketDriver& driver, std::string_view key, std::uint64_t size, PutOptions options, PartSender& sender,
         UploadJournal* journal = nullptr)
      : driver_(driver),
        key_(key),
        limits_(driver.upload_limits()),
        size_(size),
        sender_(sender),
        journal_(journal),
        upload_(driver, key, std::move(options)),
        progress_(upload_.options().transfer, size) {}

  Result<ObjectInfo> run();

 private:
  Result<std::optional<ObjectInfo>> resume();
  Result<std::optional<ObjectInfo>> settle_vanished(const UploadState& earlier) const;
  void take_over(const UploadState& earlier, const std::vector<UploadPart>* stored);
  Status begin();
  void start_over(const Error& reason);
  Result<ObjectInfo> send_all();
  Result<std::uint64_t> send_part(const Part& part, const Context& context);
  Error give_up(Error reason);

  BucketDriver& driver_;
  const std::string_view key_;
  const UploadLimits limits_;
  const std::uint64_t size_;
  PartSender& sender_;
  UploadJournal* const journal_;  // Or null.
  OpenUpload upload_;
  ProgressMeter progress_;
  PartPlan plan_;
};

Result<ObjectInfo> Upload::run() {
  const auto plan = plan_parts(size_, upload_.options().transfer.part_size, limits_);
  if (!plan) return plan.error();
  plan_ = *plan;
  if (journal_) {
    auto done = resume();
    if (!done) return std::move(done).error();
    if (*done) {
      progress_.finish();
      return **std::move(done);
    }
  }
  // Once: who aborts it on purpose, elsewhere, does so again.
  for (bool may_start_over = true;; may_start_over = false) {
    if (!upload_.is_begun()) {
      if (auto begun = begin(); !begun) return std::move(begun).error();
    }
    try {
      auto info = send_all();
      if (info) {
        progress_.finish();
        return info;
      }
      if (!may_start_over || !is_forgotten(info.error())) return give_up(std::move(info).error());
      start_over(info.error());
    } catch (...) {  // Of a source or a progress callback.
      give_up({});
      throw;
    }
  }
}

// Takes over what an earlier program has sent; or its object, when it was killed after the last step.
Result<std::optional<ObjectInfo>> Upload::resume() {
  const auto& earlier = journal_->earlier();
  if (!earlier) return std::optional<ObjectInfo>();
  const auto plan = plan_parts(size_, earlier->part_size, limits_);
  if (!plan || !journal_->is_same(*earlier)) {
    abandon(driver_, key_, earlier->upload, upload_.options().transfer);
    return std::optional<ObjectInfo>();
  }
  const auto stored = driver_.list_parts(key_, earlier->upload, upload_.options().context);
  if (!stored && stored.error().code == ErrorCode::not_found) return settle_vanished(*earlier);
  if (!stored && tells_later(stored.error().code)) return kept(stored.error());
  plan_ = *plan;
  take_over(*earlier, stored ? &*stored : nullptr);
  return std::optional<ObjectInfo>();
}

// It was completed, or the service has forgotten it.
Result<std::optional<ObjectInfo>> Upload::settle_vanished(const UploadState& earlier) const {
  auto now = look_at(driver_, key_, upload_.options().context);
  if (!now) return kept(std::move(now).error());
  if (*now && is_written_by(**now, earlier.write_id, size_)) return now;
  return std::optional<ObjectInfo>();
}

// `stored`: what the service says that it has; null where it does not tell.
void Upload::take_over(const UploadState& earlier, const std::vector<UploadPart>* stored) {
  upload_.take_over(earlier.upload, earlier.write_id);
  for (const auto& [number, part] : earlier.parts) {
    const auto index = static_cast<std::uint64_t>(number - 1);
    if (index >= plan_.count() || plan_.part(index).size != part.size) continue;
    const UploadPart* const found = stored ? core::find_part(*stored, number) : &part;
    if (!found || found->size != part.size || found->token != part.token) continue;
    upload_.keep(part);
    progress_.add(part.size);
  }
}

Status Upload::begin() {
  if (auto begun = upload_.begin(); !begun) {
    if (journal_) journal_->remove();
    return begun;
  }
  if (!journal_) return {};
  UploadState state;
  state.part_size = plan_.part_size;
  state.upload = upload_.id();
  state.write_id = upload_.write_id();
  auto noted = journal_->begin(std::move(state));
  return noted ? noted : Status(give_up(std::move(noted).error()));
}

void Upload::start_over(const Error& reason) {
  core::log(LogLevel::warn, "the service has dropped the upload: it is begun anew",
            {{"key", key_}, {"error", reason.message}});
  abandon(driver_, key_, upload_.id(), upload_.options().transfer);
  upload_.forget();
  progress_.restart();
}

Result<ObjectInfo> Upload::send_all() {
  std::vector<std::uint64_t> missing;
  for (std::uint64_t index = 0; index < plan_.count(); ++index) {
    if (!upload_.has(static_cast<int>(index + 1))) missing.push_back(index);
  }
  const int workers = limits_.ordered ? 1 : workers_for(upload_.options().transfer.workers);
  const Status sent = for_each_part(
      missing.size(), workers, upload_.options().context,
      [&](std::uint64_t i, const Context& context) { return send_part(plan_.part(missing[i]), context); });
  if (!sent) return sent.error();
  if (auto same = sender_.check(); !same) return std::move(same).error();
  return upload_.complete(size_);
}

Result<std::uint64_t> Upload::send_part(const Part& part, const Context& context) {
  auto sent = sender_.send(upload_, part, context);
  if (!sent) return std::move(sent).error();
  if (journal_) {
    if (auto noted = journal_->add(*sent); !noted) return std::move(noted).error();
  }
  upload_.keep(*std::move(sent));
  progress_.add(part.size);
  return part.size;
}

// Returns the reason.
Error Upload::give_up(Error reason) {
  const bool of_source = reason.code == ErrorCode::io && !sender_.check();
  if (journal_ && !of_source && journal_->is_worth_keeping(reason)) return kept(std::move(reason));
  reason = upload_.take_back(std::move(reason));
  if (journal_) journal_->remove();
  return reason;
}

class SourceSender final : public PartSender {
 public:
  explicit SourceSender(const Source& source) : source_(source) {}

  Result<UploadPart> send(OpenUpload& upload, const Part& part, const Context& context) override {
    return upload.send(part, core::PartSource(source_, part.offset, part.size), context);
  }

  // A file tells by its end whether it still is the one that was opened.
  Status check() override { return core::check_end(source_); }

 private:
  const Source& source_;
};

class CopySender final : public PartSender {
 public:
  CopySender(BucketDriver& driver, const CopyRequest& request, const ObjectInfo& source)
      : driver_(driver), request_(request), source_(source) {}

  Result<UploadPart> send(OpenUpload& upload, const Part& part, const Context& context) override {
    auto copied = driver_.copy_part(upload.request(part, context), request_.source_bucket, request_.source_key,
                                    {part.offset, part.size, false}, source_.token);
    if (!copied) return before_completion(std::move(copied).error());
    return copied;
  }

 private:
  BucketDriver& driver_;
  const CopyRequest& request_;
  const ObjectInfo& source_;
};

}  // namespace

bool may_use_parts(const Capabilities& capabilities, const PutOptions& options) {
  if (!capabilities.uploads) return false;
  // In one piece or not at all, where parts would be without their condition.
  using Kind = Condition::Kind;
  if (options.condition.kind() == Kind::absent) return capabilities.upload_if_absent;
  if (options.condition.kind() == Kind::match) return capabilities.upload_if_match;
  return true;
}

bool wants_parts(BucketDriver& driver, const Capabilities& capabilities, std::uint64_t size,
                 const PutOptions& options) {
  if (!may_use_parts(capabilities, options)) return false;
  if (size > capabilities.max_put_size) return true;
  if (options.transfer.part_size != 0) return size > options.transfer.part_size;
  const std::uint64_t use_from = driver.upload_limits().use_from;
  return use_from != 0 && size >= use_from;
}

Result<ObjectInfo> upload(BucketDriver& driver, std::string_view key, const Source& source, PutOptions options) {
  SourceSender sender(source);
  return upload(driver, key, source.size(), std::move(options), sender);
}

Result<ObjectInfo> upload(BucketDriver& driver, std::string_view key, std::uint64_t size, PutOptions options,
                          PartSender& sender) {
  return Upload(driver, key, size, std::move(options), sender).run();
}

Result<ObjectInfo> upload_resumably(BucketDriver& driver, std::string_view key, const FileSource& source,
                                    PutOptions options) {
  auto journal = UploadJournal::open(driver, key, source, options);
  if (!journal) return std::move(journal).error();
  SourceSender sender(source);
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

Status check_put_size(std::uint64_t size, const Capabilities& capabilities) {
  if (size <= capabilities.max_put_size) return {};
  return core::unsupported(
      fmt::format("it has {} bytes, and this backend takes {} in one request", size, capabilities.max_put_size),
      capabilities.uploads ? "without its condition it could travel in parts" : "");
}

Result<ObjectInfo> put(BucketDriver& driver, const Capabilities& capabilities, std::string_view key,
                       const Source& source, PutOptions options) {
  if (wants_parts(driver, capabilities, source.size(), options)) return upload(driver, key, source, std::move(options));
  if (auto fits = check_put_size(source.size(), capabilities); !fits) return std::move(fits).error();
  const TransferOptions transfer = options.transfer;
  ProgressMeter progress(transfer, source.size());
  auto info = put_once(driver, key, source, std::move(options));
  if (info) progress.finish();
  return info;
}

Result<ObjectInfo> copy_in_parts(BucketDriver& driver, const CopyRequest& request, const ObjectInfo& source) {
  PutOptions options;
  options.condition = request.options.condition;
  options.content = request.options.content.value_or(source.content);
  options.metadata = request.options.metadata.value_or(source.metadata);
  options.storage_class = request.options.storage_class;
  options.context = request.options.context;
  options.transfer = request.options.transfer;
  CopySender sender(driver, request, source);
  return upload(driver, request.destination_key, source.size, std::move(options), sender);
}

}  // namespace cloudkit::inline v0::object_store
