#include "fixture.h"

#include <cstdlib>

using namespace cloudkit;
using ::test::contains;
using ::test::LocalRuntime;
using ::test::program;
using ::test::shell;
using ::test::spec_of;

TEST_CASE("a native function answers, and its log has Lambda's lines") {
  const LocalRuntime runtime;
  runtime.deploy(spec_of("echo"), program("sys.stderr.write('to stderr\\n')\n" + std::string(::test::kEcho)));
  const auto first = runtime.invoke("echo", R"({"name":"ada"})");
  CHECK(first.payload == R"({"name":"ada"})");
  CHECK_FALSE(first.error);
  CHECK(first.executed_version == "$LATEST");
  CHECK(first.request_id.size() == 36);
  CHECK(contains(first.log_tail, "INIT_START Runtime Version: native\n"));
  CHECK(contains(first.log_tail, "to stderr\n"));
  CHECK(contains(first.log_tail, "START RequestId: " + first.request_id + " Version: $LATEST\n"));
  CHECK(contains(first.log_tail,
                 "END RequestId: " + first.request_id + "\nREPORT RequestId: " + first.request_id + "\tDuration: "));
  CHECK(contains(first.log_tail, " ms\tMemory Size: 256 MB\tMax Memory Used: "));
  CHECK(contains(first.log_tail, "\tInit Duration: "));
  CHECK_FALSE(contains(first.log_tail, "Status:"));

  // The same program goes on.
  const auto second = runtime.invoke("echo", "[2]");
  CHECK(second.payload == "[2]");
  CHECK_FALSE(contains(second.log_tail, "INIT_START"));
  CHECK_FALSE(contains(second.log_tail, "Init Duration"));
  CHECK(contains(runtime.log("echo"), first.log_tail));
}

TEST_CASE("payloads up to Lambda's limit go both ways") {
  const LocalRuntime runtime;
  runtime.deploy(spec_of("echo"), program(::test::kEcho));
  const std::string large = '"' + std::string((6 << 20) - 2, 'x') + '"';
  CHECK(runtime.invoke("echo", large).payload == large);
  CHECK(runtime.invoke("echo", "\"\u20ac\"").payload == "\"\u20ac\"");
}

TEST_CASE("a function sees Lambda's environment, its own, and no credentials") {
  for (const char* name : {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"}) {
    ::setenv(name, "cktest-environment-1", 1);
  }
  ::setenv("CKTEST_ASKED", "asked", 1);
  ::setenv("CKTEST_NOT_ASKED", "not asked", 1);
  local::FunctionRuntimeOptions options;
  options.inherit = {"CKTEST_ASKED", "CKTEST_MISSING"};
  const LocalRuntime runtime(options);
  FunctionSpec spec = spec_of("env");
  spec.handler = "some.handler";
  spec.memory_mib = 512;
  spec.environment = {{"MINE", "my value"}};
  runtime.deploy(spec, program(R"(
while True:
    id, event = next()
    respond(id, json.dumps({"env": dict(os.environ), "cwd": os.getcwd(), "argv": sys.argv[1:]}))
)"));
  const std::string seen = runtime.invoke("env").payload;
  for (const char* name : {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE",
                           "CKTEST_ASKED", "CKTEST_NOT_ASKED"}) {
    ::unsetenv(name);
  }
  CHECK_FALSE(contains(seen, "cktest-environment-1"));
  CHECK_FALSE(contains(seen, "not asked"));
  CHECK_FALSE(contains(seen, "\"HOME\""));
  CHECK(contains(seen, R"("CKTEST_ASKED": "asked")"));
  CHECK(contains(seen, R"("MINE": "my value")"));
  CHECK(contains(seen, R"("_HANDLER": "some.handler")"));
  CHECK(contains(seen, R"("AWS_LAMBDA_FUNCTION_NAME": "env")"));
  CHECK(contains(seen, R"("AWS_LAMBDA_FUNCTION_VERSION": "$LATEST")"));
  CHECK(contains(seen, R"("AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512")"));
  CHECK(contains(seen, R"("AWS_EC2_METADATA_DISABLED": "true")"));
  CHECK(contains(seen, R"("AWS_SHARED_CREDENTIALS_FILE": "/dev/null")"));
  CHECK(contains(seen, R"("PATH": "/usr/local/bin:/usr/bin:/bin")"));
  const std::string code = runtime.path("functions/env/code/");
  CHECK(contains(seen, "\"LAMBDA_TASK_ROOT\": \"" + code));
  CHECK(contains(seen, "\"cwd\": \"" + code));
}

TEST_CASE("libraries of a package are found beside its code and in lib/, unless the function names other places") {
  const LocalRuntime runtime;
  const std::string tells = R"(
id, event = next()
code = os.environ["LAMBDA_TASK_ROOT"]
respond(id, json.dumps(os.environ["LD_LIBRARY_PATH"].replace(code, "CODE")))
)";
  FunctionSpec spec = spec_of("libraries");
  runtime.deploy(spec, program(tells));
  CHECK(runtime.invoke("libraries").payload == R"("CODE:CODE/lib")");
  spec.name = "own";
  spec.environment = {{"LD_LIBRARY_PATH", "/opt/mine"}};
  runtime.deploy(spec, program(tells));
  CHECK(runtime.invoke("own").payload == R"("/opt/mine")");
}

TEST_CASE("an invocation's headers tell what Lambda's do, and the deadline is that of the function") {
  const LocalRuntime runtime;
  runtime.deploy(spec_of("headers"), program(R"(
while True:
    reply, text = call("GET", "invocation/next")
    left = int(reply.headers["Lambda-Runtime-Deadline-Ms"]) - time.time() * 1000
    names = ("Lambda-Runtime-Invoked-Function-Arn", "Lambda-Runtime-Client-Context")
    answer = {name: reply.headers[name] for name in names}
    answer["left"] = 0 < left <= 20000
    answer["trace"] = reply.headers["Lambda-Runtime-Trace-Id"].startswith("Root=1-")
    respond(reply.headers["Lambda-Runtime-Aws-Request-Id"], json.dumps(answer))
)"));
  InvokeOptions options;
  options.client_context = "{\"custom\":\n{\"a\":1}}";
  CHECK(runtime.invoke("headers", "{}", options).payload ==
        R"({"Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:local:000000000000:function:headers", )"
        R"("Lambda-Runtime-Client-Context": "{\"custom\": {\"a\":1}}", "left": true, "trace": true})");
}

TEST_CASE("what a function reports is a value, and its next call works in the same program") {
  const LocalRuntime runtime;
  runtime.deploy(spec_of("report"), program(R"(
count = 0
while True:
    id, event = next()
    count += 1
    if event == "{}":
        post("invocation/%s/error" % id, '{"errorType":"ValueError","errorMessage":"no","stackTrace":["a","b"]}')
    elif event == "1":
        post("invocation/%s/error" % id, 'no json', {"Lambda-Runtime-Function-Error-Type": "Own.Type"})
    else:
        respond(id, str(count))
)"));
  const auto failed = runtime.invoke("report");
  REQUIRE(failed.error);
  CHECK(failed.error->type == "ValueError");
  CHECK(failed.error->message == "no");
  CHECK(failed.error->stack_trace == std::vector<std::string>{"a", "b"});
  CHECK(failed.error->handled);
  CHECK(failed.payload == R"({"errorType":"ValueError","errorMessage":"no","stackTrace":["a","b"]})");
  const auto untyped = runtime.invoke("report", "1");
  REQUIRE(untyped.error);
  CHECK(untyped.error->type == "Own.Type");
  CHECK(untyped.payload == R"({"errorType":"Own.Type","errorMessage":"no json"})");
  CHECK(runtime.invoke("report", "2").payload == "3");
}

TEST_CASE("a function that ends is told as Lambda tells it, and the next call has another") {
  const LocalRuntime runtime;
  const std::string body = R"(
id, event = next()
if event == "1": sys.exit(3)
if event == "2": sys.exit(0)
if event == "3": os.kill(os.getpid(), signal.SIGKILL)
print("last words"); sys.stdout.flush()
respond(id, "true")
)";
  runtime.deploy(spec_of("ends"), program(body));
  const auto expect = [&](const std::string& payload, const std::string& text) {
    const auto result = runtime.invoke("ends", payload);
    REQUIRE(result.error);
    CHECK(result.error->type == "Runtime.ExitError");
    CHECK(result.error->message == "RequestId: " + result.request_id + " Error: " + text);
    CHECK_FALSE(result.error->handled);
    CHECK(contains(result.log_tail, "\tStatus: error\tError Type: Runtime.ExitError\n"));
  };
  expect("1", "Runtime exited with error: exit status 3");
  expect("2", "Runtime exited without providing a reason");
  expect("3", "Runtime exited with error: signal: killed");
  // One that answers and ends at once has answered.
  const auto answered = runtime.invoke("ends");
  CHECK(answered.payload == "true");
  CHECK(contains(answered.log_tail, "last words\n"));
  CHECK(runtime.invoke("ends").payload == "true");
}

TEST_CASE("a function that hangs is killed at its deadline with its children, and the next call works") {
  const LocalRuntime runtime;
  FunctionSpec spec = spec_of("hangs");
  spec.timeout = std::chrono::seconds(1);
  runtime.deploy(spec, program(R"(
import subprocess
child = subprocess.Popen(["sleep", "1000"])
open("/proc/self/cwd/../../" + str(child.pid) + ".pid", "w").close()
while True:
    id, event = next()
    if event == "{}":
        print("hanging", flush=True)
        time.sleep(1000)
    respond(id, event)
)"));
  // It has one second to say so, which is little on a busy machine.
  InvokeResult result;
  CHECK(::test::soon([&] {
    result = runtime.invoke("hangs");
    return contains(result.log_tail, "hanging\n");
  }));
  REQUIRE(result.error);
  CHECK(result.error->type == "Sandbox.Timedout");
  CHECK(result.error->message == "RequestId: " + result.request_id + " Error: Task timed out after 1.00 seconds");
  CHECK(result.payload == R"({"errorType":"Sandbox.Timedout","errorMessage":")" + result.error->message + "\"}");
  CHECK(contains(result.log_tail, result.request_id + " Task timed out after 1.00 seconds\n"));
  CHECK(contains(result.log_tail, "\tStatus: timeout\n"));
  pid_t child = 0;
  for (const auto& entry : std::filesystem::directory_iterator(runtime.path("functions/hangs"))) {
    if (entry.path().extension() == ".pid") child = std::stoi(entry.path().stem());
  }
  REQUIRE(child > 0);
  CHECK(::test::soon([&] { return !::test::is_alive(child); }));
  InvokeResult next;
  CHECK(::test::soon([&] {
    next = runtime.invoke("hangs", "1");
    return !next.error || next.error->type != "Sandbox.Timedout";
  }));
  CHECK(next.payload == "1");
}

TEST_CASE("programs that cannot be run are an invalid entrypoint") {
  const LocalRuntime runtime;
  const auto expect = [&](const std::string& name, std::vector<codec::ZipFile> files, const std::string& text) {
    runtime.deploy(spec_of(name), ::test::package_of(std::move(files)));
    const auto result = runtime.invoke(name);
    REQUIRE(result.error);
    CHECK(result.error->type == "Runtime.InvalidEntrypoint");
    CHECK_FALSE(result.error->handled);
    CHECK(contains(result.error->message, "RequestId: " + result.request_id + " Error: "));
    CHECK(contains(result.error->message, text));
    const auto function = runtime->get(name, "", {}).value();
    CHECK(function.state == FunctionState::failed);
    CHECK(contains(function.state_reason, "Runtime.InvalidEntrypoint: "));
  };
  expect("missing", {{"other", 0755, "x"}}, "Couldn't find valid bootstrap(s): [/");
  expect("mode", {{"bootstrap", 0644, "#!/bin/sh\n"}}, "/bootstrap: permission denied");
  expect("format", {{"bootstrap", 0755, "hello"}}, "/bootstrap: exec format error");
  expect("interpreter", {{"bootstrap", 0755, "#!/no/such\n"}}, "/bootstrap: no such file or directory");
}

TEST_CASE("a function that fails to start says why, its state does too, and one that starts again is active") {
  LocalRuntime runtime;
  runtime.deploy(runtime.gated("start"), program(R"(
if not os.path.exists(os.environ["GATE"]):
    print("giving up", flush=True)
    post("init/error", '{"errorType":"Init.Error","errorMessage":"no gate"}')
    sys.exit(1)
)" + std::string(::test::kEcho)));
  runtime.deploy(spec_of("dies"), shell("echo dying; exit 9\n"));

  const auto result = runtime.invoke("start");
  REQUIRE(result.error);
  CHECK(result.error->type == "Init.Error");
  CHECK_FALSE(result.error->handled);
  CHECK(result.payload == R"({"errorType":"Init.Error","errorMessage":"no gate"})");
  CHECK(contains(result.log_tail, "giving up\n"));
  CHECK(runtime->get("start", "", {}).value().state_reason == "Init.Error: no gate");
  const auto died = runtime.invoke("dies");
  REQUIRE(died.error);
  CHECK(died.error->type == "Runtime.ExitError");
  CHECK(contains(died.error->message, "exit status 9"));
  CHECK(contains(died.log_tail, "dying\n"));

  runtime.open_gate();
  runtime.close();
  runtime.open();
  CHECK(runtime->get("start", "", {}).value().state == FunctionState::failed);
  CHECK(runtime.invoke("start", "1").payload == "1");
  CHECK(runtime->get("start", "", {}).value().state == FunctionState::active);
}

TEST_CASE("a program has its function's timeout to start, where that is longer than what starts have") {
  local::FunctionRuntimeOptions options;
  options.init_limit = std::chrono::milliseconds(100);
  const LocalRuntime runtime(options);
  runtime.deploy(spec_of("slow"), program("time.sleep(0.5)\n" + std::string(::test::kEcho)));
  CHECK(runtime.invoke("slow", "1").payload == "1");
  FunctionSpec spec = spec_of("sleeps");
  spec.timeout = std::chrono::seconds(1);
  runtime.deploy(spec, shell("sleep 1000\n"));
  const auto slept = runtime.invoke("sleeps");
  REQUIRE(slept.error);
  CHECK(slept.error->type == "Sandbox.Timedout");
  CHECK(slept.error->message.ends_with(" Error: Task timed out after 1.00 seconds, in its init phase"));
  CHECK(contains(slept.log_tail, slept.request_id + " Task timed out after 1.00 seconds, in its init phase\n"));
}

TEST_CASE("a response that is too large is an error of the function's") {
  const LocalRuntime runtime;
  runtime.deploy(spec_of("large"), program(R"(
while True:
    id, event = next()
    if event == "1":
        sys.stderr.write("status %d\n" % respond(id, "x" * (6 * 1024 * 1024 + 101)))
    elif event == "2":
        respond(id, "x" * (6 * 1024 * 1024 + 101))
        post("invocation/%s/error" % id, '{"errorType":"Own","errorMessage":"too large"}')
    else:
        respond(id, event)
)"));
  const auto result = runtime.invoke("large", "1");
  REQUIRE(result.error);
  CHECK(result.error->type == "Function.ResponseSizeTooLarge");
  CHECK(runtime.invoke("large", "2").error->type == "Own");
  CHECK(contains(runtime.log("large"), "status 413\n"));
  CHECK(runtime.invoke("large", "3").payload == "3");
}

TEST_CASE("a program that does not follow the protocol is told so, and does no harm") {
  const LocalRuntime runtime;
  runtime.deploy(spec_of("odd"), program(R"(
while True:
    id, event = next()
    statuses = [post("invocation/other/response", "1"), post("nothing", ""), call("GET", "invocation/next")[0].status,
                call("POST", "invocation/next")[0].status, post("init/error", "{}"), call("GET", "init/error")[0].status]
    respond(id, json.dumps(statuses))
    post("invocation/%s/response" % id, "again")
)"));
  CHECK(runtime.invoke("odd").payload == "[400, 404, 403, 405, 403, 404]");
  CHECK(runtime.invoke("odd").payload == "[400, 404, 403, 405, 403, 404]");
  runtime.deploy(spec_of("garbage"), program(R"(
import socket
host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
for index in range(40):
    s = socket.create_connection((host, int(port)))
    try: s.send(b"this is no HTTP\r\n\r\n")
    except OSError: pass
    if index % 2: s.close()
)" + std::string(::test::kEcho)));
  CHECK(runtime.invoke("garbage", "1").payload == "1");
}

TEST_CASE("a streamed response is put together, and may fail at its end") {
  const LocalRuntime runtime;
  runtime.deploy(spec_of("stream"), program(R"(
import base64, socket
host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
while True:
    id, event = next()
    s = socket.create_connection((host, int(port)))
    head = "POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n" % id
    head += "Trailer: Lambda-Runtime-Function-Error-Type\r\nLambda-Runtime-Function-Response-Mode: streaming\r\n\r\n"
    s.send(head.encode() + b"2\r\n[1\r\n2\r\n,2\r\n1\r\n]\r\n0\r\n")
    if event == "{}":
        body = base64.b64encode(b'{"errorType":"Late","errorMessage":"broke"}')
        s.send(b"Lambda-Runtime-Function-Error-Type: Late\r\nLambda-Runtime-Function-Error-Body: " + body + b"\r\n")
    s.send(b"\r\n")
    s.recv(1000)
    s.close()
)"));
  CHECK(runtime.invoke("stream", "1").payload == "[1,2]");
  const auto failed = runtime.invoke("stream");
  REQUIRE(failed.error);
  CHECK(failed.error->type == "Late");
  CHECK(failed.error->message == "broke");
}

TEST_CASE("a function that floods its log neither fills memory and disk nor is stopped by it") {
  const LocalRuntime runtime;
  runtime.deploy(spec_of("flood"), program(R"(
line = "x" * 1023 + "\n"
while True:
    id, event = next()
    for _ in range(20): sys.stdout.write(line * 1024)
    sys.stdout.write("y" * 3000000)
    sys.stdout.flush()
    respond(id, event)
)"));
  const auto result = runtime.invoke("flood", "1");
  CHECK(result.payload == "1");
  CHECK(result.log_tail.size() <= 4096);
  CHECK(contains(result.log_tail, "REPORT RequestId: " + result.request_id));
  CHECK(contains(runtime.log("flood"), "cloudkit: this invocation logged more than 4 MiB; the rest is not kept\n"));
  for (int i = 0; i < 4; ++i) runtime.invoke("flood", "1");
  std::uintmax_t size = 0;
  for (const auto& file : std::filesystem::directory_iterator(runtime.path("logs/flood"))) size += file.file_size();
  CHECK(size < (std::uintmax_t{26} << 20));
}
