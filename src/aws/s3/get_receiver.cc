#include "aws/s3/get_receiver.h"

#include "aws/s3/errors.h"
#include "aws/s3/ranges.h"
#include "core/fail.h"
#include "core/object_rules.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::aws::s3 {

Status GetReceiver::begin(const http::Response& head) {
  auto parsed = parse_get(key_, range_, head);
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
    return unexpected_reply(fmt::format("the reply has more than the {} bytes it announced", head_.length));
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

}  // namespace cloudkit::inline v0::aws::s3
