#pragma once

#include <cloudkit/context.h>
#include <cloudkit/result.h>

#include <chrono>
#include <deque>
#include <functional>
#include <utility>
#include <vector>

/// What drivers are made of that answer what a test tells them.
namespace cloudkit::test {

/// A clock that only waiting moves on, and what was waited for, in milliseconds.
struct FakeClock {
  Context::Clock::time_point now{};
  std::vector<long> waits;
  std::function<void()> on_wait = [] {};

  /// Into a handle's hooks.
  template <class Hooks>
  void set(Hooks& hooks) {
    hooks.now = [this] { return now; };
    hooks.wait = [this](const Context& context, Context::Clock::duration duration) -> Status {
      on_wait();
      if (auto going = context.check(); !going) return going;
      waits.push_back(static_cast<long>(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count()));
      now += duration;
      return {};
    };
  }
};

/// Answers, the first first; the last one stays.
template <class T>
class Answers {
 public:
  Answers& operator<<(Result<T> answer) {
    answers_.push_back(std::move(answer));
    return *this;
  }
  Result<T> next() {
    if (answers_.empty()) return Error(ErrorCode::unknown, "the test told no answer");
    Result<T> answer = answers_.front();
    if (answers_.size() > 1) answers_.pop_front();
    return answer;
  }

 private:
  std::deque<Result<T>> answers_;
};

}  // namespace cloudkit::test
