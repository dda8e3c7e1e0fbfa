#include "compute/probe.h"
#include "core/context_wait.h"
#include "core/fail.h"
#include "core/unique_fd.h"

#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

// A TCP connection that is closed at once.
namespace cloudkit::inline v0::compute {
namespace {

// How often a look-up that cannot be interrupted lets the caller see whether the context has ended.
constexpr std::chrono::milliseconds kGlance{50};

// For all addresses together, where the context has no deadline.
constexpr std::chrono::seconds kLongest{60};
// A resolver that does not answer holds each look-up's thread for as long as it likes.
constexpr int kMostLookUps = 16;

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

Error unreachable(const std::string& host, int port, std::string_view why) {
  Error error = core::fail(ErrorCode::unavailable, fmt::format("{} port {}: {}", host, port, why));
  error.retryable = true;
  return error;
}

int look_up(const std::string& host, const std::string& port, int flags, Addresses& found) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int error = ::getaddrinfo(host.c_str(), port.c_str(), &wanted, &list);
  found.reset(error == 0 ? list : nullptr);
  return error;
}

// The system's look-up ends when it will, which may be after many seconds: on a thread that nobody waits for.
class LookUp {
 public:
  static Result<Addresses> run(const std::string& host, int port, const Context& context) {
    const std::string number = std::to_string(port);
    if (auto going = context.check(); !going) return std::move(going).error();
    Addresses found;
    if (look_up(host, number, AI_NUMERICHOST, found) == 0) return found;
    const auto state = std::make_shared<LookUp>();
    if (auto begun = begin(state, host, number); !begun) return unreachable(host, port, begun.error().message);
    std::unique_lock lock(state->mutex_);
    while (!state->ended_.wait_for(lock, kGlance, [&] { return state->done_; })) {
      if (auto going = context.check(); !going) return std::move(going).error();
    }
    if (state->error_ != 0) return unreachable(host, port, ::gai_strerror(state->error_));
    return std::move(state->found_);
  }

 private:
  static Status begin(const std::shared_ptr<LookUp>& state, const std::string& host, const std::string& number) {
    static std::atomic<int> running{0};
    if (running.fetch_add(1) >= kMostLookUps) {
      --running;
      return core::fail(ErrorCode::unavailable, "too many look-ups of names have not ended yet");
    }
    try {
      std::thread([state, host, number] {
        state->look(host, number);
        --running;
      }).detach();
    } catch (const std::system_error&) {
      --running;
      return core::fail(ErrorCode::unavailable, "no thread is to be had to look the name up");
    }
    return {};
  }

  void look(const std::string& host, const std::string& number) {
    Addresses addresses;
    const int error = look_up(host, number, 0, addresses);
    const std::scoped_lock lock(mutex_);
    error_ = error;
    found_ = std::move(addresses);
    done_ = true;
    ended_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable ended_;
  bool done_ = false;
  int error_ = 0;
  Addresses found_;
};

// Until the connection is made or refused. Returns an errno. Errors: those of the context.
Result<int> wait_for_connection(int fd, const Context& context) {
  std::vector<pollfd> watched = {{fd, POLLOUT, 0}};
  for (const int wake : ContextAccess::wake_descriptors(context)) watched.push_back({wake, POLLIN, 0});
  while (true) {
    if (auto going = context.check(); !going) return std::move(going).error();
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(context.remaining(std::chrono::seconds(1)));
    const int ready = ::poll(watched.data(), watched.size(), static_cast<int>(left.count()));
    if (ready < 0 && errno != EINTR) return errno;
    if (ready <= 0 || watched.front().revents == 0) continue;
    int error = 0;
    socklen_t size = sizeof error;
    return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
  }
}

Result<int> connect_to(const addrinfo& address, const Context& context) {
  const core::UniqueFd fd(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return errno;
  if (::connect(fd.get(), address.ai_addr, address.ai_addrlen) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  return wait_for_connection(fd.get(), context);
}

}  // namespace

Result<int> connect_to_one_of(const addrinfo* addresses, const Context& context) {
  int left = 0;
  for (const addrinfo* address = addresses; address != nullptr; address = address->ai_next) ++left;
  int last = EHOSTUNREACH;
  for (const addrinfo* address = addresses; address != nullptr; address = address->ai_next, --left) {
    const auto connected = connect_to(*address, context.child_with_timeout(context.remaining(kLongest) / left));
    if (connected && *connected == 0) return 0;
    if (auto going = context.check(); !going) return std::move(going).error();
    last = connected.value_or(ETIMEDOUT);
  }
  return last;
}

Status connect_tcp(const std::string& host, int port, const Context& context) {
  auto found = LookUp::run(host, port, context);
  if (!found) return std::move(found).error();
  const auto connected = connect_to_one_of(found->get(), context);
  if (!connected) return connected.error();
  return *connected == 0 ? Status() : unreachable(host, port, std::strerror(*connected));
}

}  // namespace cloudkit::inline v0::compute
