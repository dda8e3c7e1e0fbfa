#include "fixture.h"
#include "support/more_time.h"
#include "support/stopwatch.h"

#include <atomic>

using namespace cloudkit;
using ::test::contains;
using ::test::LocalRuntime;
using ::test::program;
using ::test::spec_of;

TEST_CASE("eight invocations at once are not mixed up, and leave warm programs behind") {
  const LocalRuntime runtime;
  runtime.deploy(spec_of("echo"), program(R"(
while True:
    id, event = next()
    time.sleep(0.01)
    respond(id, '{"id":"%s","event":%s,"pid":%d}' % (id, event, os.getpid()))
)"));
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (int call = 0; call < 4; ++call) {
        const std::string payload = std::to_string(i * 100 + call);
        const auto result = runtime->invoke("echo", payload, {});
        right += result && !result->error && contains(result->payload, "\"event\":" + payload + ",") &&
                 contains(result->payload, "\"id\":\"" + result->request_id + "\"");
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(right == 32);
  CHECK_FALSE(contains(runtime.invoke("echo", "1").log_tail, "INIT_START"));
}

TEST_CASE("no more programs run at once than the function allows; further callers queue, as long as they want to") {
  const LocalRuntime runtime;
  FunctionSpec spec = runtime.gated("one");
  spec.max_concurrency = 1;
  runtime.deploy(spec, program(std::string(::test::kGate) + R"(
while True:
    id, event = next()
    if event == "1": wait_at_gate()
    respond(id, str(os.getpid()))
)"));
  const std::string pid = runtime.invoke("one").payload;
  std::string first;
  std::string second;
  std::thread busy([&] { first = runtime.invoke("one", "1").payload; });
  CHECK(::test::soon([&] { return runtime.gate_is_reached(); }));
  std::thread queued([&] { second = runtime.invoke("one").payload; });
  InvokeOptions options;
  options.context = Context::with_timeout(std::chrono::milliseconds(20));
  const auto impatient = runtime->invoke("one", "{}", options);
  CHECK(impatient.error().code == ErrorCode::timeout);
  runtime.open_gate();
  busy.join();
  queued.join();
  CHECK(first == pid);
  CHECK(second == pid);

  spec.name = "none";
  spec.max_concurrency = 0;
  runtime.deploy(spec, program(::test::kEcho));
  const auto refused = runtime->invoke("none", "{}", {});
  CHECK(refused.error().code == ErrorCode::throttled);
  CHECK(refused.error().to_string() ==
        "throttled: the function lets no invocation through\n  hint: its max_concurrency is 0: deploy it with another");
}

TEST_CASE("a caller who cancels ends the program, and knows that it may have run") {
  const LocalRuntime runtime;
  runtime.deploy(spec_of("slow"), program(R"(
while True:
    id, event = next()
    open("/proc/self/cwd/../../pid", "w").write(str(os.getpid()))
    time.sleep(1000)
)"));
  InvokeOptions options;
  options.context = Context::cancellable();
  Result<InvokeResult> result = InvokeResult();
  std::thread caller([&] { result = runtime->invoke("slow", "{}", options); });
  pid_t pid = 0;
  CHECK(::test::soon([&] { return static_cast<bool>(std::ifstream(runtime.path("functions/slow/pid")) >> pid); }));
  options.context.cancel();
  caller.join();
  REQUIRE_FALSE(result);
  CHECK(result.error().code == ErrorCode::cancelled);
  CHECK(result.error().may_have_happened);
  CHECK(::test::soon([&] { return !::test::is_alive(pid); }));
}

TEST_CASE("programs are gone with the runtime, and idle ones after a while") {
  LocalRuntime runtime;
  const auto program_with_child = program(R"(
import subprocess
child = subprocess.Popen(["sleep", "1000"])
while True:
    id, event = next()
    respond(id, json.dumps([os.getpid(), child.pid]))
)");
  const auto pids = [](const std::string& payload) {
    const std::size_t comma = payload.find(',');
    return std::pair<pid_t, pid_t>(std::stoi(payload.substr(1)), std::stoi(payload.substr(comma + 1)));
  };
  runtime.deploy(spec_of("f"), program_with_child);
  const auto [parent, child] = pids(runtime.invoke("f").payload);
  CHECK(::test::is_alive(parent));
  runtime.close();
  const pid_t gone_parent = parent;  // Clang 14 takes no structured binding in a lambda.
  const pid_t gone_child = child;
  CHECK_FALSE(::test::is_alive(gone_parent));
  CHECK(::test::soon([&] { return !::test::is_alive(gone_child); }));

  runtime.options().idle_limit = std::chrono::milliseconds(1);
  runtime.open();
  const auto idle = pids(runtime.invoke("f").payload);
  CHECK(::test::soon([&] { return !::test::is_alive(idle.first) && !::test::is_alive(idle.second); }));
  CHECK(pids(runtime.invoke("f").payload).first != idle.first);
}

TEST_CASE("a program that dies while it is idle costs no invocation") {
  const LocalRuntime runtime;
  runtime.deploy(spec_of("f"), program(R"(
while True:
    id, event = next()
    respond(id, str(os.getpid()))
)"));
  const pid_t first = std::stoi(runtime.invoke("f").payload);
  REQUIRE(::kill(first, SIGKILL) == 0);
  REQUIRE(::test::soon([&] { return !::test::is_alive(first); }));
  const auto second = runtime.invoke("f");
  CHECK_FALSE(second.error);
  CHECK(std::stoi(second.payload) != first);
}

TEST_CASE("new code and configuration reach the next invocation, what runs goes on, and old code goes away") {
  const LocalRuntime runtime;
  const auto answering = [](const std::string& text) {
    return program(std::string(::test::kGate) + R"(
while True:
    id, event = next()
    if event == "1": wait_at_gate()
    respond(id, '")" +
                   text + "-'+os.environ.get('V','')+'\"')\n");
  };
  FunctionSpec spec = runtime.gated("f");
  runtime.deploy(spec, answering("old"));
  CHECK(runtime.invoke("f").payload == "\"old-\"");
  std::string running;
  std::thread caller([&] { running = runtime.invoke("f", "1").payload; });
  CHECK(::test::soon([&] { return runtime.gate_is_reached(); }));
  REQUIRE(runtime->update_code(spec, answering("new"), {}));
  spec.environment = {{"V", "2"}};
  REQUIRE(runtime->update_config(spec, {}));
  CHECK(runtime.invoke("f").payload == "\"new-2\"");
  runtime.open_gate();
  caller.join();
  CHECK(running == "\"old-\"");
  REQUIRE(runtime->update_config(spec, {}));
  std::size_t revisions = 0;
  for (const auto& entry : std::filesystem::directory_iterator(runtime.path("functions/f/code"))) {
    revisions += entry.is_directory() ? 1U : 0U;
  }
  CHECK(revisions == 1);
}

TEST_CASE("an invocation whose code was replaced and removed while it queued runs the new code") {
  const LocalRuntime runtime;
  const auto answering = [](const std::string& text) {
    return program(std::string(::test::kGate) + R"(
while True:
    id, event = next()
    if event == "1": wait_at_gate()
    respond(id, ')" +
                   text + "')\n");
  };
  FunctionSpec spec = runtime.gated("f");
  spec.max_concurrency = 1;
  runtime.deploy(spec, answering("\"old\""));
  const std::filesystem::path code = runtime.path("functions/f/code");
  const std::filesystem::path old = std::filesystem::directory_iterator(code)->path();
  std::string first;
  Result<InvokeResult> second = InvokeResult();
  std::thread busy([&] { first = runtime.invoke("f", "1").payload; });
  CHECK(::test::soon([&] { return runtime.gate_is_reached(); }));
  std::thread queued([&] { second = runtime->invoke("f", "2", {}); });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  REQUIRE(runtime->update_code(spec, answering("\"new\""), {}));
  std::filesystem::remove_all(old);  // As the deployment after that does.
  runtime.open_gate();
  busy.join();
  queued.join();
  CHECK(first == "\"old\"");
  REQUIRE_MESSAGE(second.has_value(), second.error().to_string());
  CHECK(second->payload == "\"new\"");
}

TEST_CASE("a function that is removed keeps its code for as long as it runs") {
  const LocalRuntime runtime;
  const FunctionSpec spec = runtime.gated("f");
  runtime.deploy(spec, program(std::string(::test::kGate) + R"(
while True:
    id, event = next()
    wait_at_gate()
    respond(id, str(len(open("bootstrap").read()) > 0).lower())
)"));
  Result<InvokeResult> result = InvokeResult();
  std::thread caller([&] { result = runtime->invoke("f", "1", {}); });
  CHECK(::test::soon([&] { return runtime.gate_is_reached(); }));
  CHECK(runtime->remove("f", {}));
  CHECK(runtime->get("f", "", {}).error().code == ErrorCode::not_found);
  runtime.open_gate();
  caller.join();
  REQUIRE_MESSAGE(result.has_value(), result.error().to_string());
  CHECK_FALSE(result->error);
  CHECK(result->payload == "true");
  // What it left goes with the next one of its name.
  runtime.deploy(spec, program(::test::kEcho));
  CHECK(std::distance(std::filesystem::directory_iterator(runtime.path("functions/f/code")), {}) == 1);
  CHECK(runtime.invoke("f", "7").payload == "7");
  CHECK(runtime->remove("f", {}));
  CHECK_FALSE(std::filesystem::exists(runtime.path("functions/f")));
}

TEST_CASE("code is gone only where it is not there") {
  const LocalRuntime runtime;
  runtime.deploy(spec_of("f"), program(::test::kEcho));
  const std::filesystem::path code = std::filesystem::directory_iterator(runtime.path("functions/f/code"))->path();
  std::filesystem::remove_all(code);
  const auto gone = runtime->invoke("f", "1", {});
  CHECK(gone.error().code == ErrorCode::not_found);
  CHECK(gone.error().message == "the code of this revision is gone");
  std::ofstream(code) << "this is no directory";
  const auto broken = runtime->invoke("f", "1", {});
  CHECK(broken.error().code == ErrorCode::io);
  CHECK(contains(broken.error().message, "open " + code.string()));
}

TEST_CASE("a caller's deadline holds also when only the state of the function is left to be stored") {
  const LocalRuntime runtime;
  runtime.deploy(spec_of("f"), ::test::package_of({{"other", 0755, "x"}}));
  const auto lock = local::try_lock_file(runtime.path("lock"));
  REQUIRE(lock);
  REQUIRE(*lock);
  CHECK(::test::with_more_time(std::chrono::milliseconds(500), [&](std::chrono::milliseconds limit) {
    InvokeOptions options;
    options.context = Context::with_timeout(limit);
    const ::test::Stopwatch watch;
    const auto result = runtime->invoke("f", "1", options);
    if (!result) return false;  // The deadline has passed before the function has run.
    CHECK(result->error->type == "Runtime.InvalidEntrypoint");
    return watch.elapsed() < std::chrono::seconds(4);  // Without a deadline it waits for five.
  }));
}
