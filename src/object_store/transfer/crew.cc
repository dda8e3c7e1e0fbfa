#include "object_store/transfer/crew.h"

#include "core/fail.h"

#include <algorithm>
#include <exception>
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
    : most_workers_(most_workers),
      context_(context.child()),
      next_(std::move(next)),
      task_(std::move(task)),
      pace_(most_workers, Pace::Clock::now()) {}

Crew::Crew(int most_workers, const Context& context, Task task)
    : Crew(most_workers, context, [] { return std::optional<std::uint64_t>(); }, std::move(task)) {
  fed_ = true;
}

Status Crew::run() {
  {
    const std::scoped_lock lock(mutex_);
    fed_ = false;
  }
  offered_.notify_all();
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
  offered_.notify_all();
  join();
}

void Crew::start() {
  const std::scoped_lock lock(mutex_);
  hire();
}

void Crew::add(std::uint64_t index) {
  {
    const std::scoped_lock lock(mutex_);
    waiting_.push_back(index);
    hire();
    // All, since one that is not needed any more would take the news with it.
    offered_.notify_all();
    if (hired_ > 0) return;
  }
  work(true);
}

bool Crew::wait_for_room() {
  return wait_until([this] { return running_ + static_cast<int>(waiting_.size()) <= pace_.workers(); });
}

bool Crew::wait_until(const std::function<bool()>& done) {
  std::unique_lock lock(mutex_);
  ended_.wait(lock, [&] { return has_failed() || done(); });
  return !has_failed();
}

int Crew::workers() const {
  const std::scoped_lock lock(mutex_);
  return pace_.workers();
}

bool Crew::failed() const {
  const std::scoped_lock lock(mutex_);
  return has_failed();
}

void Crew::work(bool own_thread) {
  while (const auto index = claim(own_thread)) attempt(*index);
}

// The caller's thread stays to the end: what is throttled elsewhere comes back, perhaps to it alone.
std::optional<std::uint64_t> Crew::claim(bool own_thread) {
  std::unique_lock lock(mutex_);
  std::optional<std::uint64_t> index;
  if (own_thread) {
    ended_.wait(lock, [&] { return has_failed() || (index = take()) || running_ == 0; });
    return index;
  }
  offered_.wait(lock, [&] { return has_failed() || hired_ > seats() || (index = take()) || !fed_; });
  if (!index) --hired_;
  return index;
}

std::optional<std::uint64_t> Crew::take() {
  std::optional<std::uint64_t> index;
  if (waiting_.empty()) {
    index = next_();
  } else {
    index = waiting_.front();
    waiting_.pop_front();
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
    cancel_all();
  } else {
    settle(index, done);
  }
  ended_.notify_one();
}

void Crew::settle(std::uint64_t index, const Result<std::uint64_t>& done) {
  if (done) {
    // A service that does some is only slow, however long the crew lives.
    throttled_ = 0;
    return pace_.finished(*done, Pace::Clock::now());
  }
  if (done.error().code == ErrorCode::throttled && ++throttled_ <= kMostThrottled) {
    pace_.throttled();
    waiting_.push_back(index);
    offered_.notify_all();
    return;
  }
  // The first error is the reason; those that its cancellation causes are not.
  if (!error_) error_ = done.error();
  cancel_all();
}

void Crew::cancel_all() const {
  context_.cancel();
  other_.cancel();
}

// Who feeds a crew has no time to work in it.
int Crew::seats() const { return fed_ && most_workers_ > 1 ? pace_.workers() : pace_.workers() - 1; }

// As many threads as the pace allows. A machine that has no more of them does with fewer.
void Crew::hire() {
  try {
    // Of what is added all is known: no thread comes only to wait.
    while (hired_ < seats() && (!fed_ || hired_ < running_ + static_cast<int>(waiting_.size()))) {
      threads_.emplace_back([this] { work(false); });
      ++hired_;
    }
  } catch (const std::exception&) {  // Of bad_alloc, too: on a worker it would end the program.
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
