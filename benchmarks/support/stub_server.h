#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace cloudkit::bench {

/// The cheapest HTTP server that a client can be measured against: every request gets the same
/// object, on kept connections, a thread each. It checks nothing.
class StubServer {
 public:
  explicit StubServer(std::size_t object_size);
  ~StubServer();
  std::uint16_t port() const;
  std::size_t reply_size() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cloudkit::bench
