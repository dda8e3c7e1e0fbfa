#include "object_store/transfer/crew.h"

#include "core/fail.h"

#include <algorithm>
#include <system_error>
#include <utility>

namespace cloudkit::inline v0::object_store {
namespace {

constexpr int kUsualWorkers = 8;
constexpr int kMostWorkers = 64;
// The client has waited and repeated already, so more than this is no passing mood of the service.
constexpr int kMostThrottled = 16;

}  // namespace

int workers_for(int asked) noexcept { return std::clamp(asked == 0 ? kUsualWorkers : asked, 1, kMostWorkers); }

Crew::Crew(int most_workers, const Context& context, Next next, Task task)
    : context_(context.child()),
      next_(std::move(next)),
      task_(std::move(task)),
      pace_(most_workers, Pace::Clock::now()) {}

Status Crew::run() {
  work(true);
  join();
  if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
  if (error_) return *error_;
  return {};
}

// Nothing is left or something failed: nobody claims a task any more, so nobody hires.
void Crew::join() {
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void Crew::stop() {
  {
    const std::scoped_lock lock(mutex_);
    if (!error_) error_ = core::fail(ErrorCode::cancelled, "the transfer was given up");
    context_.cancel();
  }
  join();
}

void Crew::start() {
  const std::scoped_lock lock(mutex_);
  hire();
}

bool Crew::failed() const {
  const std::scoped_lock lock(mutex_);
  return error_ || thrown_;
}

void Crew::work(bool own_thread) {
  while (const auto index = claim(own_thread)) attempt(*index);
}

// The caller's thread stays to the end: what is throttled elsewhere comes back, perhaps to it alone.
std::optional<std::uint64_t> Crew::claim(bool own_thread) {
  std::unique_lock lock(mutex_);
  if (own_thread) {
    std::optional<std::uint64_t> index;
    ended_.wait(lock, [&] { return error_ || thrown_ || (index = take()) || running_ == 0; });
    return index;
  }
  const bool superfluous = hired_ + 1 > pace_.workers();
  if (!superfluous && !error_ && !thrown_) {
    if (const auto index = take()) return index;
  }
  --hired_;
  return std::nullopt;
}

std::optional<std::uint64_t> Crew::take() {
  std::optional<std::uint64_t> index;
  if (again_.empty()) {
    index = next_();
  } else {
    index = again_.back();
    again_.pop_back();
  }
  if (!index) return index;
  ++running_;
  hire();
  return index;
}

void Crew::attempt(std::uint64_t index) {
  std::exception_ptr thrown;
  Result<std::uint64_t> done = std::uint64_t{0};
  try {
    done = task_(index, context_);
  } catch (...) {
    thrown = std::current_exception();
  }
  const std::scoped_lock lock(mutex_);
  --running_;
  if (thrown) {
    if (!thrown_) thrown_ = thrown;
    context_.cancel();
  } else {
    settle(index, done);
  }
  ended_.notify_one();
}

void Crew::settle(std::uint64_t index, const Result<std::uint64_t>& done) {
  if (done) return pace_.finished(*done, Pace::Clock::now());
  if (done.error().code == ErrorCode::throttled && ++throttled_ <= kMostThrottled) {
    pace_.throttled();
    again_.push_back(index);
    return;
  }
  // The first error is the reason; those that its cancellation causes are not.
  if (!error_) error_ = done.error();
  context_.cancel();
}

// As many threads as the pace allows. A machine that has no more of them does with fewer.
void Crew::hire() {
  try {
    while (hired_ + 1 < pace_.workers()) {
      threads_.emplace_back([this] { work(false); });
      ++hired_;
    }
  } catch (const std::system_error&) {
    return;
  }
}

Status for_each_part(std::uint64_t count, int most_workers, const Context& context, const Crew::Task& task) {
  std::uint64_t next = 0;
  const auto most = static_cast<int>(std::min<std::uint64_t>(count, static_cast<std::uint64_t>(most_workers)));
  Crew crew(
      most, context,
      [&]() -> std::optional<std::uint64_t> { return next < count ? std::optional(next++) : std::nullopt; }, task);
  return crew.run();
}

}  // namespace cloudkit::inline v0::object_store
