#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

using SSL_CTX = struct ssl_ctx_st;

/// One kept connection of the static server, by the means that cost its machine least.
namespace cloudkit::bench {

class Stream {
 public:
  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  virtual ~Stream() = default;

  /// 0 at the end, and after any error.
  virtual std::size_t read(char* out, std::size_t size) = 0;
  virtual bool write(std::string_view bytes) = 0;
  /// Reads and drops what the client sends.
  virtual bool discard(std::uint64_t size) = 0;
  /// Bytes of the object that `content()` repeats.
  virtual bool send_content(std::uint64_t offset, std::uint64_t length) = 0;
};

/// Take the socket. Nothing when the handshake failed.
std::unique_ptr<Stream> plain_stream(int fd);
std::unique_ptr<Stream> tls_stream(int fd, SSL_CTX* context);

/// Every object's bytes are these, over and over, cut to its size: nothing is stored.
std::string_view content();
/// Base64, as x-amz-checksum-crc32c has it, of an object of `size` bytes.
std::string content_crc32c(std::uint64_t size);

}  // namespace cloudkit::bench
