#include "support/stub_server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace cloudkit::bench {

struct StubServer::Impl {
  Pause pause;
  int listener = -1;
  std::uint16_t port = 0;
  std::string reply;
  std::thread acceptor;
  std::mutex mutex;
  std::vector<int> connections;
  std::vector<std::thread> workers;

  void serve(int fd) const {
    char buffer[16384];
    std::string head;
    while (true) {
      const ssize_t count = ::recv(fd, buffer, sizeof buffer, 0);
      if (count <= 0) return;
      head.append(buffer, static_cast<std::size_t>(count));
      if (head.size() < 4 || std::string_view(head).substr(head.size() - 4) != "\r\n\r\n") continue;
      head.clear();
      if (pause) std::this_thread::sleep_for(pause());
      if (::send(fd, reply.data(), reply.size(), MSG_NOSIGNAL) < 0) return;
    }
  }

  void accept_all() {
    while (true) {
      const int fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      const int on = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      const std::scoped_lock lock(mutex);
      connections.push_back(fd);
      workers.emplace_back([this, fd] { serve(fd); });
    }
  }
};

StubServer::StubServer(std::size_t object_size, Pause pause) : impl_(std::make_unique<Impl>()) {
  impl_->pause = std::move(pause);
  impl_->reply =
      "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nETag: \"e\"\r\n"
      "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\nx-amz-request-id: r\r\nContent-Length: " +
      std::to_string(object_size) + "\r\n\r\n" + std::string(object_size, 'o');
  impl_->listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (::bind(impl_->listener, any, length) != 0 || ::listen(impl_->listener, 64) != 0 ||
      ::getsockname(impl_->listener, any, &length) != 0) {
    std::abort();
  }
  impl_->port = ntohs(address.sin_port);
  impl_->acceptor = std::thread([this] { impl_->accept_all(); });
}

StubServer::~StubServer() {
  ::shutdown(impl_->listener, SHUT_RDWR);
  impl_->acceptor.join();
  ::close(impl_->listener);
  for (const int fd : impl_->connections) ::shutdown(fd, SHUT_RDWR);
  for (auto& worker : impl_->workers) worker.join();
  for (const int fd : impl_->connections) ::close(fd);
}

std::uint16_t StubServer::port() const { return impl_->port; }
std::size_t StubServer::reply_size() const { return impl_->reply.size(); }

}  // namespace cloudkit::bench
