#pragma once

#include "support/temporary_directory.h"

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace faults {

struct TinyproxyOptions {
  std::string user = {};  ///< "": everybody may use it.
  std::string password = {};
  std::string hosts = {};  ///< What it resolves by itself: "NAME=ADDRESS", separated by blanks.
  std::string more = {};   ///< Further lines of its configuration.
};

/// The real proxy of this name on a loopback port, for as long as it lives. What goes wrong in
/// starting it throws.
class Tinyproxy {
 public:
  explicit Tinyproxy(const TinyproxyOptions& options = {});
  Tinyproxy(const Tinyproxy&) = delete;
  Tinyproxy& operator=(const Tinyproxy&) = delete;
  ~Tinyproxy();

  std::string host() const { return "127.0.0.1:" + std::to_string(port_); }
  /// What it says that it did.
  std::string log() const;

 private:
  bool start(const TinyproxyOptions& options);
  bool answers() const;
  void stop();

  const test::TemporaryDirectory directory_;
  std::uint16_t port_ = 0;
  pid_t process_ = -1;
};

}  // namespace faults
