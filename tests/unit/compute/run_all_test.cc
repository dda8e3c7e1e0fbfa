#include "support/scripted_compute.h"
#include "support/soon.h"

#include <doctest/doctest.h>

#include <atomic>
#include <map>
#include <set>
#include <stdexcept>
#include <thread>

using namespace cloudkit;
using namespace cloudkit::test;

namespace {

// Machines that answer at once, by what `run` says.
struct Machines : ScriptedHandle {
  explicit Machines(std::function<Result<CommandResult>(const std::string& id, const std::string& script)> run) {
    driver->gets << instance_in(InstanceState::running);
    driver->on_submit = [run](std::string_view id, const CommandSpec& spec,
                              const Context& context) -> Result<SubmittedCommand> {
      if (auto going = context.check(); !going) return std::move(going).error();
      auto done = run(std::string(id), spec.script);
      if (!done) return std::move(done).error();
      SubmittedCommand submitted;
      submitted.result = *std::move(done);
      return submitted;
    };
  }
};

CommandResult result(int exit_code) {
  CommandResult done;
  done.exit_code = exit_code;
  return done;
}

std::vector<std::string> ids(int count) {
  std::vector<std::string> all;
  for (int i = 0; i < count; ++i) all.push_back("i-" + std::to_string(100 + i));
  return all;
}

const std::vector<RunStep> kSteps = {{"one", "a"}, {"two", "b"}, {"three", "c"}};

}  // namespace

TEST_CASE("each machine has its own result, in the order in which they were named") {
  Machines handle([](const std::string& id, const std::string& script) -> Result<CommandResult> {
    if (id == "i-101" && script == "b") return result(4);
    if (id == "i-102") return Error(ErrorCode::permission_denied, "no");
    return result(0);
  });
  const auto results = handle.compute.run_all(ids(4), kSteps).value();
  REQUIRE(results.size() == 4);
  CHECK(results[0].ok());
  CHECK(results[0].steps.size() == 3);
  CHECK(results[0].steps[2].name == "three");
  CHECK(!results[1].ok());
  CHECK(!results[1].error);
  CHECK(results[1].steps.size() == 2);
  CHECK(results[1].steps[1].result.exit_code == 4);
  REQUIRE(results[2].error);
  CHECK(results[2].error->to_string() == "run fake://here machine i-102: permission_denied: the step \"one\": no");
  CHECK(results[2].steps.empty());
  CHECK(results[3].ok());
  CHECK(results[3].instance == "i-103");
  CHECK(handle.compute.run_all({}, kSteps).value().empty());
}

TEST_CASE("as many machines at a time as there are workers, and no more; the caller's thread is one of them") {
  std::atomic<int> now{0};
  std::atomic<int> most{0};
  int workers = 3;
  std::mutex mutex;
  std::set<std::thread::id> threads;
  Machines handle([&](const std::string&, const std::string&) {
    const int running = ++now;
    for (int seen = most; seen < running && !most.compare_exchange_weak(seen, running);) {
    }
    {
      const std::scoped_lock lock(mutex);
      threads.insert(std::this_thread::get_id());
    }
    CHECK(::test::soon([&] { return most >= workers; }));
    --now;
    return result(0);
  });
  CHECK(handle.compute.run_all(ids(12), kSteps, {.workers = 3}).value().size() == 12);
  CHECK(most == 3);
  CHECK(threads.size() == 3);
  CHECK(threads.contains(std::this_thread::get_id()));
  threads.clear();
  workers = 1;
  CHECK(handle.compute.run_all(ids(3), kSteps, {.workers = 1}).value().size() == 3);
  CHECK(threads == std::set<std::thread::id>{std::this_thread::get_id()});
}

TEST_CASE("progress comes one call at a time, in the order of a machine's steps") {
  Machines handle([](const std::string&, const std::string&) { return result(0); });
  std::map<std::string, std::string> seen;
  int inside = 0;
  RunAllOptions options;
  options.progress = [&](const std::string& id, const RunStep& step, const Result<CommandResult>& done) {
    CHECK(++inside == 1);
    CHECK(done);
    seen[id] += step.name + ' ';
    --inside;
  };
  CHECK(handle.compute.run_all(ids(20), kSteps, options));
  CHECK(seen.size() == 20);
  for (const auto& [id, steps] : seen) CHECK(steps == "one two three ");
}

TEST_CASE("what a callback throws ends all, and comes out at the caller") {
  std::atomic<int> runs{0};
  Machines handle([&](const std::string&, const std::string&) {
    ++runs;
    return result(0);
  });
  RunAllOptions options;
  options.workers = 4;
  options.progress = [](const std::string&, const RunStep&, const Result<CommandResult>&) {
    throw std::runtime_error("a bug of the caller");
  };
  CHECK_THROWS_WITH(static_cast<void>(handle.compute.run_all(ids(100), kSteps, options)), "a bug of the caller");
  CHECK(runs < 100);
  CHECK(!options.context.cancelled());
}

TEST_CASE("machines whose turn comes after the end of the context say so") {
  RunAllOptions options;
  options.workers = 1;
  options.context = Context::cancellable();
  Machines handle([&](const std::string&, const std::string&) {
    options.context.cancel();
    return result(0);
  });
  const auto results = handle.compute.run_all(ids(3), kSteps, options).value();
  CHECK(results[0].steps.size() == 1);
  for (const HostResult& host : results) {
    REQUIRE(host.error);
    CHECK(host.error->code == ErrorCode::cancelled);
  }
}
