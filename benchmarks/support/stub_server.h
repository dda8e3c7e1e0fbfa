#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace cloudkit::bench {

/// The cheapest HTTP server that a client can be measured against: every request gets the same
/// object, on kept connections, a thread each, after `pause` if one is given. It checks nothing.
class StubServer {
 public:
  using Pause = std::function<std::chrono::microseconds()>;  // Called by all its threads.

  explicit StubServer(std::size_t object_size, Pause pause = {});
  ~StubServer();
  std::uint16_t port() const;
  std::size_t reply_size() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cloudkit::bench
