#pragma once

#include "faults/sockets.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace faults {

/// What happens to one connection through a `FaultProxy`.
struct WireFault {
  /// `retire`: once that many bytes have gone to the client, the next request meets a connection that is gone.
  /// `busy`: the first request is answered 503 by the proxy.
  enum class Action { none, close, reset, stall, flip_bit, retire, busy };
  enum class Direction { to_server, to_client };

  Action action = Action::none;
  Direction direction = Direction::to_client;
  std::uint64_t after = 0;  ///< As soon as this many bytes went that way; the bit is in the next one.

  // The shape of the wire, both ways.
  std::chrono::milliseconds latency{0};  ///< Before each piece.
  std::size_t piece = 64 * 1024;         ///< At most this much at once.
};

/// A TCP proxy on a loopback port in front of another one.
class FaultProxy {
 public:
  explicit FaultProxy(std::uint16_t target);
  FaultProxy(const FaultProxy&) = delete;
  FaultProxy& operator=(const FaultProxy&) = delete;
  ~FaultProxy();

  std::uint16_t port() const noexcept { return port_; }
  std::string host() const { return "127.0.0.1:" + std::to_string(port_); }

  /// For the next connection that has no fault yet.
  void then(WireFault fault);
  /// For every connection after those; at first none.
  void always(WireFault fault);
  /// Instead of those: what befalls each connection. Called by one thread at a time.
  void each(std::function<WireFault()> next);
  int connections() const noexcept { return connections_; }
  /// How many connections have met their fault.
  int hits() const noexcept { return hits_; }

 private:
  class Pipe;
  struct Worker {
    std::shared_ptr<std::atomic<bool>> done;
    std::thread thread;
  };

  void accept_all();
  void relay(Socket client, const WireFault& fault);
  void answer_busy(const Socket& client) const;
  void join_done();
  WireFault next_fault();

  const std::uint16_t target_;
  const Socket listener_;
  const std::uint16_t port_;
  std::atomic<bool> stopping_{false};
  std::atomic<int> connections_{0};
  std::mutex mutex_;
  std::deque<WireFault> faults_;
  WireFault always_;
  std::function<WireFault()> each_;
  std::atomic<int> hits_{0};
  std::list<Worker> workers_;  // Only the acceptor touches it while it runs.
  std::thread acceptor_;
};

}  // namespace faults
