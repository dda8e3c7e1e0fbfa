#include "runtime.h"
#include "support/no_threads.h"
#include "support/soon.h"

#include <atomic>
#include <thread>

using namespace cloudkit;
using namespace cloudkit::test;
using namespace std::chrono_literals;

TEST_CASE("a call is answered, and logged as Lambda logs it") {
  MemoryRuntime memory;
  memory.deploy([](const Invocation& in) -> Result<std::string> {
    memory::write_log("hello from " + in.function_id);
    return "[" + std::string(in.payload) + "]";
  });
  const InvokeResult result = memory.call("1", {.log_tail = true});
  CHECK(result.payload == "[1]");
  CHECK(result.executed_version == "$LATEST");
  CHECK(result.request_id.size() == 32);
  const auto lines = memory.log();
  REQUIRE(lines.size() == 4);
  CHECK(lines[0] == "START RequestId: " + result.request_id + " Version: $LATEST");
  CHECK(lines[1] == "hello from mem://functions/functions/hello");
  CHECK(lines[2] == "END RequestId: " + result.request_id);
  CHECK(lines[3].starts_with("REPORT RequestId: " + result.request_id + "\tDuration: "));
  CHECK(result.log_tail == lines[0] + '\n' + lines[1] + '\n' + lines[2] + '\n' + lines[3] + '\n');
  CHECK(memory.call().log_tail.empty());
}

TEST_CASE("a log tail is the last 4 KiB") {
  MemoryRuntime memory;
  memory.deploy([](const Invocation&) -> Result<std::string> {
    for (int i = 0; i < 1000; ++i) memory::write_log("line " + std::to_string(i));
    return std::string("0");
  });
  const std::string tail = memory.call("{}", {.log_tail = true}).log_tail;
  CHECK(tail.size() == 4096);
  CHECK(tail.find("line 999\n") != std::string::npos);
  CHECK(memory.log().size() == 1003);
}

TEST_CASE("whatever goes wrong in a handler is a value, and the next call works") {
  MemoryRuntime memory(MemoryRuntime::fast());
  memory.deploy([](const Invocation& in) -> Result<std::string> {
    if (in.payload == "1") {
      Error error(ErrorCode::invalid_argument, "not one");
      error.service_code = "BadNumber";
      return error;
    }
    if (in.payload == "2") throw std::runtime_error("two");
    if (in.payload == "3") throw 3;
    if (in.payload == "4") throw memory::ProgramExit{4};
    if (in.payload == "5") throw memory::ProgramExit{0};
    if (in.payload == "6") (void)in.context.wait_for(10s);
    if (in.payload == "7") return std::string((6 << 20) + 1, 'x');
    if (in.payload == "8") return Error(ErrorCode::unavailable, "no route \"\n");
    return std::string(in.payload);
  });
  memory.spec.timeout = 900s;
  memory.deploy();
  const auto failure = [&](std::string_view payload) { return memory.call(payload).error.value(); };
  CHECK(failure("1").type == "BadNumber");
  CHECK(failure("1").message == "not one");
  CHECK(failure("1").handled);
  CHECK(memory.call("1").payload == R"({"errorType":"BadNumber","errorMessage":"not one"})");
  CHECK(failure("2").message == "two");
  CHECK(failure("2").type == "std::runtime_error");
  CHECK(failure("3").message == "an exception that is no std::exception");
  CHECK(failure("3").type == "int");
  CHECK(failure("4").type == "Runtime.ExitError");
  CHECK(failure("4").message.ends_with(" Error: Runtime exited with error: exit status 4"));
  CHECK(failure("5").message.ends_with(" Error: Runtime exited without providing a reason"));
  CHECK(failure("7").type == "Function.ResponseSizeTooLarge");
  CHECK(failure("8").type == "unavailable");
  CHECK(memory.call("9").payload == "9");
  CHECK(memory.call("2", {.log_tail = true}).log_tail.find("[ERROR] ") != std::string::npos);

  memory.spec.timeout = 1s;
  memory.deploy();
  CHECK(failure("6").type == "Sandbox.Timedout");
  CHECK(failure("6").message.ends_with(" Error: Task timed out after 1.00 seconds"));
  CHECK_FALSE(failure("6").handled);
  memory.spec.timeout = 900s;
  memory.deploy();
  CHECK(memory.call("9").payload == "9");
}

TEST_CASE("a handler knows its deadline and its environment") {
  MemoryRuntime memory(MemoryRuntime::fast());
  memory.spec.timeout = 900s;  // 45 of this machine's.
  memory.spec.environment["MODE"] = "fast";
  memory.deploy([](const Invocation& in) -> Result<std::string> {
    const auto left = in.deadline - std::chrono::system_clock::now();
    CHECK(left > 0s);
    CHECK(left <= 45s);
    CHECK(in.context.deadline());
    CHECK_FALSE(memory::environment_variable("OTHER"));
    return '"' + memory::environment_variable("MODE").value() + in.client_context + '"';
  });
  InvokeOptions options;
  options.client_context = "1";
  CHECK(memory.call("{}", options).payload == "\"fast1\"");
  // Elsewhere there is none of it.
  memory::write_log("lost");
  CHECK_FALSE(memory::environment_variable("MODE"));
}

TEST_CASE("a caller that leaves does not know what happened") {
  MemoryRuntime memory;
  const Context context = Context::cancellable();
  memory.deploy([&](const Invocation& in) -> Result<std::string> {
    context.cancel();
    CHECK(in.context.cancelled());
    return std::string("1");
  });
  const auto result = memory.runtime.invoke("hello", "{}", {.context = context});
  REQUIRE_FALSE(result);
  CHECK(result.error().code == ErrorCode::cancelled);
  CHECK(result.error().may_have_happened);
}

TEST_CASE("a dry run runs nothing") {
  MemoryRuntime memory;
  memory.deploy([](const Invocation&) -> Result<std::string> {
    FAIL("it ran");
    return std::string();
  });
  CHECK(memory.call("{}", {.mode = InvokeMode::dry_run}).payload.empty());
  CHECK(memory.runtime.invoke("other", "{}", {.mode = InvokeMode::dry_run}).error().code == ErrorCode::not_found);
  CHECK(memory.runtime.remove("hello"));
  CHECK(memory.functions.resources("hello") == std::vector<std::string>{"identity"});  // No log.
}

TEST_CASE("max_concurrency is how many calls are let through at once") {
  MemoryRuntime memory;
  memory.spec.max_concurrency = 0;
  memory.deploy();
  const auto none = memory.runtime.invoke("hello");
  REQUIRE_FALSE(none);
  CHECK(none.error().code == ErrorCode::throttled);
  CHECK(none.error().retryable);

  memory.spec.max_concurrency = 1;
  std::atomic<bool> inside = false;
  std::atomic<bool> leave = false;
  memory.deploy([&](const Invocation&) -> Result<std::string> {
    inside = true;
    while (!leave) std::this_thread::yield();
    return std::string("1");
  });
  memory.spec.timeout = 900s;
  memory.deploy();
  std::thread first([&] { CHECK(memory.runtime.invoke("hello")); });
  while (!inside) std::this_thread::yield();
  CHECK(memory.runtime.invoke("hello").error().code == ErrorCode::throttled);
  leave = true;
  first.join();
  CHECK(memory.runtime.invoke("hello"));
}

TEST_CASE("a call that outlives its function makes no log anew, and is none of the next function's") {
  MemoryRuntime memory;
  std::atomic<int> inside = 0;
  std::atomic<int> leave = 0;
  memory.spec.max_concurrency = 1;
  memory.spec.timeout = 900s;
  memory.deploy([&](const Invocation&) -> Result<std::string> {
    const int mine = ++inside;
    while (leave < mine) std::this_thread::yield();
    return std::string("1");
  });
  std::thread old([&] { CHECK(memory.runtime.invoke("hello")); });
  while (inside < 1) std::this_thread::yield();
  CHECK(memory.runtime.remove("hello", {.cascade = true}));
  SUBCASE("nothing is left") {
    leave = 1;
    old.join();
    CHECK(memory.log().empty());
    CHECK(memory.functions.resources("hello").empty());
  }
  SUBCASE("the next one lets no more calls through") {
    memory.deploy();
    std::thread next([&] { CHECK(memory.runtime.invoke("hello")); });
    while (inside < 2) std::this_thread::yield();
    leave = 1;
    old.join();
    CHECK(memory.runtime.invoke("hello").error().code == ErrorCode::throttled);
    leave = 2;
    next.join();
    CHECK(memory.log().size() == 3);
  }
}

TEST_CASE("calls of many threads get their own answers") {
  MemoryRuntime memory;
  memory.deploy([](const Invocation& in) -> Result<std::string> {
    memory::write_log("got " + std::string(in.payload));
    return std::string(in.payload);
  });
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int thread = 0; thread < 8; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 50; ++i) {
        const std::string payload = std::to_string(thread * 1000 + i);
        const auto result = memory.runtime.invoke("hello", payload, {.log_tail = true});
        if (!result || result->payload != payload ||
            result->log_tail.find("got " + payload + '\n') == std::string::npos)
          ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(memory.log().size() == 8 * 50 * 4);
}

TEST_CASE("an asynchronous call where no thread is to be had is refused, and the next one is not") {
  MemoryRuntime memory;
  std::atomic<int> calls{0};
  memory.deploy([&](const Invocation&) -> Result<std::string> {
    ++calls;
    return std::string("0");
  });
  const auto later = [&] { return memory.runtime.invoke("hello", "1", {.mode = InvokeMode::async}); };
  {
    const NoThreads none;
    const auto refused = later();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::unavailable);
    CHECK(refused.error().message.starts_with("cannot start a thread: "));
  }
  CHECK(later());
  CHECK(::test::soon([&] { return calls == 1; }));
}
