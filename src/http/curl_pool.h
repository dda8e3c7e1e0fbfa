#pragma once

#include "http/curl_global.h"
#include "http/curl_handle.h"

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace cloudkit::inline v0::http {

/// Idle handles with their kept connections. The last one put back is the first one taken, so
/// that a few stay warm and the rest age and are dropped. Thread-safe.
class CurlPool final : public ConnectionHolder {
 public:
  using Clock = std::chrono::steady_clock;

  explicit CurlPool(std::chrono::seconds max_idle);
  ~CurlPool();

  /// A handle that last spoke to `key` (scheme and host), or null.
  std::unique_ptr<CurlHandle> take(const std::string& key);
  void put_back(std::string key, std::unique_ptr<CurlHandle> handle);
  /// Closes what is kept for `key`: one dead connection is seldom alone.
  void forget(const std::string& key);
  void close_idle() override;

 private:
  static constexpr std::size_t kMaxIdleHandles = 256;

  struct Idle {
    std::string key;
    std::unique_ptr<CurlHandle> handle;
    Clock::time_point since;
  };

  /// Takes the process's id as of before the lock: a system call within is where threads are put aside, and with one
  /// of sixteen put aside the others wait.
  void abandon_inherited(pid_t self);

  const Clock::duration max_idle_;
  std::mutex mutex_;
  std::vector<Idle> idle_;  // Oldest first.
  bool registered_ = false;
  pid_t owner_;
};

}  // namespace cloudkit::inline v0::http
