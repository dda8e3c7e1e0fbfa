#include <cloudkit/context.h>

#include "core/context_wait.h"
#include "core/fail.h"
#include "core/unique_fd.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <mutex>

namespace cloudkit::inline v0 {
namespace {

// A pipe whose read end becomes readable by one byte that nobody takes out.
struct Pipe {
  int read_end = -1;
  int write_end = -1;
};

Pipe open_pipe() {
  int ends[2] = {-1, -1};
  if (::pipe(ends) != 0) return {};
  for (int& fd : ends) {
    fd = core::above_standard(fd);
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    ::fcntl(fd, F_SETFL, O_NONBLOCK);
  }
  return {ends[0], ends[1]};
}

// How many forks lie between this process and the program's first.
std::atomic<unsigned> forks{0};

void count_forks() {
  static std::once_flag once;
  std::call_once(once, [] { ::pthread_atfork(nullptr, nullptr, [] { ++forks; }); });
}

// No deadline is later than the last time point that the clock has.
Context::Clock::time_point after(Context::Clock::duration duration) {
  const auto now = Context::Clock::now();
  return duration > Context::Clock::time_point::max() - now ? Context::Clock::time_point::max() : now + duration;
}

}  // namespace

struct Context::State {
  std::shared_ptr<State> parent;
  std::atomic<bool> cancelled{false};
  std::atomic<int> read_end{-1};
  std::atomic<int> write_end{-1};
  std::atomic<unsigned> opened_after{0};  // So many forks.
  std::once_flag opened;
#ifdef __cpp_lib_jthread
  struct Cancel {
    State* state;
    void operator()() const noexcept { state->cancel(); }
  };
  std::optional<std::stop_callback<Cancel>> on_stop;
#endif

  ~State() {
#ifdef __cpp_lib_jthread
    on_stop.reset();
#endif
    if (read_end >= 0) ::close(read_end);
    if (write_end >= 0) ::close(write_end);
  }

  // Only lock-free atomics and write(2): it may run in a signal handler.
  void cancel() noexcept {
    const int saved = errno;
    cancelled.store(true);
    wake(own(write_end.load()));
    errno = saved;
  }

  // A pipe is shared with who forks: a cancel there would wake the other for good, which is not cancelled.
  int own(int fd) const noexcept { return opened_after.load() == forks.load() ? fd : -1; }

  static void wake(int fd) noexcept {
    if (fd < 0) return;
    const char byte = 1;
    [[maybe_unused]] const auto written = ::write(fd, &byte, 1);
  }

  int wake_descriptor() {
    // Threads that wait at the same time all need the pipe, so the later ones wait for it too.
    std::call_once(opened, [this] {
      count_forks();
      const Pipe pipe = open_pipe();
      opened_after.store(forks.load());
      write_end.store(pipe.write_end);
      // A cancel between the two lines wrote nothing, so look again.
      if (cancelled.load()) wake(pipe.write_end);
      read_end.store(pipe.read_end);
    });
    return own(read_end.load());
  }

  bool is_cancelled() const noexcept {
    for (const State* state = this; state != nullptr; state = state->parent.get()) {
      if (state->cancelled.load()) return true;
    }
    return false;
  }
};

Context::Context() noexcept = default;
Context::Context(const Context&) noexcept = default;
Context::Context(Context&&) noexcept = default;
Context& Context::operator=(const Context&) noexcept = default;
Context& Context::operator=(Context&&) noexcept = default;
Context::~Context() = default;

#ifdef __cpp_lib_jthread
Context::Context(std::stop_token stop) : state_(std::make_shared<State>()) {
  state_->on_stop.emplace(std::move(stop), State::Cancel{state_.get()});
}
#endif

Context Context::cancellable() {
  Context context;
  context.state_ = std::make_shared<State>();
  return context;
}

Context Context::with_timeout(Clock::duration timeout) { return with_deadline(after(timeout)); }

Context Context::with_deadline(Clock::time_point deadline) {
  Context context = cancellable();
  context.deadline_ = deadline;
  return context;
}

Context Context::child() const {
  Context context = cancellable();
  context.state_->parent = state_;
  context.deadline_ = deadline_;
  return context;
}

Context Context::child_with_timeout(Clock::duration timeout) const {
  Context context = child();
  context.deadline_ = std::min(deadline_, after(timeout));
  return context;
}

void Context::cancel() const noexcept {
  if (state_ != nullptr) state_->cancel();
}

bool Context::cancelled() const noexcept { return state_ != nullptr && state_->is_cancelled(); }

std::optional<Context::Clock::time_point> Context::deadline() const noexcept {
  if (deadline_ == Clock::time_point::max()) return std::nullopt;
  return deadline_;
}

Context::Clock::duration Context::remaining(Clock::duration limit) const noexcept {
  if (deadline_ == Clock::time_point::max()) return limit;
  const auto now = Clock::now();
  if (now >= deadline_) return Clock::duration::zero();  // Of a deadline long ago the difference would overflow.
  return std::clamp(limit, Clock::duration::zero(), deadline_ - now);
}

Status Context::check() const {
  if (cancelled()) return core::fail(ErrorCode::cancelled, "the caller cancelled it");
  if (deadline_ != Clock::time_point::max() && Clock::now() >= deadline_) {
    return core::fail(ErrorCode::timeout, "the caller's deadline passed");
  }
  return {};
}

Status Context::wait_for(Clock::duration duration) const {
  const auto until = after(duration);
  const std::vector<int> descriptors = ContextAccess::wake_descriptors(*this);
  std::vector<pollfd> polls;
  polls.reserve(descriptors.size());
  for (const int fd : descriptors) polls.push_back({fd, POLLIN, 0});
  while (true) {
    if (auto status = check(); !status) return status;
    const auto left = std::min(until, deadline_) - Clock::now();
    if (left <= Clock::duration::zero()) {
      if (until <= deadline_) return {};
      continue;
    }
    // Rounded up, so that the wait does not end a moment too early and spin; at most half a
    // second, in case that no pipe could be had for a cancel to wake it.
    const auto wait =
        std::chrono::ceil<std::chrono::milliseconds>(std::min<Clock::duration>(left, std::chrono::milliseconds(500)));
    ::poll(polls.data(), static_cast<nfds_t>(polls.size()), static_cast<int>(wait.count()));
  }
}

std::vector<int> ContextAccess::wake_descriptors(const Context& context) {
  std::vector<int> descriptors;
  for (auto* state = context.state_.get(); state != nullptr; state = state->parent.get()) {
    if (const int fd = state->wake_descriptor(); fd >= 0) descriptors.push_back(fd);
  }
  return descriptors;
}

}  // namespace cloudkit::inline v0
