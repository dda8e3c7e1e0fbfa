// The least that any client could do: requests written and replies read by hand, over one kept
// connection a thread, with the buffers that cost least. It signs and checks nothing.
#include "peers/job.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace {

using cloudkit::bench::die;
using cloudkit::bench::Job;

constexpr std::size_t kBuffer = std::size_t{256} << 10;

class Connection {
 public:
  explicit Connection(const Job& job) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), buffer_(kBuffer) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(job.port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) die("cannot connect");
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (job.scheme == "https") open_tls(job);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
    ::close(fd_);
  }

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ssl_ != nullptr ? SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()))
                                            : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) die("cannot send");
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
  }

  /// Reads a reply's head; what has come of its body is in `take`.
  std::uint64_t read_head() {
    begin_ = end_ = 0;
    std::size_t head_end = std::string_view::npos;
    while (head_end == std::string_view::npos) {
      end_ += receive(buffer_.data() + end_, buffer_.size() - end_);
      head_end = std::string_view(buffer_.data(), end_).find("\r\n\r\n");
    }
    const std::string_view head(buffer_.data(), head_end);
    if (!head.starts_with("HTTP/1.1 20")) die(std::string(head));
    begin_ = head_end + 4;
    constexpr std::string_view kLength = "Content-Length: ";
    return std::strtoull(head.data() + head.find(kLength) + kLength.size(), nullptr, 10);
  }

  /// The next bytes of a body of which `left` are missing, wherever they lie already.
  std::string_view take(std::uint64_t left) {
    if (begin_ == end_) {
      begin_ = 0;
      end_ = receive(buffer_.data(), static_cast<std::size_t>(std::min<std::uint64_t>(left, buffer_.size())));
    }
    const std::string_view bytes(buffer_.data() + begin_, end_ - begin_);
    begin_ = end_;
    return bytes;
  }

  /// The rest of a body of `size` bytes to where it belongs.
  void take_into(char* out, std::uint64_t size) {
    const std::size_t come = end_ - begin_;
    std::memcpy(out, buffer_.data() + begin_, come);
    begin_ = end_;
    for (std::uint64_t done = come; done < size;) {
      done += receive(out + done, static_cast<std::size_t>(std::min<std::uint64_t>(size - done, kBuffer)));
    }
  }

 private:
  void open_tls(const Job& job) {
    context_ = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);
    if (SSL_CTX_load_verify_locations(context_, job.ca.c_str(), nullptr) != 1) die("cannot read " + job.ca);
    ssl_ = SSL_new(context_);
    SSL_set_fd(ssl_, fd_);
    if (SSL_connect(ssl_) != 1) die("the TLS handshake failed");
  }

  std::size_t receive(char* out, std::size_t size) {
    const ssize_t count = ssl_ != nullptr ? SSL_read(ssl_, out, static_cast<int>(size)) : ::recv(fd_, out, size, 0);
    if (count <= 0) die("the connection ended");
    return static_cast<std::size_t>(count);
  }

  const int fd_;
  SSL_CTX* context_ = nullptr;
  SSL* ssl_ = nullptr;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

// As long as a signed one.
std::string head_of(const Job& job, std::string_view method, const std::string& target, const std::string& more = {}) {
  return std::string(method) + " /bench/" + target + " HTTP/1.1\r\nHost: " + job.authority() +
         "\r\nX-Filler: " + std::string(400, 'x') + "\r\n" + more + "\r\n";
}

void get_stream(const Job& job) {
  Connection connection(job);
  connection.send(head_of(job, "GET", job.key()));
  for (std::uint64_t left = connection.read_head(); left > 0;) left -= connection.take(left).size();
}

void get_memory(const Job& job) {
  Connection connection(job);
  connection.send(head_of(job, "GET", job.key()));
  const std::uint64_t size = connection.read_head();
  const std::unique_ptr<char, void (*)(void*)> memory(static_cast<char*>(std::malloc(size)), std::free);
  connection.take_into(memory.get(), size);
}

void get_file(const Job& job) {
  Connection connection(job);
  const int fd = ::open(job.file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  connection.send(head_of(job, "GET", job.key()));
  const std::uint64_t size = connection.read_head();
  for (std::uint64_t done = 0; done < size;) {
    const std::string_view bytes = connection.take(size - done);
    if (::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(done)) != static_cast<ssize_t>(bytes.size())) {
      die("cannot write " + job.file);
    }
    done += bytes.size();
  }
  ::close(fd);
}

void put_file(const Job& job) {
  Connection connection(job);
  const int fd = ::open(job.file.c_str(), O_RDONLY | O_CLOEXEC);
  std::vector<char> buffer(kBuffer);
  connection.send(head_of(job, "PUT", job.key(), "Content-Length: " + std::to_string(job.size) + "\r\n"));
  for (std::uint64_t done = 0; done < job.size;) {
    const ssize_t count = ::pread(fd, buffer.data(), buffer.size(), static_cast<off_t>(done));
    if (count <= 0) die("cannot read " + job.file);
    connection.send({buffer.data(), static_cast<std::size_t>(count)});
    done += static_cast<std::uint64_t>(count);
  }
  ::close(fd);
  connection.read_head();
}

void small_get(const Job& job) {
  run_in_flight(job, [&job]() -> cloudkit::bench::Worker {
    auto connection = std::make_shared<Connection>(job);
    return [&job, connection](std::uint64_t index) {
      connection->send(head_of(job, "GET", job.key(index)));
      for (std::uint64_t left = connection->read_head(); left > 0;) left -= connection->take(left).size();
    };
  });
}

void small_put(const Job& job) {
  const std::string body(job.size, 'b');
  run_in_flight(job, [&]() -> cloudkit::bench::Worker {
    auto connection = std::make_shared<Connection>(job);
    return [&job, &body, connection](std::uint64_t index) {
      const std::string more = "Content-Length: " + std::to_string(body.size()) + "\r\n";
      connection->send(head_of(job, "PUT", job.key(index), more) + body);
      connection->read_head();
    };
  });
}

// No parser can do with less than one look at each byte.
void list(const Job& job) {
  Connection connection(job);
  std::string page;
  std::uint64_t keys = 0;
  while (keys < job.count) {
    std::string target = "?list-type=2&encoding-type=url&max-keys=1000&prefix=" + job.list_prefix();
    if (keys > 0) target += "&continuation-token=" + std::to_string(keys - 1);
    connection.send(head_of(job, "GET", target));
    page.resize(connection.read_head());
    connection.take_into(page.data(), page.size());
    std::size_t tags = 0;
    const char* const end = page.data() + page.size();
    for (const char* at = page.data(); (at = static_cast<const char*>(std::memchr(at, '<', end - at))) != nullptr;
         ++at) {
      ++tags;
      if (end - at > 4 && std::memcmp(at, "<Key>", 5) == 0) ++keys;
    }
    if (tags == 0) die("an empty page");
  }
}

}  // namespace

int main(int argc, char** argv) {
  const Job job = cloudkit::bench::read_job(argc, argv);
  run_operation(job, {{"get_stream", [&] { get_stream(job); }},
                      {"get_memory", [&] { get_memory(job); }},
                      {"get_file", [&] { get_file(job); }},
                      {"put_file", [&] { put_file(job); }},
                      {"small_get", [&] { small_get(job); }},
                      {"small_backup", [&] { small_get(job); }},
                      {"small_put", [&] { small_put(job); }},
                      {"list", [&] { list(job); }}});
}
