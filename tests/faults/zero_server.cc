#include "faults/zero_server.h"

#include "faults/scripted_server.h"
#include "faults/sockets.h"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <memory>
#include <thread>

namespace faults {
namespace {

constexpr std::string_view kXml = "<?xml version=\"1.0\"?>";

std::uint64_t number_after(std::string_view text, std::string_view what) {
  const std::size_t found = text.find(what);
  std::uint64_t value = 0;
  if (found == std::string_view::npos) return 0;
  std::from_chars(text.data() + found + what.size(), text.data() + text.size(), value);
  return value;
}

class Exchange {
 public:
  Exchange(const Socket& socket, std::uint64_t size) : socket_(socket), size_(size) {}

  /// One request and its reply; false at the end of the connection.
  bool serve() {
    std::size_t end = std::string::npos;
    while ((end = read_.find("\r\n\r\n")) == std::string::npos) {
      if (!read_more()) return false;
    }
    const std::string head = read_.substr(0, end + 4);
    read_.erase(0, end + 4);
    return skip(number_after(head, "Content-Length: ")) && answer(head);
  }

 private:
  bool read_more() {
    const ssize_t count = ::read(socket_.fd(), buffer_.data(), buffer_.size());
    if (count <= 0) return false;
    read_.append(buffer_.data(), static_cast<std::size_t>(count));
    return true;
  }

  bool skip(std::uint64_t bytes) {
    while (bytes > 0) {
      if (read_.empty() && !read_more()) return false;
      const std::uint64_t part = std::min<std::uint64_t>(bytes, read_.size());
      read_.erase(0, static_cast<std::size_t>(part));
      bytes -= part;
    }
    return true;
  }

  bool answer(std::string_view head) const {
    if (head.starts_with("GET ")) return send_zeros(head);
    if (head.starts_with("DELETE ")) return socket_.write_all(reply(204));
    if (!head.starts_with("POST ")) return socket_.write_all(reply(200, "", "ETag: \"e1\"\r\n"));
    const bool begins = head.find("?uploads") != std::string_view::npos;
    return socket_.write_all(reply(
        200, std::string(kXml) +
                 (begins ? "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>"
                         : "<CompleteMultipartUploadResult><ETag>\"e1\"</ETag></CompleteMultipartUploadResult>")));
  }

  bool send_zeros(std::string_view head) const {
    const bool ranged = head.find("range: bytes=") != std::string_view::npos;
    const std::uint64_t first = number_after(head, "range: bytes=");
    const std::uint64_t last = ranged ? number_after(head.substr(head.find("range: ")), "-") : size_ - 1;
    const std::string range = ranged ? fmt::format("Content-Range: bytes {}-{}/{}\r\n", first, last, size_) : "";
    if (!socket_.write_all(fmt::format("HTTP/1.1 {} Zeros\r\nETag: \"e1\"\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 "
                                       "GMT\r\n{}Content-Length: {}\r\n\r\n",
                                       ranged ? 206 : 200, range, last - first + 1))) {
      return false;
    }
    static constexpr std::array<char, 64 * 1024> kZeros{};
    for (std::uint64_t left = last - first + 1; left > 0;) {
      const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(left, kZeros.size()));
      if (!socket_.write_all({kZeros.data(), part})) return false;
      left -= part;
    }
    return true;
  }

  const Socket& socket_;
  const std::uint64_t size_;
  std::array<char, 64 * 1024> buffer_;
  std::string read_;
};

[[noreturn]] void serve_for_ever(const Socket& listener, std::uint64_t size, pid_t test) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // It does not outlive the test, however that ends.
  if (::getppid() != test) ::_exit(0);
  block_sigpipe();
  while (true) {
    if (!listener.readable_within(std::chrono::seconds(60))) continue;
    auto socket = std::make_shared<Socket>(accept_within(listener, {}));
    if (!socket->is_open()) ::_exit(1);
    std::thread([socket, size] {
      Exchange exchange(*socket, size);
      while (exchange.serve()) {
      }
    }).detach();
  }
}

}  // namespace

ZeroServer::ZeroServer(std::uint64_t size) {
  const Socket listener = listen_on_loopback();
  port_ = port_of(listener);
  const pid_t test = ::getpid();
  child_ = ::fork();
  if (child_ == 0) serve_for_ever(listener, size, test);
}

ZeroServer::~ZeroServer() {
  ::kill(child_, SIGKILL);
  ::waitpid(child_, nullptr, 0);
}

}  // namespace faults
