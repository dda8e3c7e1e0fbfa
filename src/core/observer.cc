#include "core/observer.h"

#include <atomic>
#include <mutex>
#include <utility>

namespace cloudkit::inline v0 {
namespace {

struct Observed {
  std::mutex mutex;
  std::shared_ptr<Observer> observer;
  std::atomic<bool> any{false};
};

// Never destroyed: handles may be globals, and make calls while they end.
Observed& observed() {
  static Observed* const one = new Observed;
  return *one;
}

}  // namespace

Observer::~Observer() = default;
void Observer::on_operation(const OperationEvent&) {}
void Observer::on_attempt(const AttemptEvent&) {}

void set_observer(std::shared_ptr<Observer> observer) {
  Observed& one = observed();
  {
    const std::scoped_lock lock(one.mutex);
    one.any.store(observer != nullptr, std::memory_order_relaxed);
    one.observer.swap(observer);
  }
  // The old one ends here, outside of the lock: it may do what it likes.
}

std::shared_ptr<Observer> core::current_observer() {
  Observed& one = observed();
  if (!one.any.load(std::memory_order_relaxed)) return nullptr;
  const std::scoped_lock lock(one.mutex);
  return one.observer;
}

core::Observation core::Observation::begin() {
  Observation begun;
  begun.observer_ = current_observer();
  if (begun.observer_) begun.begun_ = std::chrono::steady_clock::now();
  return begun;
}

void core::Observation::end(std::string_view operation, std::string_view resource, const Error* error,
                            std::uint64_t bytes) {
  if (!observer_) return;
  OperationEvent event;
  event.operation = operation;
  event.resource = resource;
  event.begun = begun_;
  event.duration = std::chrono::steady_clock::now() - begun_;
  event.error = error;
  event.bytes = bytes;
  std::exchange(observer_, nullptr)->on_operation(event);
}

}  // namespace cloudkit::inline v0
