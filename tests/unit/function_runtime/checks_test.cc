#include "function_runtime/checks.h"

#include "support/scripted_runtime.h"

#include <doctest/doctest.h>

using namespace cloudkit;
using namespace cloudkit::test;
using namespace cloudkit::function_runtime;
using Kind = FunctionCode::Kind;

namespace {

using Edit = std::function<void(FunctionSpec&)>;

FunctionSpec good() {
  FunctionSpec spec;
  spec.name = "hello";
  spec.code = FunctionCode::directory("hello/");
  return spec;
}

Result<FunctionSpec> checked(const Edit& edit, const FunctionCapabilities& able = ScriptedRuntime::all()) {
  FunctionSpec spec = good();
  edit(spec);
  return check_spec(spec, able);
}

std::string refusal(const Edit& edit, const FunctionCapabilities& able = ScriptedRuntime::all()) {
  const auto spec = checked(edit, able);
  return spec ? "taken" : std::string(to_string(spec.error().code)) + ": " + spec.error().message;
}

std::string text(const Status& status) { return status ? "taken" : status.error().message; }

}  // namespace

TEST_CASE("what a spec leaves open is filled in") {
  const auto spec = checked([](FunctionSpec&) {});
  REQUIRE(spec);
  CHECK(spec->architecture != Architecture::host);
  CHECK(spec->handler == "bootstrap");
  const auto image = checked([](FunctionSpec& s) { s.code = FunctionCode::image("registry/image:1"); });
  REQUIRE(image);
  CHECK(image->handler.empty());
}

TEST_CASE("names are those that every provider takes") {
  for (const char* name : {"a", "hello", "a1", "a-b", "x23456789-123456789-123456789-123456789-123456789"}) {
    CAPTURE(name);
    CHECK(refusal([&](FunctionSpec& s) { s.name = name; }) == "taken");
  }
  const std::string rule =
      " is no name of a function: 1 to 49 lower-case letters, digits and '-', a letter first, no '-' last";
  for (const char* name : {"", "A", "Hello", "1a", "-a", "a-", "a_b", "a.b", "a b", "a/b", "../a", "h\xC3\xA9",
                           "x23456789-123456789-123456789-123456789-1234567890"}) {
    CAPTURE(name);
    const std::string refused = refusal([&](FunctionSpec& s) { s.name = name; });
    CHECK(refused.starts_with("invalid_argument: \""));
    CHECK(refused.ends_with(rule));
  }
  const auto spec = checked([](FunctionSpec& s) { s.name = "A"; });
  CHECK(spec.error().hint ==
        "that is what Lambda, Cloud Run and Azure Functions all take: "
        "https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html");
}

TEST_CASE("code is of one of the kinds that the runtime takes") {
  CHECK(refusal([](FunctionSpec& s) { s.code = {}; }) == "invalid_argument: the spec has no code");
  CHECK(refusal([](FunctionSpec& s) { s.code = FunctionCode::zip({""}); }) ==
        "invalid_argument: the code's path or URL is empty");
  CHECK(refusal([](FunctionSpec& s) { s.code = FunctionCode::directory(std::string("a\0b", 3)); }) ==
        "invalid_argument: the code's path or URL holds a NUL byte");
  FunctionCapabilities able = ScriptedRuntime::all();
  able.images = able.objects = able.native = able.identities = false;
  CHECK(refusal([](FunctionSpec& s) { s.code = FunctionCode::image("i"); }, able) ==
        "unsupported: this function runtime runs no container images");
  CHECK(refusal([](FunctionSpec& s) { s.code = FunctionCode::object("s3://b/k"); }, able) ==
        "unsupported: this function runtime reads no code from a bucket");
  CHECK(refusal([](FunctionSpec&) {}, able) == "unsupported: this function runtime runs no native programs");
  CHECK(checked([](FunctionSpec&) {}, able).error().hint == "native, python3.12");
  CHECK(refusal(
            [](FunctionSpec& s) {
              s.runtime = "python3.12";
              s.handler = "app.handler";
              s.identity = "role/x";
            },
            able) == "unsupported: this function runtime has no identities");
}

TEST_CASE("a runtime has a name, and all but native ones a handler") {
  CHECK(refusal([](FunctionSpec& s) { s.runtime = "python3.12"; }) ==
        "invalid_argument: a function of python3.12 needs a handler");
  CHECK(refusal([](FunctionSpec& s) { s.runtime = ""; }) == "invalid_argument: \"\" is no name of a runtime");
  CHECK(refusal([](FunctionSpec& s) { s.runtime = "py thon"; }) ==
        "invalid_argument: \"py thon\" is no name of a runtime");
  for (const std::string& handler : {std::string("a b"), std::string("a\nb"), std::string(129, 'a')}) {
    CHECK(refusal([&](FunctionSpec& s) { s.handler = handler; }).find(" is no handler: ") != std::string::npos);
  }
}

TEST_CASE("sizes are within the runtime's limits") {
  using std::chrono::seconds;
  CHECK(refusal([](FunctionSpec& s) { s.timeout = seconds(0); }) ==
        "invalid_argument: the timeout is 1 to 900 s, not 0 s");
  CHECK(refusal([](FunctionSpec& s) { s.timeout = seconds(901); }) ==
        "invalid_argument: the timeout is 1 to 900 s, not 901 s");
  CHECK(refusal([](FunctionSpec& s) { s.memory_mib = 127; }) ==
        "invalid_argument: memory_mib is 128 to 10240 MiB, not 127 MiB");
  CHECK(refusal([](FunctionSpec& s) { s.memory_mib = 10241; }) ==
        "invalid_argument: memory_mib is 128 to 10240 MiB, not 10241 MiB");
  CHECK(refusal([](FunctionSpec& s) { s.scratch_mib = 511; }) ==
        "invalid_argument: scratch_mib is 512 to 10240 MiB, not 511 MiB");
  CHECK(refusal([](FunctionSpec& s) { s.max_concurrency = -1; }) ==
        "invalid_argument: max_concurrency is -1, less than 0");
  CHECK(refusal([](FunctionSpec& s) { s.description = std::string(257, 'x'); }) ==
        "invalid_argument: the description has 257 bytes, more than 256");
  CHECK(refusal([](FunctionSpec& s) { s.description = "\xFF"; }) ==
        "invalid_argument: the description is not UTF-8, or holds a control character");
  CHECK(checked([](FunctionSpec& s) { s.timeout = seconds(0); }).error().hint ==
        "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html");
  // Where the runtime has no limit there is none.
  FunctionCapabilities unlimited = ScriptedRuntime::all();
  unlimited.max_timeout = seconds(0);
  unlimited.max_memory_mib = 0;
  unlimited.max_environment = 0;
  const Edit large = [](FunctionSpec& s) {
    s.timeout = seconds(100'000);
    s.memory_mib = 1'000'000;
    s.environment["LARGE"] = std::string(100'000, 'x');
  };
  CHECK(refusal(large, unlimited) == "taken");
  CHECK(refusal([](FunctionSpec& s) { s.timeout = seconds(0); }, unlimited) ==
        "invalid_argument: the timeout is at least 1 s, not 0 s");
}

TEST_CASE("the environment holds names that every runtime can set, and no secret gets into a message") {
  for (const char* name : {"", "A", "x", "1A", "_A", "A-B", "A B", "A=B", "\xC3\xA4"}) {
    CAPTURE(name);
    const std::string refused = refusal([&](FunctionSpec& s) { s.environment[name] = "cktest-variable-1"; });
    CHECK(refused.ends_with("is no name of a variable: two or more letters, digits and '_', a letter first"));
  }
  for (const char* name : {"AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT"}) {
    CAPTURE(name);
    CHECK(refusal([&](FunctionSpec& s) { s.environment[name] = "x"; }) ==
          "invalid_argument: the variable " + std::string(name) + " is set by the runtime itself");
  }
  CHECK(refusal([](FunctionSpec& s) { s.environment["AWS_XRAY_CONTEXT_MISSING"] = "x"; }) == "taken");
  CHECK(refusal([](FunctionSpec& s) { s.environment["MODE"] = std::string(36, 'x'); }) == "taken");
  CHECK(refusal([](FunctionSpec& s) { s.environment["MODE"] = std::string(37, 'x'); }) ==
        "invalid_argument: the environment has 41 bytes in all, more than 40");
  const std::string secret = "cktest-variable-2";
  const std::string refused = refusal([&](FunctionSpec& s) { s.environment["KEY"] = secret + '\0'; });
  CHECK(refused == "invalid_argument: the value of the variable KEY is not UTF-8, or holds a NUL byte");
}

TEST_CASE("tags are as the services take them") {
  CHECK(refusal([](FunctionSpec& s) { s.tags["team"] = "a b"; }) == "taken");
  CHECK(refusal([](FunctionSpec& s) { s.tags[""] = "x"; }) == "invalid_argument: a tag has no name");
  CHECK(refusal([](FunctionSpec& s) { s.tags["AWS:x"] = "x"; }) ==
        "invalid_argument: the tag \"AWS:x\" is not yours to set: aws: and cloudkit: are taken");
  CHECK(refusal([](FunctionSpec& s) {
          s.tags[std::string(129, 'x')] = "";
        }).starts_with("invalid_argument: a tag's name is at most 128 bytes"));
  CHECK(refusal([](FunctionSpec& s) {
          s.tags["x"] = std::string(257, 'x');
        }).starts_with("invalid_argument: a tag's value is at most 256 bytes"));
  CHECK(refusal([](FunctionSpec& s) {
          for (int i = 0; i < 49; ++i) s.tags["t" + std::to_string(i)] = "";
        }) == "taken");
  // Lambda takes 50, and the code's digest is one of them.
  CHECK(refusal([](FunctionSpec& s) {
          for (int i = 0; i < 50; ++i) s.tags["t" + std::to_string(i)] = "";
        }) == "invalid_argument: 50 tags are more than 49");
}

TEST_CASE("an identity is one word") {
  CHECK(refusal([](FunctionSpec& s) { s.identity = "arn:aws:iam::123456789012:role/hello"; }) == "taken");
  CHECK(refusal([](FunctionSpec& s) { s.identity = "a role"; }) ==
        "invalid_argument: \"a role\" is no identity: a role's ARN, a service account");
}

TEST_CASE("a function that is there may have any name that a provider gave it") {
  for (const char* name : {"Hello_World", "arn:aws:lambda:us-west-2:123456789012:function:hello:live",
                           "projects/p/locations/l/services/s", "123456789012:function:hello"}) {
    CAPTURE(name);
    CHECK(check_reference(name));
  }
  CHECK(text(check_reference("")) == "the function's name is empty");
  for (const char* name : {"a b", "a\nb", "../a", "a?b", "a#b", "a%2Fb", "a\"b", "\xC3\xA4"}) {
    CAPTURE(name);
    CHECK(text(check_reference(name)).ends_with(" is no name or id of a function"));
  }
  CHECK_FALSE(check_reference(std::string(1025, 'a')));
}

TEST_CASE("what is done to a whole function takes no reference with a qualifier") {
  const std::string id = "arn:aws:lambda:us-west-2:123456789012:function:hello";
  for (const std::string& name : {std::string("hello"), std::string("Hello_World"), id,
                                  std::string("123456789012:function:hello"), std::string("function:hello"),
                                  std::string("mem://here/functions/hello"), std::string("projects/p/services/s")}) {
    CAPTURE(name);
    CHECK(check_whole_function(name));
  }
  for (const std::string& name :
       {std::string("hello:3"), std::string("hello:live"), std::string("hello:$LATEST"), std::string("hello:"),
        id + ":3", id + ":live", std::string("123456789012:function:hello:3"), std::string("function:hello:3"),
        std::string("function:function:3"), std::string("mem://here/functions/hello:3")}) {
    CAPTURE(name);
    CHECK(check_reference(name));
    CHECK(text(check_whole_function(name)) ==
          '"' + name + "\" names a version or an alias, and this is done to a whole function");
  }
  CHECK(check_whole_function(id + ":live").error().hint == "leave \":live\" away; get and invoke take it");
  CHECK(text(check_whole_function("")) == "the function's name is empty");
}

TEST_CASE("qualifiers, aliases, versions") {
  CHECK(check_qualifier(""));
  CHECK(check_qualifier("$LATEST"));
  CHECK(check_qualifier("live"));
  CHECK(text(check_qualifier("a b")) == "\"a b\" is no qualifier: a version that publish returned, or an alias");
  CHECK(check_alias("live_2"));
  for (const char* alias : {"", "12", "$LATEST", "a b", "a.b"}) {
    CAPTURE(alias);
    CHECK(text(check_alias(alias)).ends_with("is no alias: 1 to 128 letters, digits, '-' and '_', not only digits"));
  }
  CHECK(check_version("7"));
  CHECK(check_version("$LATEST"));
  CHECK(text(check_version("")) == "\"\" is no version");
}

TEST_CASE("a payload is JSON, and not too large") {
  const FunctionCapabilities able = ScriptedRuntime::all();
  const auto refused = [&](std::string_view payload, const InvokeOptions& options = {}) {
    const auto checked = check_payload(payload, options, able);
    return checked ? "taken" : checked.error().message;
  };
  for (const char* payload : {"", "{}", " [1] ", "\"\xC3\xA4\"", "null", "0", "-1.5e3", "{\"a\":{\"a\":[]}}"}) {
    CAPTURE(payload);
    CHECK(refused(payload) == "taken");
  }
  for (const char* payload : {"hello", "{", "{} {}", "'a'", "\"\xFF\"", "NaN", "[1,]", " "}) {
    CAPTURE(payload);
    CHECK(refused(payload) == "the payload is not JSON");
  }
  CHECK(refused('"' + std::string(98, 'x') + '"') == "taken");
  CHECK(refused('"' + std::string(99, 'x') + '"') == "the payload has 101 bytes, more than 100");
  InvokeOptions options;
  options.mode = InvokeMode::async;
  CHECK(refused('"' + std::string(49, 'x') + '"', options) ==
        "the payload of an asynchronous call has 51 bytes, more than 50");
  options.mode = InvokeMode::sync;
  options.client_context = "x";
  CHECK(refused("{}", options) == "the client context is not JSON");
  options.client_context = '"' + std::string(2683, 'x') + '"';
  CHECK(refused("{}", options) == "taken");
  options.client_context = '"' + std::string(2684, 'x') + '"';
  CHECK(refused("{}", options) == "the client context has more than 3583 bytes as base64");
}

TEST_CASE("JSON of any depth is looked at without recursion") {
  FunctionCapabilities able;
  const std::string deep = std::string(1'000'000, '[') + std::string(1'000'000, ']');
  CHECK(check_payload(deep, {}, able));
  CHECK_FALSE(check_payload(deep.substr(1), {}, able));
}

TEST_CASE("endpoints have a method, a path, and perhaps a stage") {
  for (const char* path : {"/", "/hello", "/a/b-c_d.e", "/v1/{id}", "/{proxy+}", "/a/{id}/b", "/a:b"}) {
    CAPTURE(path);
    CHECK(check_endpoint({.method = "GET", .path = path}));
  }
  for (const char* path : {"", "hello", "/hello/", "//", "/a//b", "/a b", "/{}", "/{a", "/a}", "/{a+}/b", "/{a b}",
                           "/a?b", "/a%20b", "/..", "/a/../b", "/.", "/\xC3\xA4"}) {
    CAPTURE(path);
    CHECK(text(check_endpoint({.method = "GET", .path = path})).find(" is no path of an endpoint: ") !=
          std::string::npos);
  }
  for (const char* method : {"", "get", "CONNECT", "GET ", "FETCH"}) {
    CAPTURE(method);
    CHECK(text(check_endpoint({.method = method}))
              .ends_with("is no method of an endpoint: ANY, DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"));
  }
  CHECK(text(check_endpoint({.stage = "a b"})) == "\"a b\" is no stage: 1 to 128 letters, digits, '-' and '_'");
  CHECK(text(check_endpoint({.method = "GET", .kind = EndpointKind::url})) ==
        "an endpoint of kind url takes every method and path, and has no stage");
  CHECK(text(check_endpoint({.kind = EndpointKind::rest_api})) == "a REST API has a stage");
  CHECK(check_endpoint({.kind = EndpointKind::url}));
}

TEST_CASE("a zone that only this machine does not know is the service's to judge") {
  using std::chrono::system_clock;
  CHECK(check_fires("0 1 * * *", Error(ErrorCode::unsupported, "this system has no time zones")));
  CHECK(text(check_fires("0 1 * * *", Error(ErrorCode::invalid_argument, "no zone"))) == "no zone");
  CHECK(text(check_fires("0 0 30 2 *", std::optional<system_clock::time_point>())) ==
        "the cron line \"0 0 30 2 *\" never fires");
  CHECK(check_fires("0 1 * * *", std::optional(system_clock::now())));
}

TEST_CASE("schedules have a name, a line of cron, a zone and an input") {
  const FunctionCapabilities able = ScriptedRuntime::all();
  const auto refused = [&](const ScheduleSpec& spec) { return text(check_schedule(spec, able)); };
  CHECK(refused({.name = "daily", .cron = "0 1 * * *"}) == "taken");
  CHECK(refused({.name = "daily", .cron = "0 1 * * *", .time_zone = "Europe/Berlin"}) == "taken");
  CHECK(refused({.name = "", .cron = "0 1 * * *"}) ==
        "\"\" is no name of a schedule: 1 to 64 letters, digits, '.', '_' and '-'");
  CHECK(refused({.name = "a/b", .cron = "0 1 * * *"}) ==
        "\"a/b\" is no name of a schedule: 1 to 64 letters, digits, '.', '_' and '-'");
  CHECK(refused({.name = "daily", .cron = "0 1 * * *", .input = "x"}) == "the input is not JSON");
  CHECK(refused({.name = "daily", .cron = "0 1 * * *", .input = '"' + std::string(49, 'x') + '"'}) ==
        "the input has 51 bytes, more than 50");
  CHECK(refused({.name = "never", .cron = "0 0 30 2 *"}) == "the cron line \"0 0 30 2 *\" never fires");
  for (const char* cron : {"", "0 1 * *", "0 1 * * * *", "60 1 * * *", "@daily"}) {
    CAPTURE(cron);
    CHECK(refused({.name = "daily", .cron = cron}) != "taken");
  }
  CHECK(refused({.name = "daily", .cron = "0 1 * * *", .time_zone = "Mars/Olympus"}) != "taken");
}
