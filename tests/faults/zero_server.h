#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace faults {

/// An S3 server whose every object is `size` zeros, and which takes and forgets what it is sent. In a process of its
/// own, whose memory and time are not those of the test.
class ZeroServer {
 public:
  explicit ZeroServer(std::uint64_t size);
  ZeroServer(const ZeroServer&) = delete;
  ZeroServer& operator=(const ZeroServer&) = delete;
  ~ZeroServer();

  std::string host() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  std::uint16_t port_ = 0;
  pid_t child_ = -1;
};

}  // namespace faults
