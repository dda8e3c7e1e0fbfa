#include "aws/s3/trailing_checksum.h"

#include "auth/payload_hash.h"
#include "aws/s3/errors.h"
#include "aws/s3/payload.h"
#include "core/fail.h"
#include "core/source_chunks.h"
#include "crypto/crc.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::inline v0::aws::s3 {
namespace {

constexpr std::string_view kTrailer = "x-amz-checksum-crc32c";
constexpr std::size_t kTailSize = std::string_view("\r\n0\r\nx-amz-checksum-crc32c:AAAAAA==\r\n\r\n").size();

// What of `text` lies at `at`, as far as it fits.
std::size_t copy_from(std::string_view text, std::uint64_t at, std::span<char> out) {
  return text.copy(out.data(), out.size(), static_cast<std::size_t>(at));
}

Error not_in_order() { return core::fail(ErrorCode::unknown, "a body with a trailer was not read in order"); }

// What lies in memory is read twice for next to nothing, and goes out at once.
bool takes_trailer(const Settings& settings, bool anonymous, const Source& source) {
  return settings.quirks->crc32c_trailer && settings.may_be_unsigned() && !anonymous && source.size() > 0 &&
         !source.contiguous();
}

}  // namespace

TrailingChecksum::TrailingChecksum(const Source& source)
    : source_(source), head_(fmt::format("{:x}\r\n", source.size())) {}

std::uint64_t TrailingChecksum::size() const noexcept { return head_.size() + source_.size() + kTailSize; }

std::string TrailingChecksum::header() const { return crc32c_header(crc_); }

std::string TrailingChecksum::tail() const { return fmt::format("\r\n0\r\n{}:{}\r\n\r\n", kTrailer, header()); }

Result<std::size_t> TrailingChecksum::read_data(std::uint64_t at, std::span<char> out) const {
  if (at == 0) hashed_ = crc_ = 0;  // Another attempt.
  if (at != hashed_) return not_in_order();
  const auto wanted = std::min<std::uint64_t>(out.size(), source_.size() - at);
  auto count = source_.read_at(at, out.first(static_cast<std::size_t>(wanted)));
  if (!count) return count;
  if (*count == 0 || *count > wanted) return core::wrong_size(source_, *count == 0 ? "fewer" : "more");
  crc_ = crypto::crc32c(crc_, {out.data(), *count});
  hashed_ += *count;
  // Before the trailer goes out, which would make an object of it.
  if (hashed_ == source_.size()) {
    if (auto ended = core::check_end(source_); !ended) return std::move(ended).error();
  }
  return count;
}

Result<std::size_t> TrailingChecksum::read_at(std::uint64_t offset, std::span<char> out) const {
  std::size_t filled = 0;
  while (filled < out.size()) {
    const std::uint64_t at = offset + filled;
    const std::span<char> rest = out.subspan(filled);
    const std::uint64_t data_end = head_.size() + source_.size();
    Result<std::size_t> count = std::size_t{0};
    if (at < head_.size()) {
      count = copy_from(head_, at, rest);
    } else if (at < data_end) {
      count = read_data(at - head_.size(), rest);
    } else if (at < size()) {
      if (!was_read()) return not_in_order();
      count = copy_from(tail(), at - data_end, rest);
    }
    if (!count) return count;
    if (*count == 0) break;
    filled += *count;
    // What is paced goes out as it comes.
    if (*count < rest.size() && at + *count < data_end && at >= head_.size()) break;
  }
  return filled;
}

void TrailingChecksum::send_with(http::Request& request) const {
  request.source = this;
  const std::string encoding(request.headers.get("content-encoding"));
  request.headers.set("content-encoding", encoding.empty() ? "aws-chunked" : fmt::format("aws-chunked,{}", encoding));
  request.headers.set("x-amz-decoded-content-length", fmt::to_string(source_.size()));
  request.headers.set("x-amz-trailer", std::string(kTrailer));
  request.headers.set(auth::kContentSha256, "STREAMING-UNSIGNED-PAYLOAD-TRAILER");
}

Result<BodyChecksum> BodyChecksum::of(const Source& source, const Settings& settings, bool anonymous,
                                      const Context& context) {
  BodyChecksum checksum;
  if (takes_trailer(settings, anonymous, source)) {
    checksum.trailing_ = std::make_unique<const TrailingChecksum>(source);
    return checksum;
  }
  auto header = crc32c_for(*settings.quirks, source, context);
  if (!header) return std::move(header).error();
  checksum.header_ = *std::move(header);
  return checksum;
}

Result<std::string> BodyChecksum::sent() const {
  if (!trailing_) return header_;
  if (!trailing_->was_read()) return unexpected_reply("the service answered before all bytes were sent");
  return trailing_->header();
}

Result<http::Request> BodyChecksum::sent_with(Result<http::Request> request) const {
  if (request && trailing_) trailing_->send_with(*request);
  return request;
}

}  // namespace cloudkit::inline v0::aws::s3
