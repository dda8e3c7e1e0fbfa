#include "fixture.h"

#include "local/functions/interpreter.h"

#include <cstdlib>

using namespace cloudkit;
using ::test::contains;
using ::test::LocalRuntime;

namespace {

FunctionSpec python(const std::string& name, const std::string& handler = "app.handler") {
  FunctionSpec spec = ::test::spec_of(name);
  spec.runtime = "python3.12";
  spec.handler = handler;
  return spec;
}

FunctionPackage app(const std::string& text) { return ::test::package_of({{"app.py", 0644, text}}); }

}  // namespace

TEST_CASE("a Python function runs with the nearest Python, and the log says which") {
  const LocalRuntime runtime;
  runtime.deploy(python("hello"), app(R"(
import logging, os
def handler(event, context):
    print("printed")
    logging.getLogger().warning("logged")
    return {"hello": event["name"], "name": context.function_name, "version": context.function_version,
            "time": 0 < context.get_remaining_time_in_millis() <= 20000, "arn": context.invoked_function_arn,
            "memory": context.memory_limit_in_mb, "id": len(context.aws_request_id), "custom": context.client_context.custom,
            "file": __file__ == os.environ["LAMBDA_TASK_ROOT"] + "/app.py"}
)"));
  InvokeOptions options;
  options.client_context = "{\"custom\":{\"k\":\"\u20ac\"}}";
  const auto result = runtime.invoke("hello", "{\"name\":\"\u00e4da\"}", options);
  CHECK(result.payload ==
        "{\"hello\": \"\u00e4da\", \"name\": \"hello\", \"version\": \"$LATEST\", \"time\": true, \"arn\": "
        "\"arn:aws:lambda:local:000000000000:function:hello\", \"memory\": \"256\", \"id\": 36, \"custom\": {\"k\": "
        "\"\u20ac\"}, \"file\": true}");
  CHECK(contains(result.log_tail, "INIT_START Runtime Version: python3.12, by Python 3."));
  CHECK(contains(result.log_tail, "printed\n"));
  CHECK(contains(result.log_tail, "[WARNING]\t20"));
  CHECK(contains(result.log_tail, "Z\t" + result.request_id + "\tlogged\n"));
  // What was unpacked stays as it is.
  for (const auto& file : std::filesystem::recursive_directory_iterator(runtime.path("functions/hello/code"))) {
    CHECK_FALSE(contains(file.path().string(), "__pycache__"));
  }
}

TEST_CASE("an exception is reported with its type and where it came from, and the next call works") {
  const LocalRuntime runtime;
  runtime.deploy(python("raises"), app(R"(
class Own(Exception): pass
calls = 0
def handler(event, context):
    global calls
    calls += 1
    if event == 1: raise Own("no luck")
    if event == 2: return object()
    return calls
)"));
  const auto failed = runtime.invoke("raises", "1");
  REQUIRE(failed.error);
  CHECK(failed.error->type == "Own");
  CHECK(failed.error->message == "no luck");
  CHECK(failed.error->handled);
  REQUIRE(failed.error->stack_trace.size() == 1);
  CHECK(contains(failed.error->stack_trace[0], "app.py\", line 7, in handler"));
  CHECK(contains(failed.log_tail, "[ERROR] Own: no luck\n"));
  CHECK(contains(failed.log_tail, "Traceback (most recent call last):\n"));
  const auto unserializable = runtime.invoke("raises", "2");
  REQUIRE(unserializable.error);
  CHECK(unserializable.error->type == "Runtime.MarshalError");
  CHECK(contains(unserializable.error->message, "Unable to marshal response: "));
  CHECK(runtime.invoke("raises", "3").payload == "3");
}

TEST_CASE("a Python function that cannot be found says what is wrong, as Lambda's does") {
  const LocalRuntime runtime;
  const auto expect = [&](const std::string& name, const std::string& handler, const std::string& text,
                          const std::string& type, const std::string& message) {
    runtime.deploy(python(name, handler), app(text));
    const auto result = runtime.invoke(name);
    REQUIRE(result.error);
    CHECK(result.error->type == type);
    CHECK(contains(result.error->message, message));
    CHECK_FALSE(result.error->handled);
    CHECK(runtime->get(name, "", {}).value().state == FunctionState::failed);
  };
  expect("module", "none.handler", "", "Runtime.ImportModuleError",
         "Unable to import module 'none': No module named 'none'");
  expect("function", "app.none", "", "Runtime.HandlerNotFound", "Handler 'none' missing on module 'app'");
  expect("name", "app", "", "Runtime.MalformedHandlerName", "Bad handler 'app'");
  expect("syntax", "app.handler", "def (", "Runtime.UserCodeSyntaxError", "Syntax error in module 'app'");
  expect("import", "app.handler", "raise ValueError('at import')", "ValueError", "at import");
}

TEST_CASE("a Decimal of a Python function is a number") {
  const LocalRuntime runtime;
  runtime.deploy(python("decimal"), app(R"(
from decimal import Decimal
def handler(event, context):
    return [Decimal("12345678901234567890123"), Decimal("-0.25"), Decimal("1E+2"), {"n": Decimal("7")}]
)"));
  CHECK(runtime.invoke("decimal").payload == R"([12345678901234567890123, -0.25, 100.0, {"n": 7}])");
}

TEST_CASE("sys.exit ends a Python function, and a large response is its error") {
  const LocalRuntime runtime;
  runtime.deploy(python("exits", "folder/app.handler"), ::test::package_of({{"folder/app.py", 0644, R"(
import sys
def handler(event, context):
    if event == 1: sys.exit(4)
    if event == 2: return "x" * 7000000
    return event
)"}}));
  const auto exited = runtime.invoke("exits", "1");
  REQUIRE(exited.error);
  CHECK(exited.error->type == "Runtime.ExitError");
  CHECK(contains(exited.error->message, "exit status 4"));
  const auto large = runtime.invoke("exits", "2");
  REQUIRE(large.error);
  CHECK(large.error->type == "Function.ResponseSizeTooLarge");
  CHECK(runtime.invoke("exits", "3").payload == "3");
}

TEST_CASE("a machine without Python says so, and one with shims finds what stands behind them") {
  const ::test::TemporaryDirectory directory;
  const std::string before = std::getenv("PATH");
  local::functions::Interpreters real;
  const auto python = real.python("python3", {}).value();
  CHECK(python.path.starts_with('/'));
  {
    std::ofstream(directory.file("python3.12")) << "#!/bin/sh\nexit 127\n";
    std::ofstream(directory.file("python3")) << "#!/bin/sh\nexec " + python.path + " \"$@\"\n";
  }
  for (const char* name : {"python3", "python3.12"}) {
    std::filesystem::permissions(directory.file(name), std::filesystem::perms::owner_all);
  }
  ::setenv("PATH", directory.path().c_str(), 1);
  local::functions::Interpreters shims;
  const auto behind = shims.python("python3.12", {});
  ::setenv("PATH", directory.file("none").c_str(), 1);
  local::functions::Interpreters none;
  const auto missing = none.python("python3.12", {});
  ::setenv("PATH", before.c_str(), 1);
  CHECK(behind.value().path == python.path);
  CHECK(behind.value().version == python.version);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().to_string() ==
        "unsupported: there is no Python for the runtime \"python3.12\" on this machine\n  hint: install python3, or "
        "put it on PATH");
}

TEST_CASE("where Lambda's own client for Python is installed, it runs the function") {
  const LocalRuntime runtime;
  const std::string before = std::getenv("PATH");
  const std::string venv = runtime.root() + "/venv";
  REQUIRE(std::system(("python3 -m venv --without-pip " + venv).c_str()) == 0);
  std::string site;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(venv + "/lib")) {
    if (entry.path().filename() == "site-packages") site = entry.path().string();
  }
  // Not the real one, which is long to build: this says how it was called.
  std::filesystem::create_directory(site + "/awslambdaric");
  std::ofstream(site + "/awslambdaric/__init__.py") << "";
  std::ofstream(site + "/awslambdaric/__main__.py") << R"(
import http.client, json, os, sys
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
api.request("GET", "/2018-06-01/runtime/invocation/next")
reply = api.getresponse()
reply.read()
path = "/2018-06-01/runtime/invocation/%s/response" % reply.headers["Lambda-Runtime-Aws-Request-Id"]
api.request("POST", path, json.dumps(sys.argv[1:]))
api.getresponse().read()
)";
  ::setenv("PATH", (venv + "/bin:" + before).c_str(), 1);
  const auto made = runtime->create(python("ric"), app(""), {});
  ::setenv("PATH", before.c_str(), 1);
  REQUIRE(made);
  const auto result = runtime.invoke("ric");
  CHECK(result.payload == "[\"app.handler\"]");
  CHECK(contains(result.log_tail, " with awslambdaric\n"));
}

TEST_CASE("an exception may have any name, and what is printed need not be text") {
  const LocalRuntime runtime;
  runtime.deploy(python("names"), app(R"(
import os
def handler(event, context):
    if event == 1: raise type("\u041e\u0448\u0438\u0431\u043a\u0430", (Exception,), {})("no")
    if event == 2: raise type("two\nlines", (Exception,), {})("no")
    print("half of a pair: \ud800")
    return os.getpid()
)"));
  const std::string process = runtime.invoke("names", "0").payload;
  const auto named = runtime.invoke("names", "1");
  REQUIRE(named.error);
  CHECK(named.error->type == "\u041e\u0448\u0438\u0431\u043a\u0430");
  CHECK(named.error->handled);
  CHECK(runtime.invoke("names", "2").error->type == "two\nlines");
  CHECK(runtime.invoke("names", "0").payload == process);
}

TEST_CASE("whatever a client context's JSON holds reaches the function") {
  const LocalRuntime runtime;
  runtime.deploy(python("context"), app("def handler(event, context): return context.client_context.custom\n"));
  InvokeOptions options;
  options.client_context = "{\"custom\":\n{\"k\":\"a\x7f\"}}";
  CHECK(runtime.invoke("context", "{}", options).payload == "{\"k\": \"a\x7f\"}");
}

TEST_CASE("a Python that is slow to say what it is keeps nobody whose time is shorter") {
  const ::test::TemporaryDirectory directory;
  const std::string gate = directory.file("gate");
  std::ofstream(directory.file("python3.12"))
      << "#!/bin/sh\ntouch " + gate + ".reached\nwhile [ ! -e " + gate + " ]; do sleep 0.01; done\nexit 1\n";
  std::filesystem::permissions(directory.file("python3.12"), std::filesystem::perms::owner_all);
  const std::string before = std::getenv("PATH");
  ::setenv("PATH", (directory.path() + ":" + before).c_str(), 1);
  local::functions::Interpreters interpreters;
  Result<local::functions::Interpreter> patient = local::functions::Interpreter();
  std::thread waits([&] { patient = interpreters.python("python3.12", {}); });
  CHECK(::test::soon([&] { return std::filesystem::exists(gate + ".reached"); }));
  const auto hasty = interpreters.python("python3.12", Context::with_timeout(std::chrono::milliseconds(50)));
  std::ofstream(gate) << "open";
  waits.join();
  ::setenv("PATH", before.c_str(), 1);
  REQUIRE_FALSE(hasty);
  CHECK(hasty.error().code == ErrorCode::timeout);
  CHECK(patient.has_value());
}
