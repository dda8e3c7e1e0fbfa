#include "compute/commands.h"
#include "core/check_text.h"
#include "core/threads.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <utility>

namespace cloudkit::inline v0::compute {
namespace {

// Each is a thread that mostly waits: more only have a service throttle them.
constexpr std::size_t kMostWorkers = 64;

// A machine at a time on this thread and on some more.
class Rounds {
 public:
  Rounds(const RunOne& run, const std::vector<std::string>& ids, const std::vector<RunStep>& steps,
         const RunAllOptions& options)
      : run_(run), steps_(steps), options_(options), results_(ids.size()) {
    run_options_.timeout = options.timeout;
    run_options_.ready_limit = options.ready_limit;
    run_options_.context = options.context.child();  // Which ends when a callback throws.
    for (std::size_t i = 0; i < ids.size(); ++i) results_[i].instance = ids[i];
  }

  std::vector<HostResult> run() {
    const auto workers = std::min({results_.size(), static_cast<std::size_t>(options_.workers), kMostWorkers});
    core::run_on_threads(workers, [this] { work(); });
    if (thrown_) std::rethrow_exception(thrown_);
    return std::move(results_);
  }

 private:
  void work() {
    for (std::size_t i = next_++; i < results_.size(); i = next_++) {
      try {
        serve(results_[i]);
      } catch (...) {
        const std::scoped_lock lock(mutex_);
        if (!thrown_) thrown_ = std::current_exception();
        run_options_.context.cancel();
      }
    }
  }

  void serve(HostResult& host) {
    for (const RunStep& step : steps_) {
      auto done = run_(host.instance, step.script, run_options_);
      report(host.instance, step, done);
      if (!done) {
        host.error = std::move(done).error();
        host.error->message = fmt::format("the step {}: {}", core::in_quotes(step.name), host.error->message);
        return;
      }
      const bool ok = done->ok();
      host.steps.push_back({step.name, *std::move(done)});
      if (!ok) return;
    }
  }

  void report(const std::string& instance, const RunStep& step, const Result<CommandResult>& done) {
    if (!options_.progress) return;
    const std::scoped_lock lock(mutex_);
    if (!thrown_) options_.progress(instance, step, done);
  }

  const RunOne& run_;
  const std::vector<RunStep>& steps_;
  const RunAllOptions& options_;
  RunOptions run_options_;
  std::vector<HostResult> results_;
  std::atomic<std::size_t> next_{0};
  std::mutex mutex_;
  std::exception_ptr thrown_;
};

}  // namespace

std::vector<HostResult> run_everywhere(const RunOne& run, const std::vector<std::string>& ids,
                                       const std::vector<RunStep>& steps, const RunAllOptions& options) {
  return Rounds(run, ids, steps, options).run();
}

}  // namespace cloudkit::inline v0::compute
