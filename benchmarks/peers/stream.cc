#include "peers/stream.h"

#include "core/encode.h"
#include "crypto/crc.h"

#include <openssl/ssl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <mutex>
#include <random>
#include <vector>

namespace cloudkit::bench {
namespace {

constexpr std::size_t kPeriod = std::size_t{8} << 20;
constexpr std::size_t kDiscardChunk = std::size_t{1} << 20;

std::string make_content() {
  std::string bytes(kPeriod, '\0');
  std::minstd_rand random(1);
  for (char& byte : bytes) byte = static_cast<char>(random() >> 8);
  return bytes;
}

// In the page cache, from where sendfile takes it without a copy.
int content_file() {
  static const int fd = [] {
    const int file = ::memfd_create("content", MFD_CLOEXEC);
    for (std::size_t done = 0; done < kPeriod;) {
      const ssize_t count = ::write(file, content().data() + done, kPeriod - done);
      if (count <= 0) std::abort();
      done += static_cast<std::size_t>(count);
    }
    return file;
  }();
  return fd;
}

class PlainStream final : public Stream {
 public:
  explicit PlainStream(int fd) : fd_(fd) {}
  ~PlainStream() override { ::close(fd_); }

  std::size_t read(char* out, std::size_t size) override {
    const ssize_t count = ::recv(fd_, out, size, 0);
    return count < 0 ? 0 : static_cast<std::size_t>(count);
  }

  bool write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  // MSG_TRUNC has the kernel drop them: https://man7.org/linux/man-pages/man7/tcp.7.html
  bool discard(std::uint64_t size) override {
    while (size > 0) {
      const ssize_t count =
          ::recv(fd_, nullptr, static_cast<std::size_t>(std::min<std::uint64_t>(size, kDiscardChunk)), MSG_TRUNC);
      if (count <= 0) return false;
      size -= static_cast<std::uint64_t>(count);
    }
    return true;
  }

  bool send_content(std::uint64_t offset, std::uint64_t length) override {
    while (length > 0) {
      auto begin = static_cast<off_t>(offset % kPeriod);
      const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(length, kPeriod - offset % kPeriod));
      const ssize_t count = ::sendfile(fd_, content_file(), &begin, piece);
      if (count <= 0) return false;
      offset += static_cast<std::uint64_t>(count);
      length -= static_cast<std::uint64_t>(count);
    }
    return true;
  }

 private:
  const int fd_;
};

class TlsStream final : public Stream {
 public:
  TlsStream(int fd, SSL_CTX* context) : fd_(fd), ssl_(SSL_new(context)) { SSL_set_fd(ssl_, fd); }
  ~TlsStream() override {
    SSL_shutdown(ssl_);
    SSL_free(ssl_);
    ::close(fd_);
  }

  bool handshake() { return SSL_accept(ssl_) == 1; }

  std::size_t read(char* out, std::size_t size) override {
    std::size_t count = 0;
    return SSL_read_ex(ssl_, out, size, &count) == 1 ? count : 0;
  }

  bool write(std::string_view bytes) override {
    std::size_t count = 0;
    return bytes.empty() || SSL_write_ex(ssl_, bytes.data(), bytes.size(), &count) == 1;
  }

  bool discard(std::uint64_t size) override {
    dropped_.resize(kDiscardChunk);
    while (size > 0) {
      const std::size_t count =
          read(dropped_.data(), static_cast<std::size_t>(std::min<std::uint64_t>(size, kDiscardChunk)));
      if (count == 0) return false;
      size -= count;
    }
    return true;
  }

  bool send_content(std::uint64_t offset, std::uint64_t length) override {
    while (length > 0) {
      const auto piece =
          content().substr(offset % kPeriod, static_cast<std::size_t>(std::min<std::uint64_t>(length, 256 * 1024)));
      if (!write(piece)) return false;
      offset += piece.size();
      length -= piece.size();
    }
    return true;
  }

 private:
  const int fd_;
  SSL* const ssl_;
  std::vector<char> dropped_;
};

std::uint32_t compute_crc32c(std::uint64_t size) {
  static const std::uint32_t period = crypto::crc32c(0, content());
  std::uint32_t crc = 0;
  for (; size >= kPeriod; size -= kPeriod) crc = crypto::crc32c_combine(crc, period, kPeriod);
  return crypto::crc32c(crc, content().substr(0, static_cast<std::size_t>(size)));
}

}  // namespace

std::unique_ptr<Stream> plain_stream(int fd) { return std::make_unique<PlainStream>(fd); }

std::unique_ptr<Stream> tls_stream(int fd, SSL_CTX* context) {
  auto stream = std::make_unique<TlsStream>(fd, context);
  if (!stream->handshake()) return nullptr;
  return stream;
}

std::string_view content() {
  static const std::string bytes = make_content();
  return bytes;
}

std::string content_crc32c(std::uint64_t size) {
  static std::mutex mutex;
  static std::map<std::uint64_t, std::string> known;
  const std::scoped_lock lock(mutex);
  std::string& text = known[size];
  if (text.empty()) {
    const std::uint32_t crc = compute_crc32c(size);
    const std::array<unsigned char, 4> bytes{static_cast<unsigned char>(crc >> 24),
                                             static_cast<unsigned char>(crc >> 16),
                                             static_cast<unsigned char>(crc >> 8), static_cast<unsigned char>(crc)};
    text = core::base64_encode(bytes);
  }
  return text;
}

}  // namespace cloudkit::bench
