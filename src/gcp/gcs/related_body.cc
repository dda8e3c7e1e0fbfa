#include "gcp/gcs/related_body.h"

#include "core/source_chunks.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::inline v0::gcp::gcs {
namespace {

// Copying this much costs less than a second send.
constexpr std::size_t kCopied = std::size_t{64} << 10;

}  // namespace

RelatedBody::RelatedBody(std::string_view boundary, std::string_view json, std::string_view content_type,
                         const Source& bytes)
    : boundary_(boundary),
      head_(fmt::format(
          "--{}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{}\r\n--{}\r\nContent-Type: {}\r\n\r\n",
          boundary, json, boundary, content_type)),
      tail_(fmt::format("\r\n--{}--\r\n", boundary)),
      bytes_(bytes) {
  const auto data = bytes.contiguous();
  if (data && data->size() <= kCopied) whole_ = fmt::format("{}{}{}", head_, data->view(), tail_);
}

std::optional<Bytes> RelatedBody::contiguous() const {
  if (whole_.empty()) return std::nullopt;
  return Bytes(whole_.data(), whole_.size());
}

Result<std::size_t> RelatedBody::read_at(std::uint64_t offset, std::span<char> out) const {
  const auto copy = [&](std::string_view text, std::uint64_t at) {
    return text.copy(out.data(), out.size(), static_cast<std::size_t>(at));
  };
  const std::uint64_t data_end = head_.size() + bytes_.size();
  if (offset < head_.size()) return copy(head_, offset);
  if (offset < data_end) {
    const std::uint64_t at = offset - head_.size();
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), bytes_.size() - at));
    auto count = bytes_.read_at(at, out.first(wanted));
    if (count && *count == 0) return core::wrong_size(bytes_, "fewer");
    if (count && at + *count == bytes_.size()) {
      // Before the end goes out, which would make an object of it.
      if (auto ended = core::check_end(bytes_); !ended) return std::move(ended).error();
    }
    return count;
  }
  return offset < size() ? copy(tail_, offset - data_end) : 0;
}

void RelatedBody::send_with(http::Request& request) const {
  request.headers.add("content-type", fmt::format("multipart/related; boundary={}", boundary_));
  if (const auto bytes = contiguous()) {
    request.body = *bytes;
  } else {
    request.source = this;
  }
}

}  // namespace cloudkit::inline v0::gcp::gcs
