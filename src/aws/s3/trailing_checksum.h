#pragma once

#include "aws/s3/settings.h"

#include <cloudkit/driver/http.h>

#include <cstdint>
#include <memory>
#include <string>

/// The CRC-32C of a body behind the body: worked out while the bytes are sent, instead of by a pass before.
/// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
namespace cloudkit::inline v0::aws::s3 {

/// The bytes of a source as one chunk of aws-chunked, and their checksum as its trailer. To be read by one thread, in
/// order, once or again from the start. Errors: the source's; `io` when it has fewer or more bytes than its size says.
class TrailingChecksum final : public Source {
 public:
  explicit TrailingChecksum(const Source& source);

  std::uint64_t size() const noexcept override;
  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) const override;

  bool was_read() const noexcept { return hashed_ == source_.size(); }
  /// As x-amz-checksum-crc32c has it, once all bytes were read.
  std::string header() const;
  /// Makes it the body of a request for the source, and says so in the request's headers.
  void send_with(http::Request& request) const;

 private:
  Result<std::size_t> read_data(std::uint64_t at, std::span<char> out) const;
  std::string tail() const;

  const Source& source_;
  const std::string head_;
  mutable std::uint64_t hashed_ = 0;
  mutable std::uint32_t crc_ = 0;
};

/// The CRC-32C of what is put: in a header, for which the source is read first, or behind the bytes where the server
/// takes that from here and the source does not lie in memory; none for a server that takes none.
class BodyChecksum {
 public:
  /// Errors: the source's. The source must outlive it.
  static Result<BodyChecksum> of(const Source& source, const Settings& settings, bool anonymous,
                                 const Context& context);

  /// For the header; "" when it is not to be there.
  const std::string& header() const noexcept { return header_; }
  Result<http::Request> sent_with(Result<http::Request> request) const;
  /// What was sent, in either way. Errors: `unknown` when not all bytes were.
  Result<std::string> sent() const;

 private:
  std::string header_ = {};
  std::unique_ptr<const TrailingChecksum> trailing_ = {};
};

}  // namespace cloudkit::inline v0::aws::s3
