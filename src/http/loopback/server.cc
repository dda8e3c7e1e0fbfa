#include "http/loopback/server.h"

#include "core/log.h"
#include "core/start_thread.h"
#include "http/loopback/server_connection.h"
#include "http/loopback/socket.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace cloudkit::inline v0::http::loopback {
namespace {

using std::chrono::milliseconds;

// How often it is looked whether a client that waits has gone.
constexpr milliseconds kLook{100};
// How soon that begins, since a request does not wake the thread that looks.
constexpr milliseconds kNap{500};
// The clock could not count to the end of the longest one.
constexpr milliseconds kLongestGrace = std::chrono::hours(24);

}  // namespace

struct Server::Impl {
  Impl(Address where, core::UniqueFd socket, ServerOptions options, Handler handler)
      : address(std::move(where)), listener(std::move(socket)), share{std::move(options), std::move(handler)} {}

  // Whose handlers the thread calls.
  static thread_local const Impl* works_for;

  void listen();
  void admit(core::UniqueFd socket);
  void work();
  void stop(milliseconds grace);

  const Address address;
  core::UniqueFd listener;  // Of the thread that listens, once there is one.
  ServerShare share;
  std::thread listening;

  std::mutex stopping;  // Held while somebody stops it.
  std::mutex mutex;
  std::condition_variable came;
  std::condition_variable left;
  std::deque<core::UniqueFd> waiting;
  std::vector<std::thread> threads;
  std::size_t idle = 0;
  std::size_t open = 0;  // Connections, those that wait too.
  bool ended = false;
};

thread_local const Server::Impl* Server::Impl::works_for = nullptr;

void Server::Impl::listen() {
  while (!share.abort.cancelled()) {
    const auto pause = share.watch.is_empty() ? kNap : kLook;
    if (share.stop.cancelled()) {
      listener.reset();  // Who connects from now on is refused at once.
      (void)share.abort.wait_for(std::min(pause, kLook));
    } else {
      const auto ready = wait_for_socket(listener.get(), POLLIN, share.stop, Context::Clock::now() + pause);
      if (ready && *ready != 0) {
        if (auto socket = accept_from(listener.get()); socket) {
          admit(std::move(socket));
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
          (void)share.stop.wait_for(kLook);  // Else it would spin until one is free.
        }
      }
    }
    share.watch.look();
  }
  listener.reset();
}

void Server::Impl::admit(core::UniqueFd socket) {
  const std::lock_guard lock(mutex);
  bool has_room = open < share.options.max_connections;
  if (has_room && waiting.size() >= idle) {
    try {
      threads.emplace_back([this] { work(); });
    } catch (const std::system_error&) {
      has_room = !threads.empty();
    }
  }
  if (!has_room) return ServerConnection::turn_away(std::move(socket));
  ++open;
  waiting.push_back(std::move(socket));
  came.notify_one();
}

void Server::Impl::work() {
  works_for = this;
  std::unique_lock lock(mutex);
  while (true) {
    ++idle;
    came.wait(lock, [this] { return ended || !waiting.empty(); });
    --idle;
    if (waiting.empty()) return;
    core::UniqueFd socket = std::move(waiting.front());
    waiting.pop_front();
    lock.unlock();
    ServerConnection(std::move(socket), share).run();
    lock.lock();
    --open;
    left.notify_all();
  }
}

void Server::Impl::stop(milliseconds grace) {
  share.stop.cancel();
  if (works_for == this) return;
  const std::lock_guard once(stopping);
  if (!listening.joinable()) return;
  {
    std::unique_lock lock(mutex);
    left.wait_for(lock, std::min(grace, kLongestGrace), [this] { return open == 0; });
  }
  share.abort.cancel();
  listening.join();
  {
    const std::lock_guard lock(mutex);
    ended = true;
  }
  came.notify_all();
  for (std::thread& thread : threads) thread.join();
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() { stop(); }

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Handler handler) {
  const auto wanted = Address::parse(options.address);
  if (!wanted) return wanted.error();
  auto listener = listen_on(*wanted);
  if (!listener) return std::move(listener).error();
  auto address = Address::of(listener->get());
  if (!address) return std::move(address).error();
  auto impl = std::make_unique<Impl>(std::move(*address), std::move(*listener), std::move(options), std::move(handler));
  const auto started = core::start_thread(impl->listening, [server = impl.get()] { server->listen(); });
  if (!started) return started.error();
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

std::uint16_t Server::port() const noexcept { return impl_->address.port(); }
const std::string& Server::authority() const noexcept { return impl_->address.text(); }

void Server::request_stop() const noexcept { impl_->share.stop.cancel(); }
void Server::stop(milliseconds grace) { impl_->stop(grace); }

}  // namespace cloudkit::inline v0::http::loopback
