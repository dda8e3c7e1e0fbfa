#pragma once

#include <cloudkit/driver/http.h>
#include <cloudkit/io.h>

#include <string>
#include <string_view>

namespace cloudkit::inline v0::gcp::gcs {

/// An object's description and its bytes as one body, multipart/related: a put is one request.
/// https://cloud.google.com/storage/docs/json_api/v1/how-tos/multipart-upload
class RelatedBody final : public Source {
 public:
  /// `boundary` must not occur in the bytes: nobody who gave them can know a random one. `bytes` must outlive it.
  RelatedBody(std::string_view boundary, std::string_view json, std::string_view content_type, const Source& bytes);

  std::uint64_t size() const noexcept override { return head_.size() + bytes_.size() + tail_.size(); }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) const override;
  std::optional<Bytes> contiguous() const override;

  /// Makes it the body of a request, and says so in its headers.
  void send_with(http::Request& request) const;

 private:
  const std::string boundary_;
  std::string head_;
  const std::string tail_;
  const Source& bytes_;
  std::string whole_;  // Of few bytes in memory, which go out in one send; else empty.
};

}  // namespace cloudkit::inline v0::gcp::gcs
