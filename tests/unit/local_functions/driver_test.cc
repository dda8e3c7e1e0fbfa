#include "fixture.h"

#include "local/functions/open.h"

#include <sys/stat.h>

using namespace cloudkit;
using ::test::contains;
using ::test::LocalRuntime;
using ::test::program;
using ::test::spec_of;

TEST_CASE("functions outlive the program") {
  LocalRuntime runtime;
  FunctionSpec spec = spec_of("f");
  spec.description = "says \"hi\"";
  spec.environment = {{"A", "b"}};
  spec.tags = {{"team", "x"}};
  spec.max_concurrency = 3;
  const auto made = runtime->create(spec, program(::test::kEcho), {}).value();
  CHECK(made.state == FunctionState::active);
  CHECK(made.id == "arn:aws:lambda:local:000000000000:function:f");
  CHECK(made.version == "$LATEST");
  CHECK(made.code_digest == "digest");
  CHECK(made.revision.size() == 64);
  CHECK(made.modified > std::chrono::system_clock::now() - std::chrono::minutes(1));
  runtime.close();
  runtime.open();
  const auto found = runtime->get("f", "", {}).value();
  CHECK(found.revision == made.revision);
  CHECK(found.code_digest == "digest");
  CHECK(found.spec.description == spec.description);
  CHECK(found.spec.environment == spec.environment);
  CHECK(found.spec.tags == spec.tags);
  CHECK(found.spec.max_concurrency == 3);
  CHECK(found.spec.timeout == spec.timeout);
  CHECK(found.spec.memory_mib == 256);
  CHECK(runtime->get(made.id, "", {}).value().name == "f");
  CHECK(runtime.invoke(made.id, "1").payload == "1");
  CHECK(runtime->create(spec, program(::test::kEcho), {}).error().message == "there is a function \"f\" already");
}

TEST_CASE("nobody else can read what the directory holds") {
  const LocalRuntime runtime;
  const mode_t before = ::umask(0);
  runtime.deploy(spec_of("f"), program(::test::kEcho));
  runtime.invoke("f");
  ::umask(before);
  struct stat state{};
  for (const auto& entry : std::filesystem::recursive_directory_iterator(runtime.path(""))) {
    REQUIRE(::stat(entry.path().c_str(), &state) == 0);
    INFO(entry.path().string());
    if (contains(entry.path().string(), "/code/")) continue;  // With the modes of the zip, in a closed directory.
    CHECK((state.st_mode & 0777U) == (entry.is_directory() ? 0700U : 0600U));
  }
  REQUIRE(::stat(runtime.path("").c_str(), &state) == 0);
  CHECK((state.st_mode & 0777U) == 0700U);
}

TEST_CASE("what is not there is not found, whatever it is called") {
  const LocalRuntime runtime;
  for (const char* name : {"f", "", ".", "..", "../f", "a/b", "lock", "arn:aws:lambda:us-east-1:1:function:f"}) {
    INFO(name);
    CHECK(runtime->get(name, "", {}).error().code == ErrorCode::not_found);
    CHECK(runtime->invoke(name, "{}", {}).error().code == ErrorCode::not_found);
    CHECK(runtime->remove(name, {}).error().code == ErrorCode::not_found);
    CHECK(runtime->publish(name, {}).error().code == ErrorCode::not_found);
  }
  CHECK(runtime->get("../f", "", {}).error().message == "there is no function \"../f\"");
  CHECK(runtime->update_config(spec_of("f"), {}).error().code == ErrorCode::not_found);
  CHECK(runtime->update_code(spec_of("f"), program(::test::kEcho), {}).error().code == ErrorCode::not_found);
}

TEST_CASE("what this machine does not run is refused, with what it does run") {
  const LocalRuntime runtime;
  FunctionSpec spec = spec_of("f");
  spec.runtime = "nodejs22.x";
  CHECK(runtime->create(spec, program(::test::kEcho), {}).error().to_string() ==
        "unsupported: this machine does not run functions of the runtime \"nodejs22.x\"\n  hint: it runs native, "
        "provided, "
        "provided.al2, provided.al2023, python3.*");
  spec.runtime = "python3.x";
  CHECK(runtime->create(spec, program(::test::kEcho), {}).error().code == ErrorCode::unsupported);
  spec.runtime = "native";
#ifdef __aarch64__
  spec.architecture = Architecture::x86_64;
#else
  spec.architecture = Architecture::arm64;
#endif
  CHECK(contains(runtime->create(spec, program(::test::kEcho), {}).error().message, "another architecture"));
  CHECK(runtime->create(spec_of("f"), {"", "s3://b/k", "", ""}, {}).error().code == ErrorCode::unsupported);
  CHECK(runtime->get("f", "", {}).error().code == ErrorCode::not_found);
}

TEST_CASE("code that is no zip, or climbs out, is refused and leaves nothing") {
  const LocalRuntime runtime;
  const auto refused = runtime->create(spec_of("f"), {"this is no zip", "", "", ""}, {});
  CHECK(refused.error().code == ErrorCode::invalid_argument);
  CHECK(runtime->list_page("", {}).value().functions.empty());
  runtime.deploy(spec_of("f"), program(::test::kEcho));
  CHECK(runtime->update_code(spec_of("f"), {"this is no zip", "", "", ""}, {}).error().code ==
        ErrorCode::invalid_argument);
  CHECK(runtime.invoke("f", "1").payload == "1");
}

TEST_CASE("a list has every function once, page by page") {
  const LocalRuntime runtime;
  const auto package = program(::test::kEcho);
  for (int i = 0; i < 55; ++i) runtime.deploy(spec_of("f" + std::to_string(i)), package);
  std::vector<std::string> names;
  std::string token;
  int pages = 0;
  do {
    const auto page = runtime->list_page(token, {}).value();
    for (const Function& function : page.functions) names.push_back(function.name);
    token = page.next_page_token;
    ++pages;
  } while (!token.empty());
  CHECK(pages == 2);
  CHECK(names.size() == 55);
  CHECK(std::is_sorted(names.begin(), names.end()));
}

TEST_CASE("versions stay as they were, and aliases lead to them") {
  const LocalRuntime runtime;
  const auto answering = [](const std::string& text) {
    return program("while True:\n    id, event = next()\n    respond(id, '\"" + text +
                   "-' + os.environ['AWS_LAMBDA_FUNCTION_VERSION'] + '\"')\n");
  };
  FunctionSpec spec = spec_of("f");
  runtime.deploy(spec, answering("one"));
  CHECK(runtime->publish("f", {}).value() == "1");
  CHECK(runtime->publish("f", {}).value() == "1");
  REQUIRE(runtime->update_code(spec, answering("two"), {}));
  CHECK(runtime->publish("f", {}).value() == "2");
  REQUIRE(runtime->update_code(spec, answering("three"), {}));
  REQUIRE(runtime->set_alias("f", "live", "1", {}));
  const auto invoke = [&](const std::string& qualifier) {
    InvokeOptions options;
    options.qualifier = qualifier;
    return runtime.invoke("f", "{}", options);
  };
  CHECK(invoke("").payload == "\"three-$LATEST\"");
  CHECK(invoke("1").payload == "\"one-1\"");
  CHECK(invoke("live").payload == "\"one-1\"");
  CHECK(invoke("live").executed_version == "1");
  REQUIRE(runtime->set_alias("f", "live", "2", {}));
  CHECK(invoke("live").payload == "\"two-2\"");
  CHECK(runtime->get("f", "live", {}).value().version == "2");
  CHECK(runtime->get("f", "9", {}).error().code == ErrorCode::not_found);
  CHECK(runtime->set_alias("f", "live", "9", {}).error().message == "the function \"f\" has no version \"9\"");
  for (const char* alias : {"", "1", "a b", "$LATEST"}) {
    CHECK(runtime->set_alias("f", alias, "1", {}).error().code == ErrorCode::invalid_argument);
  }
}

TEST_CASE("a removed function is gone with its code, and can be made anew") {
  const LocalRuntime runtime;
  runtime.deploy(spec_of("f"), program(R"(
while True:
    id, event = next()
    respond(id, str(os.getpid()))
)"));
  const pid_t pid = std::stoi(runtime.invoke("f").payload);
  REQUIRE(runtime->remove("f", {}));
  CHECK(::test::soon([&] { return !::test::is_alive(pid); }));
  CHECK_FALSE(std::filesystem::exists(runtime.path("functions/f")));
  CHECK(runtime->get("f", "", {}).error().code == ErrorCode::not_found);
  CHECK_FALSE(runtime.log("f").empty());
  REQUIRE(runtime->remove_logs("f", {}));
  REQUIRE(runtime->remove_logs("f", {}));
  CHECK(runtime.log("f").empty());
  runtime.deploy(spec_of("f"), program(::test::kEcho));
  CHECK(runtime.invoke("f", "1").payload == "1");
}

TEST_CASE("a directory that cannot be had, and a record that is broken, are errors that name them") {
  LocalRuntime runtime;
  runtime.deploy(spec_of("f"), program(::test::kEcho));
  std::ofstream(runtime.path("functions/f/function.json")) << "{\"format\":1";
  const auto broken = runtime->get("f", "", {});
  CHECK(broken.error().code == ErrorCode::data_loss);
  CHECK(contains(broken.error().message, "the stored function cannot be read: "));
  std::ofstream(runtime.root() + "/file") << "x";
  local::functions::LocalFunctionDriver blocked(runtime.root() + "/file/runtime", {});
  const auto refused = blocked.list_page("", {});
  CHECK(contains(refused.error().message, "make the directory " + runtime.root() + "/file/runtime: Not a directory"));
}

TEST_CASE("opening does no I/O, and a URL that cannot be right is refused") {
  const ::test::TemporaryDirectory directory;
  const auto opened = local::functions::open_runtime(Url::parse("local://" + directory.file("a%20b")).value()).value();
  CHECK(opened->url() == "local://" + directory.file("a%20b"));
  CHECK_FALSE(std::filesystem::exists(directory.file("a b")));
  const auto refused = [](const std::string& url) {
    return local::functions::open_runtime(Url::parse(url).value()).error().to_string();
  };
  CHECK(refused("local://here") ==
        "invalid_argument: a local URL names no host, but this one has \"here\"\n  hint: write local:///DIR, with "
        "three slashes");
  CHECK(contains(refused("local:///a?b=c"), "\"b\""));
  CHECK(contains(refused("local:///a/../b"), "the path holds \"..\""));
  CHECK(contains(refused("local:///"), "the root directory"));
  CHECK(local::make_function_runtime("").error().code == ErrorCode::invalid_argument);
  local::FunctionRuntimeOptions none;
  none.max_concurrency = 0;
  CHECK(local::make_function_runtime("/tmp/x", none).error().message == "max_concurrency is at least 1");
}
