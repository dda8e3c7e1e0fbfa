#include "faults/proxy.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

namespace faults {
namespace {

constexpr std::chrono::milliseconds kTick{20};

}  // namespace

/// One way of one connection.
class FaultProxy::Pipe {
 public:
  enum class Outcome { goes_on, ended, fault };

  Pipe(const Socket& from, const Socket& to, WireFault fault, bool is_faulty)
      : from_(from), to_(to), fault_(fault), is_faulty_(is_faulty && acts(fault.action)) {}

  int source() const noexcept { return from_.fd(); }
  std::uint64_t moved() const noexcept { return moved_; }

  Outcome move_piece() {
    std::vector<char> bytes(std::max<std::size_t>(fault_.piece, 1));
    const ssize_t count = ::read(from_.fd(), bytes.data(), bytes.size());
    if (count < 0) return Outcome::ended;
    if (count == 0) {
      ::shutdown(to_.fd(), SHUT_WR);
      return Outcome::ended;
    }
    bytes.resize(static_cast<std::size_t>(count));
    if (fault_.latency.count() > 0) std::this_thread::sleep_for(fault_.latency);
    return forward(bytes);
  }

 private:
  // The others are the connection's as a whole.
  static bool acts(WireFault::Action action) {
    using Action = WireFault::Action;
    return action != Action::none && action != Action::retire && action != Action::busy;
  }

  Outcome forward(std::vector<char>& bytes) {
    const bool reaches_fault = is_faulty_ && moved_ + bytes.size() >= fault_.after + (flips() ? 1 : 0);
    if (reaches_fault && flips()) {
      bytes[static_cast<std::size_t>(fault_.after - moved_)] ^= 1;
      is_faulty_ = false;
    } else if (reaches_fault) {
      bytes.resize(static_cast<std::size_t>(fault_.after - moved_));
    }
    moved_ += bytes.size();
    if (!to_.write_all({bytes.data(), bytes.size()})) return Outcome::ended;
    return reaches_fault && is_faulty_ ? Outcome::fault : Outcome::goes_on;
  }

  bool flips() const noexcept { return fault_.action == WireFault::Action::flip_bit; }

  const Socket& from_;
  const Socket& to_;
  const WireFault fault_;
  bool is_faulty_;
  std::uint64_t moved_ = 0;
};

FaultProxy::FaultProxy(std::uint16_t target)
    : target_(target),
      listener_(listen_on_loopback()),
      port_(port_of(listener_)),
      acceptor_([this] { accept_all(); }) {}

FaultProxy::~FaultProxy() {
  stopping_ = true;
  acceptor_.join();
  for (Worker& worker : workers_) worker.thread.join();
}

void FaultProxy::then(WireFault fault) {
  const std::lock_guard lock(mutex_);
  faults_.push_back(fault);
}

void FaultProxy::always(WireFault fault) {
  const std::lock_guard lock(mutex_);
  always_ = fault;
}

void FaultProxy::each(std::function<WireFault()> next) {
  const std::lock_guard lock(mutex_);
  each_ = std::move(next);
}

WireFault FaultProxy::next_fault() {
  const std::lock_guard lock(mutex_);
  if (each_) return each_();
  if (faults_.empty()) return always_;
  const WireFault fault = faults_.front();
  faults_.pop_front();
  return fault;
}

void FaultProxy::accept_all() {
  block_sigpipe();
  while (!stopping_) {
    Socket client = accept_within(listener_, kTick);
    if (!client.is_open()) continue;
    ++connections_;
    join_done();
    const auto done = std::make_shared<std::atomic<bool>>(false);
    workers_.push_back(
        {done, std::thread([this, done, shared = std::make_shared<Socket>(std::move(client)), fault = next_fault()] {
           relay(std::move(*shared), fault);
           *done = true;
         })});
  }
}

// Thousands of connections may come, one after the other.
void FaultProxy::join_done() {
  for (auto worker = workers_.begin(); worker != workers_.end();) {
    if (!*worker->done) {
      ++worker;
      continue;
    }
    worker->thread.join();
    worker = workers_.erase(worker);
  }
}

void FaultProxy::answer_busy(const Socket& client) const {
  client.write_all(
      "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 48\r\nConnection: close\r\n\r\n"
      "<Error><Code>ServiceUnavailable</Code></Error>  ");
  ::shutdown(client.fd(), SHUT_WR);
  // To close what has unread bytes sends RST, which overtakes the reply.
  std::array<char, 4096> rest;
  while (!stopping_) {
    if (client.readable_within(kTick) && ::read(client.fd(), rest.data(), rest.size()) <= 0) return;
  }
}

void FaultProxy::relay(Socket client, const WireFault& fault) {
  Socket server;
  try {
    server = connect_to_loopback(target_);
  } catch (const std::system_error&) {
    client.reset();  // As if nobody listened here either.
    return;
  }
  const bool hits_client = fault.direction == WireFault::Direction::to_client;
  std::array<Pipe, 2> pipes = {Pipe(client, server, fault, !hits_client), Pipe(server, client, fault, hits_client)};
  std::array<bool, 2> ended = {false, false};
  while (!stopping_ && !(ended[0] && ended[1])) {
    std::array<pollfd, 2> polls = {};
    for (std::size_t i = 0; i < 2; ++i) polls[i] = {ended[i] ? -1 : pipes[i].source(), POLLIN, 0};
    ::poll(polls.data(), polls.size(), static_cast<int>(kTick.count()));
    for (std::size_t i = 0; i < 2; ++i) {
      if (ended[i] || polls[i].revents == 0) continue;
      if (i == 0 && fault.action == WireFault::Action::busy) {
        ++hits_;
        answer_busy(client);
        return;
      }
      if (i == 0 && fault.action == WireFault::Action::retire && pipes[1].moved() > fault.after) {
        ++hits_;
        client.reset();
        return;
      }
      const Pipe::Outcome outcome = pipes[i].move_piece();
      ended[i] = outcome == Pipe::Outcome::ended;
      if (outcome != Pipe::Outcome::fault) continue;
      ++hits_;
      if (fault.action == WireFault::Action::reset) client.reset();
      while (fault.action == WireFault::Action::stall && !stopping_) std::this_thread::sleep_for(kTick);
      return;
    }
  }
}

}  // namespace faults
