#pragma once

#include "output.h"

#include <cloudkit/sync.h>

#include <chrono>
#include <functional>
#include <mutex>
#include <string>

namespace cloudkit::tool {

/// "12 of 100 objects, 1.2 MiB of 3.0 MiB, 640.0 KiB/s, 3 s left"
std::string progress_text(const SyncProgress& progress, std::chrono::milliseconds elapsed);

/// Adds up what several transfers do, for a line on a terminal. Thread-safe.
class ProgressMeter {
 public:
  explicit ProgressMeter(Output& out) : out_(out), started_(std::chrono::steady_clock::now()) {}

  /// One more object, of so many bytes as far as that is known.
  void expect(std::uint64_t size);
  /// For the options of one transfer.
  std::function<void(const TransferProgress&)> one();
  /// The same for the only one, whose size the transfer tells.
  std::function<void(const TransferProgress&)> of_all();
  /// An object has been dealt with.
  void done();

 private:
  void show();

  Output& out_;
  const std::chrono::steady_clock::time_point started_;
  std::mutex mutex_;
  SyncProgress progress_;
  std::chrono::steady_clock::time_point shown_ = {};
};

}  // namespace cloudkit::tool
