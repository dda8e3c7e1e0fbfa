#include "core/whole_file.h"
#include "fixture.h"
#include "support/kills.h"

#include <sys/resource.h>

#include <fstream>

using namespace cloudkit;
using ::test::contains;
using ::test::LocalRuntime;
using ::test::program;
using ::test::spec_of;

namespace {

// Writes a line for each call; fails as often as its payload says.
const char* const kCounting = R"(
while True:
    id, event = next()
    path = "/proc/self/cwd/../../calls"
    open(path, "a").write(id + "\n")
    count = open(path).read().count(id)
    if count <= int(event): post("invocation/%s/error" % id, '{"errorType":"E","errorMessage":"m"}')
    else: respond(id, event)
)";

InvokeOptions async() {
  InvokeOptions options;
  options.mode = InvokeMode::async;
  return options;
}

std::size_t lines(const std::string& path) {
  std::ifstream file(path);
  return static_cast<std::size_t>(std::count(std::istreambuf_iterator<char>(file), {}, '\n'));
}

bool queue_is_empty(const LocalRuntime& runtime) { return std::filesystem::is_empty(runtime.path("queue")); }

local::FunctionRuntimeOptions impatient() {
  local::FunctionRuntimeOptions options;
  options.retry_delay = std::chrono::milliseconds(10);
  return options;
}

}  // namespace

TEST_CASE("an asynchronous invocation returns at once, and runs") {
  const LocalRuntime runtime;
  runtime.deploy(runtime.gated("f"), program(std::string(::test::kGate) + "wait_at_gate()" + kCounting));
  const auto accepted = runtime->invoke("f", "0", async()).value();
  runtime.open_gate();
  CHECK(accepted.payload.empty());
  CHECK_FALSE(accepted.request_id.empty());
  CHECK(::test::soon([&] { return queue_is_empty(runtime); }));
  CHECK(lines(runtime.path("functions/f/calls")) == 1);
  CHECK(contains(runtime.log("f"), "START RequestId: " + accepted.request_id));
  CHECK(runtime->invoke("none", "0", async()).error().code == ErrorCode::not_found);
}

TEST_CASE("a dry run only looks whether there is such a function") {
  const LocalRuntime runtime;
  runtime.deploy(spec_of("f"), program(kCounting));
  InvokeOptions options;
  options.mode = InvokeMode::dry_run;
  CHECK(runtime->invoke("f", "0", options).value().executed_version == "$LATEST");
  CHECK(runtime->invoke("none", "0", options).error().code == ErrorCode::not_found);
  options.qualifier = "7";
  CHECK(runtime->invoke("f", "0", options).error().message == "the function \"f\" has no version or alias \"7\"");
  CHECK(runtime.log("f").empty());
}

TEST_CASE("one that fails is tried twice more, and then given up") {
  const LocalRuntime runtime(impatient());
  runtime.deploy(spec_of("f"), program(kCounting));
  REQUIRE(runtime->invoke("f", "2", async()));
  CHECK(::test::soon([&] { return queue_is_empty(runtime); }));
  CHECK(lines(runtime.path("functions/f/calls")) == 3);
  REQUIRE(runtime->invoke("f", "9", async()));
  CHECK(::test::soon([&] { return queue_is_empty(runtime); }));
  CHECK(lines(runtime.path("functions/f/calls")) == 6);
}

TEST_CASE("what was not the function's fault is no reason to give an asynchronous invocation up") {
  LocalRuntime runtime(impatient());
  runtime.deploy(spec_of("f"), program(kCounting));
  runtime.close();
  // A file that is there and cannot be read, and that one rename repairs.
  const std::string record = runtime.path("functions/f/function.json");
  std::filesystem::rename(record, record + ".away");
  std::filesystem::create_symlink(".", record);
  const std::string path = runtime.path("queue/1234.json");
  const auto now = std::chrono::system_clock::now();
  const std::string event = to_json(local::functions::QueuedEvent{"f", "", "0", "", "1234", 0, now, now}).value();
  std::ofstream(path) << event;
  runtime.open();
  CHECK(runtime->get("f", "", {}).error().code != ErrorCode::not_found);
  CHECK(::test::soon([&] { return core::read_whole_file(path, 4096).value().value_or("gone") != event; }));
  CHECK_FALSE(queue_is_empty(runtime));
  std::filesystem::rename(record + ".away", record);
  CHECK(::test::soon([&] { return queue_is_empty(runtime); }));
  CHECK(lines(runtime.path("functions/f/calls")) == 1);
}

TEST_CASE("one that fails is given up also where a full disk takes no count of its attempts") {
  const LocalRuntime runtime(impatient());
  runtime.deploy(runtime.gated("f"), program(std::string(::test::kGate) + "wait_at_gate()" + kCounting));
  REQUIRE(runtime->invoke("f", "9", async()));
  REQUIRE(::test::soon([&] { return runtime.gate_is_reached(); }));
  // From here on the disk is full, but not for the function, which runs already.
  ::signal(SIGXFSZ, SIG_IGN);
  struct rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const struct rlimit none{0, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &none) == 0);
  runtime.open_gate();
  const bool given_up = ::test::soon([&] { return queue_is_empty(runtime); });
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  ::signal(SIGXFSZ, SIG_DFL);
  CHECK(given_up);
  CHECK(lines(runtime.path("functions/f/calls")) == 3);
}

TEST_CASE("many are done each once") {
  const LocalRuntime runtime(impatient());
  runtime.deploy(spec_of("f"), program(kCounting));
  for (int i = 0; i < 30; ++i) REQUIRE(runtime->invoke("f", "0", async()));
  CHECK(::test::soon([&] { return queue_is_empty(runtime); }));
  CHECK(lines(runtime.path("functions/f/calls")) == 30);
}

TEST_CASE("a function that is busy keeps no other one waiting, and those that wait for it count no attempts") {
  const LocalRuntime runtime;  // Which would try again after a second only.
  FunctionSpec busy = runtime.gated("busy");
  busy.max_concurrency = 1;
  runtime.deploy(busy, program(std::string(::test::kGate) + "wait_at_gate()" + kCounting));
  runtime.deploy(spec_of("free"), program(kCounting));
  constexpr std::size_t kMany = 50;
  for (std::size_t i = 0; i < kMany; ++i) REQUIRE(runtime->invoke("busy", "0", async()));
  REQUIRE(::test::soon([&] { return runtime.gate_is_reached(); }));
  REQUIRE(runtime->invoke("free", "0", async()));
  CHECK(::test::soon([&] { return lines(runtime.path("functions/free/calls")) == 1; }));
  CHECK_FALSE(std::filesystem::exists(runtime.path("functions/busy/calls")));
  for (const auto& entry : std::filesystem::directory_iterator(runtime.path("queue"))) {
    if (entry.path().extension() != ".json") continue;
    const auto text = core::read_whole_file(entry.path().string(), 4096).value();
    if (text) CHECK(local::functions::parse_event(*text).value().attempts == 0);
  }
  runtime.open_gate();
  CHECK(::test::soon([&] { return queue_is_empty(runtime); }));  // One after the other without a pause.
  CHECK(lines(runtime.path("functions/busy/calls")) == kMany);
}

TEST_CASE("what a program accepted before it was killed, the next one runs") {
  LocalRuntime runtime;
  runtime.deploy(runtime.gated("f"), program(std::string(::test::kGate) + "wait_at_gate()" + kCounting));
  runtime.close();
  const std::string directory = runtime.path("");
  const std::string accepted = runtime.root() + "/accepted";
  bool has_accepted = false;
  const auto wait = [&] { has_accepted = ::test::soon([&] { return std::filesystem::exists(accepted); }); };
  ::test::kill_once(wait, [&] {
    local::functions::LocalFunctionDriver driver(directory.substr(0, directory.size() - 1), {});
    for (int i = 0; i < 3; ++i) (void)driver.invoke("f", "0", async());
    std::ofstream(accepted) << "yes";
    while (true) ::pause();
  });
  REQUIRE(has_accepted);
  CHECK_FALSE(queue_is_empty(runtime));
  runtime.open_gate();
  runtime.open();
  REQUIRE(runtime->list_page("", {}));
  CHECK(::test::soon([&] { return queue_is_empty(runtime); }));
  CHECK(lines(runtime.path("functions/f/calls")) >= 3);
}

TEST_CASE("what runs when the runtime is closed stays in the queue, and unreadable rubbish does not") {
  LocalRuntime runtime;
  runtime.deploy(spec_of("f"), program("time.sleep(1000)"));
  REQUIRE(runtime->invoke("f", "0", async()));
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  runtime.close();
  CHECK(std::distance(std::filesystem::directory_iterator(runtime.path("queue")), {}) >= 1);
  std::filesystem::remove_all(runtime.path("queue"));
  std::filesystem::create_directory(runtime.path("queue"));
  std::ofstream(runtime.path("queue/rubbish.json")) << "{";
  runtime.open();
  REQUIRE(runtime->list_page("", {}));
  CHECK(::test::soon([&] { return queue_is_empty(runtime); }));
}

TEST_CASE("two programs that share a directory run each event once") {
  const LocalRuntime runtime(impatient());
  local::FunctionRuntimeOptions options = impatient();
  options.sync = false;
  const std::string directory = runtime.path("");
  local::functions::LocalFunctionDriver other(directory.substr(0, directory.size() - 1), options);
  runtime.deploy(spec_of("f"), program(kCounting));
  REQUIRE(other.get("f", "", {}));
  for (int i = 0; i < 10; ++i) {
    REQUIRE(runtime->invoke("f", "0", async()));
    REQUIRE(other.invoke("f", "0", async()));
  }
  CHECK(::test::soon([&] { return queue_is_empty(runtime); }));
  CHECK(lines(runtime.path("functions/f/calls")) == 20);
}
