// A network of some length: delay_proxy PORT MILLISECONDS passes connections on to PORT of this machine;
// each byte arrives half of MILLISECONDS later, and a new connection takes a round trip to open. Prints its
// own port, and runs until its standard input ends. Bandwidth is what the machine gives, up to the window.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <string>
#include <thread>

namespace {

using Clock = std::chrono::steady_clock;

// What may be under way on one connection: a receive window that was tuned for long ways.
constexpr std::size_t kWindow = std::size_t{16} << 20;
constexpr std::size_t kChunk = std::size_t{128} << 10;

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool send_all(int fd, const std::string& bytes) {
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t count = ::send(fd, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
    if (count <= 0) return false;
    done += static_cast<std::size_t>(count);
  }
  return true;
}

// One direction of one connection.
class Way {
 public:
  Way(int from, int to, Clock::duration delay, Clock::time_point open_at)
      : from_(from), to_(to), delay_(delay), open_at_(open_at) {}

  void run() {
    while (!ended_ || !under_way_.empty()) {
      if (!ended_ && wait_for_bytes()) read();
      if (ended_ && !under_way_.empty()) std::this_thread::sleep_until(under_way_.front().due);
      if (!deliver()) break;
    }
    ::shutdown(to_, SHUT_WR);
    ::shutdown(from_, SHUT_RD);
  }

 private:
  struct Chunk {
    Clock::time_point due;
    std::string bytes;
  };

  bool wait_for_bytes() {
    const bool room = size_ < kWindow;
    pollfd wanted{room ? from_ : -1, POLLIN, 0};
    timespec timeout{};
    if (!under_way_.empty()) {
      const auto left = std::max(under_way_.front().due - Clock::now(), Clock::duration(0));
      const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(left).count();
      timeout = {ns / 1'000'000'000, ns % 1'000'000'000};
    }
    return ::ppoll(&wanted, 1, under_way_.empty() ? nullptr : &timeout, nullptr) > 0;
  }

  void read() {
    std::string bytes(kChunk, '\0');
    const ssize_t count = ::recv(from_, bytes.data(), bytes.size(), 0);
    if (count <= 0) {
      ended_ = true;
      return;
    }
    bytes.resize(static_cast<std::size_t>(count));
    size_ += bytes.size();
    under_way_.push_back({std::max(Clock::now(), open_at_) + delay_, std::move(bytes)});
  }

  bool deliver() {
    while (!under_way_.empty() && under_way_.front().due <= Clock::now()) {
      if (!send_all(to_, under_way_.front().bytes)) return false;
      size_ -= under_way_.front().bytes.size();
      under_way_.pop_front();
    }
    return true;
  }

  const int from_;
  const int to_;
  const Clock::duration delay_;
  const Clock::time_point open_at_;
  std::deque<Chunk> under_way_;
  std::size_t size_ = 0;
  bool ended_ = false;
};

void pass_on(int client, int port, Clock::duration round_trip) {
  const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  const int on = 1;
  for (const int fd : {client, server}) ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    const auto open_at = Clock::now() + round_trip;
    std::thread back([=] { Way(server, client, round_trip / 2, {}).run(); });
    Way(client, server, round_trip / 2, open_at).run();
    back.join();
  }
  ::close(server);
  ::close(client);
}

void accept_all(int listener, int port, Clock::duration round_trip) {
  while (true) {
    const int client = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (client >= 0) std::thread([=] { pass_on(client, port, round_trip); }).detach();
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  std::signal(SIGPIPE, SIG_IGN);
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener, any, length) != 0 || ::listen(listener, 1024) != 0 ||
      ::getsockname(listener, any, &length) != 0) {
    std::abort();
  }
  const int port = std::atoi(argv[1]);
  const auto round_trip = std::chrono::milliseconds(std::atoi(argv[2]));
  std::thread([=] { accept_all(listener, port, round_trip); }).detach();
  std::printf("%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  while (std::getchar() != EOF) continue;
  std::_Exit(0);
}
