#include "auth/single_flight.h"

#include <chrono>
#include <string>

namespace cloudkit::inline v0::auth {
namespace {

// How soon a waiting call notices that it was cancelled.
constexpr std::chrono::milliseconds kWaitStep{50};

}  // namespace

SingleFlight::Turn::Turn(SingleFlight& flight, Lock& lock) : flight_(flight), lock_(lock) {
  flight_.under_way_ = true;
  lock_.unlock();
}

SingleFlight::Turn::~Turn() {
  lock_.lock();
  flight_.under_way_ = false;
  ++flight_.flights_;
  flight_.ended_.notify_all();
}

Status SingleFlight::wait(Lock& lock, const Context& context, std::string_view what) {
  const unsigned before = flights_;
  while (flights_ == before) {
    if (auto going = context.check(); !going) {
      going.error().message.append(" while waiting for ").append(what);
      return going;
    }
    ended_.wait_for(lock, context.remaining(kWaitStep));
  }
  return {};
}

}  // namespace cloudkit::inline v0::auth
