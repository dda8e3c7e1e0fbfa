#include "http/object/get_receiver.h"

#include "core/fail.h"
#include "core/object_rules.h"
#include "http/object/checksum.h"
#include "http/object/ranges.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::http {

Error replaced_meanwhile() {
  Error error = core::fail(ErrorCode::unavailable, "the object was replaced while it was read");
  error.retryable = true;
  return error;
}

Result<ObjectInfo> deliver_nothing(ObjectInfo info, const GetOptions& options, ObjectReceiver& receiver) {
  if (auto holds = core::check_condition(options.condition, &info.token); !holds) return std::move(holds).error();
  const ByteRange range = options.range.value_or(ByteRange{});
  const std::uint64_t offset = range.from_end ? info.size : range.offset;
  if (info.size > 0 && !range.from_end && offset >= info.size) {
    return core::invalid_argument(fmt::format("the range begins at {}, the object has {} bytes", offset, info.size));
  }
  if (info.size > 0 && !is_empty_range(options.range)) return replaced_meanwhile();
  if (auto begun = receiver.begin(info, info.size == 0 ? 0 : offset, 0); !begun) return std::move(begun).error();
  return info;
}

Status GetReceiver::begin(const Response& head) {
  auto parsed = parse_(head);
  if (!parsed) return std::move(parsed).error();
  // A server that ignores If-Match or If-None-Match gives itself away by its ETag.
  if (auto holds = core::check_condition(condition_, &parsed->info.token); !holds) return holds;
  head_ = *std::move(parsed);
  expected_ = range_header(range_).empty() ? head_.info.checksum : Checksum{};
  actual_ = crypto::RunningChecksum(expected_.algorithm);
  return {};
}

Status GetReceiver::start() {
  if (std::exchange(started_, true)) return {};
  return receiver_.begin(head_.info, head_.offset, head_.length);
}

Status GetReceiver::write(Bytes chunk) {
  if (auto begun = start(); !begun) return begun;
  if (chunk.size() > head_.length - delivered_) {
    return core::fail(ErrorCode::unknown,
                      fmt::format("the reply has more than the {} bytes it announced", head_.length));
  }
  actual_.update(chunk.view());
  delivered_ += chunk.size();
  return receiver_.write(chunk);
}

Result<ObjectInfo> GetReceiver::finish() {
  if (delivered_ != head_.length) {
    Error error = core::fail(ErrorCode::unavailable,
                             fmt::format("the reply ended after {} of {} bytes", delivered_, head_.length));
    error.retryable = true;
    return error;
  }
  if (auto begun = start(); !begun) return std::move(begun).error();
  if (auto intact = check_checksum(actual_, expected_); !intact) return std::move(intact).error();
  return std::move(head_.info);
}

}  // namespace cloudkit::inline v0::http
