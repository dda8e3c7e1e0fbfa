#include "object_store/transfer/open_upload.h"

#include "core/fail.h"
#include "core/paced_source.h"
#include "object_store/write_id.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::inline v0::object_store {
Error before_completion(Error error) {
  error.may_have_happened = false;
  return error;
}

namespace {

Error other_size(std::uint64_t sent, std::uint64_t stored) {
  Error error = core::fail(ErrorCode::data_loss, fmt::format("{} bytes were sent, the store has {}", sent, stored),
                           "other bytes are stored than were sent: put it again");
  error.may_have_happened = true;
  return error;
}

}  // namespace

OpenUpload::OpenUpload(BucketDriver& driver, std::string_view key, PutOptions options)
    : driver_(driver),
      limits_(driver.upload_limits()),
      key_(key),
      options_(std::move(options)),
      write_id_(stamp_write_id(options_)) {}

Status OpenUpload::begin() {
  auto begun = driver_.begin_upload(key_, options_);
  if (!begun) return before_completion(std::move(begun).error());
  upload_ = *std::move(begun);
  return {};
}

void OpenUpload::take_over(UploadId upload, const std::string& write_id) {
  upload_ = std::move(upload);
  write_id_ = write_id;
  use_write_id(options_, write_id);
}

void OpenUpload::forget() {
  const std::scoped_lock lock(mutex_);
  upload_ = {};
  parts_.clear();
}

PutPartRequest OpenUpload::request(const Part& part, const Context& context) const {
  PutPartRequest request;
  request.key = key_;
  request.upload = upload_;
  request.number = part.number;
  request.offset = part.offset;
  request.last = part.last;
  request.context = context;
  return request;
}

Result<UploadPart> OpenUpload::send(const Part& part, const Source& bytes, const Context& context) {
  const core::PacedSource paced(bytes, options_.transfer.bandwidth, context);
  auto sent = driver_.put_part(request(part, context), paced);
  if (!sent) return before_completion(std::move(sent).error());
  const std::uint64_t end = part.offset + part.size;
  // What the driver holds of the last part is not stored: after a restart it must be sent again.
  const bool holds_rest = limits_.ordered && part.last && sent->persisted_until == part.offset + sent->part.size &&
                          end - sent->persisted_until < limits_.alignment;
  if (sent->persisted_until != end && !holds_rest) {
    return core::fail(ErrorCode::data_loss,
                      fmt::format("the store kept {} of the first {} bytes", sent->persisted_until, end));
  }
  return std::move(sent->part);
}

void OpenUpload::keep(UploadPart part) {
  const std::scoped_lock lock(mutex_);
  const auto number = static_cast<std::size_t>(part.number);
  parts_.resize(std::max(parts_.size(), number));
  parts_[number - 1] = std::move(part);
}

bool OpenUpload::has(int number) {
  const std::scoped_lock lock(mutex_);
  const auto index = static_cast<std::size_t>(number - 1);
  return index < parts_.size() && parts_[index].number != 0;
}

Result<ObjectInfo> OpenUpload::complete(std::uint64_t size) {
  auto info = driver_.complete_upload(key_, upload_, parts_, options_);
  // Only a reply from afar gets lost. What a disk says is so, though the object can be seen.
  if (!info && info.error().code == ErrorCode::io) return info;
  if (info && info->size != size) return other_size(size, info->size);
  // A repeated completion meets an upload that its first try has ended: nobody can tell these apart but by the object.
  if (info) return info;
  const Error& error = info.error();
  const bool settled = !error.may_have_happened && error.code != ErrorCode::not_found && !may_be_own_doing(error);
  if (settled || write_id_.empty()) return info;
  auto now = look_at(driver_, key_, options_.context);
  if (now && *now && is_written_by(**now, write_id_, size)) return **std::move(now);
  return info;
}

Status OpenUpload::abort() {
  return driver_.abort_upload(key_, upload_, Context::with_timeout(options_.transfer.cleanup_timeout));
}

Error OpenUpload::take_back(Error reason) {
  if (const Status aborted = abort(); !aborted) {
    reason.message += fmt::format("; the parts sent so far could not be removed: {}", aborted.error().message);
  }
  return reason;
}

}  // namespace cloudkit::inline v0::object_store
