// The server of benchmarks/peers: server CERTIFICATE KEY. Prints its two ports, for http and https, and
// runs until its standard input ends.
#include "peers/static_store.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <thread>

namespace {

using cloudkit::bench::Stream;

int listen_on_any_port(int& port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (::bind(fd, any, length) != 0 || ::listen(fd, 1024) != 0 || ::getsockname(fd, any, &length) != 0) std::abort();
  port = ntohs(address.sin_port);
  return fd;
}

void serve_connection(int fd, SSL_CTX* tls) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const auto stream = tls == nullptr ? cloudkit::bench::plain_stream(fd) : cloudkit::bench::tls_stream(fd, tls);
  if (stream) cloudkit::bench::serve(*stream);
}

void accept_all(int listener, SSL_CTX* tls) {
  while (true) {
    const int fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd >= 0) std::thread([fd, tls] { serve_connection(fd, tls); }).detach();
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  std::signal(SIGPIPE, SIG_IGN);
  SSL_CTX* const tls = SSL_CTX_new(TLS_server_method());
  if (SSL_CTX_use_certificate_file(tls, argv[1], SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_use_PrivateKey_file(tls, argv[2], SSL_FILETYPE_PEM) != 1) {
    std::fprintf(stderr, "server: cannot read the certificate %s and its key\n", argv[1]);
    return 1;
  }
  cloudkit::bench::content();
  int plain_port = 0;
  int tls_port = 0;
  const int plain_listener = listen_on_any_port(plain_port);
  const int tls_listener = listen_on_any_port(tls_port);
  std::thread([plain_listener] { accept_all(plain_listener, nullptr); }).detach();
  std::thread([tls_listener, tls] { accept_all(tls_listener, tls); }).detach();
  std::printf("%d %d\n", plain_port, tls_port);
  std::fflush(stdout);
  while (std::getchar() != EOF) continue;
  // Connections are still open, in threads that nobody waits for.
  std::_Exit(0);
}
