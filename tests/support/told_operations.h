#pragma once

#include <cloudkit/observer.h>

#include <fmt/format.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace cloudkit::test {

/// Remembers which operations it was told, and how each ended: "put mem://b/a ok".
class Operations final : public Observer {
 public:
  void on_operation(const OperationEvent& event) override {
    const std::scoped_lock lock(mutex_);
    lines_.push_back(fmt::format("{} {} {}{}", event.operation, event.resource,
                                 event.error != nullptr ? to_string(event.error->code) : "ok",
                                 event.bytes != 0 ? fmt::format(" {} bytes", event.bytes) : ""));
    all_took_time_ &= event.duration.count() >= 0 && event.begun.time_since_epoch().count() > 0;
  }
  std::vector<std::string> lines() {
    const std::scoped_lock lock(mutex_);
    return lines_;
  }
  bool all_took_time() {
    const std::scoped_lock lock(mutex_);
    return all_took_time_;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> lines_;
  bool all_took_time_ = true;
};

struct WithObserver {
  WithObserver() { set_observer(operations); }
  WithObserver(const WithObserver&) = delete;
  WithObserver& operator=(const WithObserver&) = delete;
  ~WithObserver() { set_observer(nullptr); }
  std::shared_ptr<Operations> operations = std::make_shared<Operations>();
};

}  // namespace cloudkit::test
