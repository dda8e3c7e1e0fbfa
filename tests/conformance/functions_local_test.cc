#include "support/curl_fetch.h"
#include "support/function_conformance.h"
#include "support/temporary_directory.h"

#include <cloudkit/local_functions.h>

#include <filesystem>
#include <fstream>
#include <string>

using namespace cloudkit;

namespace {

// What docs/backends.md says of the suite's functions.
const char* const kApp = R"py(
import base64, os, sys, time

class ConformanceError(Exception):
    pass

def echo(event, context):
    return event

def revision(event, context):
    with open("revision.txt") as file:
        return int(file.read())

def env(event, context):
    return os.environ.get(event)

def fail(event, context):
    raise ConformanceError("failed as asked: \u00e4")

def throw(event, context):
    if event == "throw":
        raise ValueError("thrown as asked")
    return event

def exit(event, context):
    if event == "exit":
        os._exit(3)
    return event

def sleep(event, context):
    time.sleep(event / 1000)
    return event

def log(event, context):
    print(event)

def slow_log(event, context):
    time.sleep(0.5)
    print(event)

def deadline(event, context):
    first = context.get_remaining_time_in_millis()
    time.sleep(0.02)
    return [first, context.get_remaining_time_in_millis()]

def http(event, context):
    headers = {name.lower(): value for name, value in (event["headers"] or {}).items()}
    if "version" in event:
        method, path = event["requestContext"]["http"]["method"], event["rawPath"]
        stage = event["requestContext"]["stage"]
        if path.startswith("/" + stage + "/"): path = path[len(stage) + 1:]
        values = (event.get("queryStringParameters") or {}).get("q", "")
    else:
        method, path = event["httpMethod"], event["path"]
        values = ",".join((event["multiValueQueryStringParameters"] or {}).get("q", []))
    body = event.get("body") or ""
    body = base64.b64decode(body) if event["isBase64Encoded"] else body.encode()
    text = ("%s %s %s\n" % (method, path, values)).encode() + (body or bytes(range(256)))
    reply = {"content-type": "application/octet-stream"}
    if "x-ck-probe" in headers: reply["x-ck-probe"] = headers["x-ck-probe"]
    return {"statusCode": 200, "headers": reply, "body": base64.b64encode(text).decode(), "isBase64Encoded": True}
)py";

// The echo gives back the very bytes, which no value of Python's does: so it is a program of its own.
const char* const kBootstrap = R"py(#!/usr/bin/env python3
import http.client, os

api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])

def call(method, path, body=None):
    api.request(method, "/2018-06-01/runtime/invocation/" + path, body)
    reply = api.getresponse()
    return reply.headers["Lambda-Runtime-Aws-Request-Id"], reply.read()

while True:
    request, event = call("GET", "next")
    call("POST", request + "/response", event)
)py";

std::string code_directory(const std::string& root, int revision) {
  const std::filesystem::path directory = std::filesystem::path(root) / ("code-" + std::to_string(revision));
  if (std::filesystem::create_directory(directory)) {
    std::ofstream(directory / "app.py") << kApp;
    std::ofstream(directory / "broken.py") << "raise OSError('no configuration')\n";
    std::ofstream(directory / "revision.txt") << revision;
    std::ofstream(directory / "bootstrap") << kBootstrap;
    std::filesystem::permissions(directory / "bootstrap", std::filesystem::perms(0755));
  }
  return directory.string();
}

FunctionSpec spec_of(const std::string& root, const std::string& behaviour, int revision) {
  const std::string name = behaviour.substr(std::string("behaviour.").size());
  FunctionSpec spec;
  spec.code = FunctionCode::directory(code_directory(root, revision));
  if (name == "echo") return spec;
  spec.runtime = "python3.13";
  spec.handler = name == "init_failure" ? "broken.handler" : "app." + name;
  return spec;
}

// What is left below the runtime's directory that has the function's name.
std::vector<std::string> leftovers_of(const std::string& directory, const std::string& function) {
  std::vector<std::string> left;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    const std::string name = entry.path().filename().string();
    if (name == function || name == function + ".json") left.push_back(entry.path().string());
  }
  return left;
}

}  // namespace

TEST_CASE("the local runtime passes the suite, with functions in Python") {
  const test::TemporaryDirectory root;
  const std::string directory = root.file("runtime");
  testing::FunctionRuntimeHarness harness;
  harness.name = "functions on local://";
  harness.make_runtime = [&] {
    local::FunctionRuntimeOptions options;
    options.sync = false;
    return local::make_function_runtime(directory, options);
  };
  harness.behaviour = [&](const std::string& behaviour, int revision) -> Result<FunctionSpec> {
    return spec_of(root.path(), behaviour, revision);
  };
  harness.http_fetch = curl_fetch;
  harness.leftovers = [&](const std::string& function) -> Result<std::vector<std::string>> {
    return leftovers_of(directory, function);
  };
  run_function_runtime_suite(harness);
}
