#include "local/functions/worker.h"

#include "core/context_wait.h"
#include "core/fail.h"
#include "core/time.h"
#include "local/functions/function_errors.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <utility>

namespace cloudkit::inline v0::local::functions {
namespace {

using std::chrono::milliseconds;

// For kernels without pidfd_open, and contexts that could get no pipe.
constexpr milliseconds kLook{20};
// How long the answer waits for the program to ask for the next invocation: until then it may still log.
constexpr milliseconds kSettle{100};
// Of one pipe, before anything else is looked at.
constexpr std::size_t kMostAtOnce = std::size_t{256} << 10;

void drain_pipe(int fd, LineCutter& lines, InvocationLog& log) {
  std::array<char, 16384> buffer;
  for (std::size_t total = 0; total < kMostAtOnce;) {
    const ssize_t count = ::read(fd, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    log.feed(lines, {buffer.data(), static_cast<std::size_t>(count)});
    total += static_cast<std::size_t>(count);
  }
}

double in_milliseconds(Context::Clock::duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

}  // namespace

Outcome failed(FunctionError error) {
  Outcome outcome;
  outcome.payload = to_payload(error);
  outcome.error = std::move(error);
  return outcome;
}

Result<std::unique_ptr<Worker>> Worker::start(Spawner& spawner, const Launch& launch) {
  auto api = RuntimeApi::listen();
  if (!api) return std::move(api).error();
  ChildSpec spec = launch.child;
  spec.environment.push_back("AWS_LAMBDA_RUNTIME_API=" + (*api)->authority());
  auto child = spawner.start(spec);
  if (!child) return std::move(child).error();
  return std::unique_ptr<Worker>(new Worker(*std::move(api), *std::move(child), launch));
}

Worker::Worker(std::unique_ptr<RuntimeApi> api, std::unique_ptr<Child> child, const Launch& launch)
    : api_(std::move(api)), child_(std::move(child)), launch_(launch) {}

void Worker::drain(InvocationLog& log) {
  drain_pipe(child_->output(), output_lines_, log);
  drain_pipe(child_->errors(), error_lines_, log);
}

Result<Worker::Step> Worker::step(Clock::time_point until, InvocationLog& log, const Context& context) {
  if (auto status = context.check(); !status) return status.error();
  std::vector<pollfd> polls = {{child_->output(), POLLIN, 0}, {child_->errors(), POLLIN, 0}};
  const bool watched = child_->exit_descriptor() >= 0;
  if (watched) polls.push_back({child_->exit_descriptor(), POLLIN, 0});
  for (const int wake : ContextAccess::wake_descriptors(context)) polls.push_back({wake, POLLIN, 0});
  api_->add_polls(polls);
  // A pipe whose writers are gone is always readable: it must not make this spin.
  for (pollfd& each : polls) {
    if (output_closed_ && each.fd == child_->output()) each.fd = -1;
    if (errors_closed_ && each.fd == child_->errors()) each.fd = -1;
  }
  const auto left = context.remaining(until - Clock::now());
  const auto limit = std::clamp<Clock::duration>(left, Clock::duration::zero(), watched ? milliseconds(500) : kLook);
  if (::poll(polls.data(), static_cast<nfds_t>(polls.size()),
             static_cast<int>(std::chrono::ceil<milliseconds>(limit).count())) < 0 &&
      errno != EINTR) {
    return core::io_error("wait for a function", errno);
  }
  output_closed_ = output_closed_ || polls[0].revents == POLLHUP;
  errors_closed_ = errors_closed_ || polls[1].revents == POLLHUP;
  // Looked at first, so that what the program said before it ended is seen.
  const bool runs = child_->running();
  drain(log);
  api_->step();
  if (!runs) return Step::ended;
  return Clock::now() >= until ? Step::timed_out : Step::progress;
}

Result<Worker::Step> Worker::wait_for_next(Clock::time_point until, InvocationLog& log, const Context& context) {
  api_->step();
  while (!api_->is_waiting()) {
    auto step = this->step(until, log, context);
    if (!step || (*step != Step::progress && !api_->is_waiting())) return step;
    if (api_->has_init_error()) return Step::ended;
  }
  if (!std::exchange(ready_, true)) init_duration_ = Clock::now() - begun_;
  return Step::progress;
}

Result<Outcome> Worker::run(const RuntimeEvent& event, InvocationLog& log, const Context& context) {
  const bool cold = !ready_;
  const auto ready = wait_for_next(Clock::now() + (cold ? launch_.init_limit : launch_.timeout), log, context);
  if (!ready) return ready.error();
  if (*ready == Step::ended && !cold) return Outcome();  // Another program runs the invocation.
  if (*ready != Step::progress) return start_failed(*ready, event, log, cold);

  log.line(fmt::format("START RequestId: {} Version: {}", event.request_id, launch_.version));
  const auto begin = Clock::now();
  api_->deliver(event, std::chrono::system_clock::now() + launch_.timeout);
  auto outcome = wait_for_answer(begin + launch_.timeout, event, log, context);
  if (!outcome) {
    Error error = std::move(outcome).error();
    error.may_have_happened = true;
    log.line(fmt::format("RequestId: {} Error: the caller has gone", event.request_id));
    return error;
  }
  const auto duration = Clock::now() - begin;
  outcome->delivered = true;
  if (outcome->reusable) settle(log, context);
  report(event, *outcome, log, duration);
  return outcome;
}

Result<Outcome> Worker::wait_for_answer(Clock::time_point until, const RuntimeEvent& event, InvocationLog& log,
                                        const Context& context) {
  while (true) {
    const auto step = this->step(until, log, context);
    if (!step) return step.error();
    if (const auto answer = api_->take_answer(*step == Step::ended)) {
      drain(log);
      Outcome outcome = outcome_of(*answer);
      outcome.reusable = *step != Step::ended;
      return outcome;
    }
    if (*step == Step::ended) return ended(event, log);
    if (*step == Step::timed_out) return timed_out(event, log, false);
    log.write();
  }
}

Outcome Worker::outcome_of(const RuntimeAnswer& answer) {
  Outcome outcome;
  if (answer.kind == RuntimeAnswer::Kind::response) {
    outcome.payload = answer.body;
    return outcome;
  }
  if (answer.kind == RuntimeAnswer::Kind::too_large) return failed(too_large_error());
  ReportedError reported = reported_error(answer);
  outcome.payload = reported.is_json ? answer.body : to_payload(reported.error);
  outcome.error = std::move(reported.error);
  return outcome;
}

Outcome Worker::start_failed(Step how, const RuntimeEvent& event, InvocationLog& log, bool cold) {
  const auto answer = api_->take_answer(true);
  Outcome outcome;
  if (answer && answer->kind == RuntimeAnswer::Kind::init_error) {
    drain(log);
    outcome = outcome_of(*answer);
  } else {
    outcome = how == Step::ended ? ended(event, log) : timed_out(event, log, cold);
  }
  outcome.init_failed = cold;
  outcome.delivered = !cold;  // It did not come back from the last one, and has spent the time of this one.
  log.line(fmt::format("START RequestId: {} Version: {}", event.request_id, launch_.version));
  report(event, outcome, log, Clock::duration::zero());
  return outcome;
}

Outcome Worker::ended(const RuntimeEvent& event, InvocationLog& log) {
  peak_memory_ = std::max(peak_memory_, child_->peak_memory_bytes());
  const ChildExit exit = child_->kill();
  drain(log);
  FunctionError error = exit_error(event.request_id, exit);
  log.line(error.message);
  return failed(std::move(error));
}

Outcome Worker::timed_out(const RuntimeEvent& event, InvocationLog& log, bool in_init) {
  peak_memory_ = std::max(peak_memory_, child_->peak_memory_bytes());
  child_->kill();
  drain(log);
  std::string text = timeout_text(in_init ? launch_.init_limit : launch_.timeout);
  if (in_init) text += ", in its init phase";
  log.line(fmt::format("{} {} {}", core::format_rfc3339(std::chrono::system_clock::now()), event.request_id, text));
  FunctionError error = timeout_error(event.request_id, text);
  return failed(std::move(error));
}

void Worker::settle(InvocationLog& log, const Context& context) {
  const auto until = Clock::now() + kSettle;
  while (!api_->is_waiting()) {
    const auto step = this->step(until, log, context);
    if (!step || *step != Step::progress) break;
  }
  drain(log);
}

// https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
void Worker::report(const RuntimeEvent& event, const Outcome& outcome, InvocationLog& log, Clock::duration duration) {
  log.flush(output_lines_);
  log.flush(error_lines_);
  peak_memory_ = std::max(peak_memory_, child_->peak_memory_bytes());
  const double spent = in_milliseconds(duration);
  std::string line = fmt::format(
      "REPORT RequestId: {}\tDuration: {:.2f} ms\tBilled Duration: {:.0f} ms\tMemory Size: {} MB\tMax Memory Used: {} "
      "MB",
      event.request_id, spent, std::ceil(spent), launch_.memory_mib, peak_memory_ >> 20);
  if (init_duration_) line += fmt::format("\tInit Duration: {:.2f} ms", in_milliseconds(*init_duration_));
  init_duration_.reset();
  if (outcome.error && !outcome.error->handled) {
    line += outcome.error->type == kTimedOut ? std::string("\tStatus: timeout")
                                             : "\tStatus: error\tError Type: " + outcome.error->type;
  }
  log.line("END RequestId: " + event.request_id);
  log.line(line);
}

}  // namespace cloudkit::inline v0::local::functions
