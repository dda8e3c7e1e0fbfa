#include "runtime.h"

#include <cloudkit/open_functions.h>

using namespace cloudkit;
using namespace cloudkit::test;

TEST_CASE("a function is what its spec says") {
  MemoryRuntime memory;
  memory.spec.environment["MODE"] = "a";
  memory.spec.tags["team"] = "b";
  memory.deploy();
  const Function function = memory.runtime.get("hello").value();
  CHECK(function.name == "hello");
  CHECK(function.id == "mem://functions/functions/hello");
  CHECK(function.state == FunctionState::active);
  CHECK(function.version == "$LATEST");
  CHECK(function.spec.environment == memory.spec.environment);
  CHECK(function.spec.tags == memory.spec.tags);
  CHECK(function.spec.identity == "mem://functions/identities/hello-exec");
  CHECK(function.spec.code.kind() == FunctionCode::Kind::none);
  CHECK(memory.runtime.get(function.id).value().name == "hello");
  CHECK(memory.runtime.get("other").error().to_string() ==
        "get mem://functions function other: not_found: there is no function other");
}

TEST_CASE("a handler that was not added makes the function fail") {
  MemoryRuntime memory;
  memory.spec.handler = "missing";
  const auto deployed = memory.runtime.deploy(memory.spec);
  REQUIRE_FALSE(deployed);
  CHECK(deployed.error().message == "it failed: no handler \"missing\" was added to mem://functions");
  memory.spec.handler = "echo";
  CHECK(memory.runtime.deploy(memory.spec));
}

TEST_CASE("a handler that is replaced may call the runtime as it goes") {
  const MemoryRuntime memory;
  struct Held {
    Held(FunctionRuntime where, bool& listed) : runtime(std::move(where)), was_listed(listed) {}
    ~Held() { was_listed = runtime.list().has_value(); }
    FunctionRuntime runtime;
    bool& was_listed;
  };
  bool was_listed = false;
  const auto answers = [](const Invocation&) -> Result<std::string> { return std::string(); };
  memory.functions.add_handler("held", [held = std::make_shared<Held>(memory.runtime, was_listed),
                                        answers](const Invocation& call) { return answers(call); });
  memory.functions.add_handler("held", answers);
  CHECK(was_listed);
}

TEST_CASE("so does one that does not start") {
  MemoryRuntime memory;
  bool broken = true;
  memory.functions.add_handler(
      "starts", [](const Invocation&) -> Result<std::string> { return std::string("1"); },
      [&]() -> Status {
        if (broken) throw std::runtime_error("no configuration");
        return {};
      });
  memory.spec.handler = "starts";
  const auto deployed = memory.runtime.deploy(memory.spec);
  REQUIRE_FALSE(deployed);
  CHECK(deployed.error().message == "it failed: it does not start: no configuration");
  CHECK(memory.runtime.get("hello").value().state == FunctionState::failed);
  CHECK(memory.runtime.invoke("hello").error().code == ErrorCode::conflict);
  broken = false;
  CHECK(memory.runtime.deploy(memory.spec).value().state == FunctionState::active);
  CHECK(memory.call().payload == "1");
}

TEST_CASE("a start that ends the program, or throws what is no exception, is a function that failed") {
  MemoryRuntime memory;
  int how = 0;
  memory.functions.add_handler(
      "starts", [](const Invocation&) -> Result<std::string> { return std::string("1"); },
      [&]() -> Status {
        if (how == 0) throw memory::ProgramExit{3};
        throw how;
      });
  memory.spec.handler = "starts";
  const auto exited = memory.runtime.deploy(memory.spec);
  REQUIRE_FALSE(exited);
  CHECK(exited.error().message == "it failed: it does not start: exit status 3");
  how = 1;
  const auto threw = memory.runtime.deploy(memory.spec);
  REQUIRE_FALSE(threw);
  CHECK(threw.error().message == "it failed: it does not start: an exception that is no std::exception");
}

TEST_CASE("functions are listed by name, page after page") {
  memory::MemoryFunctionsOptions options;
  options.page_size = 3;
  MemoryRuntime memory(options);
  CHECK(memory.runtime.list().value().empty());
  for (const char* name : {"f", "c", "a", "e", "b", "d"}) {
    memory.spec.name = name;
    memory.deploy();
  }
  std::string names;
  for (const Function& function : memory.runtime.list().value()) {
    names += function.name;
    CHECK(function.state == FunctionState::unknown);
  }
  CHECK(names == "abcdef");
}

TEST_CASE("versions keep code and configuration, and aliases name them") {
  MemoryRuntime memory;
  memory.deploy([](const Invocation&) -> Result<std::string> {
    return '"' + memory::environment_variable("MODE").value_or("none") + '"';
  });
  CHECK(memory.runtime.publish("hello").value() == "1");
  CHECK(memory.runtime.publish("hello").value() == "1");
  memory.spec.environment["MODE"] = "new";
  memory.deploy();
  CHECK(memory.runtime.publish("hello").value() == "2");
  REQUIRE(memory.runtime.set_alias("hello", "live", "1"));
  CHECK(memory.call("{}", {.qualifier = "live"}).payload == "\"none\"");
  CHECK(memory.call("{}", {.qualifier = "live"}).executed_version == "1");
  CHECK(memory.call("{}", {.qualifier = "2"}).payload == "\"new\"");
  REQUIRE(memory.runtime.set_alias("hello", "live", "2"));
  CHECK(memory.call("{}", {.qualifier = "live"}).payload == "\"new\"");
  CHECK(memory.runtime.get("hello", {.qualifier = "1"}).value().spec.environment.empty());
  CHECK(memory.runtime.set_alias("hello", "live", "3").error().message == "the function has no version or alias \"3\"");
  CHECK(memory.runtime.set_alias("hello", "other", "live").error().code == ErrorCode::invalid_argument);
  CHECK(memory.runtime.invoke("hello", "{}", {.qualifier = "none"}).error().code == ErrorCode::not_found);
}

TEST_CASE("what belongs to a function stays when it alone is removed") {
  MemoryRuntime memory;
  memory.deploy();
  memory.call();
  memory.runtime.expose("hello", {.is_public = true}).value();
  memory.runtime.schedule("hello", {.name = "daily", .cron = "0 1 * * *"}).value();
  REQUIRE(memory.runtime.remove("hello"));
  CHECK(memory.runtime.get("hello").error().code == ErrorCode::not_found);
  CHECK(memory.runtime.endpoints("hello").value().size() == 1);
  CHECK(memory.runtime.schedules("hello").value().size() == 1);
  CHECK_FALSE(memory.log().empty());
  SUBCASE("a cascade takes it, also afterwards") {
    REQUIRE(memory.runtime.remove("hello", {.cascade = true}));
    CHECK(memory.runtime.endpoints("hello").value().empty());
    CHECK(memory.runtime.schedules("hello").value().empty());
    CHECK(memory.log().empty());
  }
}

TEST_CASE("mem://NAME is one runtime in the process") {
  const auto runtime = open_function_runtime("mem://shared-test").value();
  memory::MemoryFunctions::shared("shared-test").add_handler("bootstrap", [](const Invocation&) -> Result<std::string> {
    return std::string("7");
  });
  FunctionSpec spec;
  spec.name = "seven";
  spec.code = FunctionCode::image("registry/seven:1");
  spec.handler = "bootstrap";
  (void)runtime.deploy(spec).value();
  CHECK(open_function_runtime("mem://shared-test").value().invoke("seven").value().payload == "7");
  CHECK(open_function_runtime("mem://another").value().list().value().empty());
  CHECK(runtime.url() == "mem://shared-test");
  CHECK(open_function_runtime("mem://a/b").error().message == "a memory runtime has a name only");
  CHECK_FALSE(open_function_runtime("mem://a?x=1"));
}

TEST_CASE("a handle keeps its runtime alive") {
  auto runtime = [] {
    const MemoryRuntime memory;
    memory.deploy();
    return memory.runtime;
  }();
  CHECK(runtime.invoke("hello", "1").value().payload == "1");
}
