#pragma once

#include <cloudkit/context.h>
#include <cloudkit/result.h>

#include <condition_variable>
#include <mutex>
#include <string_view>

namespace cloudkit::inline v0::auth {

/// What one thread does for all that need it. Its state belongs to the mutex of the lock, which each call is given
/// held.
class SingleFlight {
 public:
  using Lock = std::unique_lock<std::mutex>;

  bool under_way() const noexcept { return under_way_; }

  /// Does `work` without the lock, and returns with it. Whatever happens, those who wait go on.
  template <class Work>
  auto run(Lock& lock, const Work& work) {
    const Turn turn(*this, lock);
    return work();
  }

  /// Until it has ended. Errors: those of the context; `what` is waited for: "credentials that another thread fetches".
  Status wait(Lock& lock, const Context& context, std::string_view what);

 private:
  class Turn {
   public:
    Turn(SingleFlight& flight, Lock& lock);
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn();

   private:
    SingleFlight& flight_;
    Lock& lock_;
  };

  std::condition_variable ended_;
  bool under_way_ = false;
  unsigned flights_ = 0;  // That have ended.
};

}  // namespace cloudkit::inline v0::auth
