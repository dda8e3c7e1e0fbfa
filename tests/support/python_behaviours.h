#pragma once

#include "support/temporary_directory.h"

#include <cloudkit/function_types.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

namespace test {

/// The functions of the suite of function runtimes, as docs/backends.md describes them, in Python.
class PythonBehaviours {
 public:
  cloudkit::Result<cloudkit::FunctionSpec> operator()(const std::string& behaviour, int revision) const {
    const std::string name = behaviour.substr(std::string("behaviour.").size());
    cloudkit::FunctionSpec spec;
    spec.code = cloudkit::FunctionCode::directory(code_of(revision));
    spec.handler = behaviour;  // For runtimes that go by the name, as the strict fake does for programs.
    if (name == "echo") return spec;
    spec.runtime = "python3.13";
    spec.handler = name == "init_failure" ? "broken.handler" : "app." + name;
    return spec;
  }

 private:
  static constexpr const char* kApp = R"py(
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
  static constexpr const char* kBootstrap = R"py(#!/usr/bin/env python3
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

  std::string code_of(int revision) const {
    const std::filesystem::path directory = directory_->file("code-" + std::to_string(revision));
    if (std::filesystem::create_directory(directory)) {
      std::ofstream(directory / "app.py") << kApp;
      std::ofstream(directory / "broken.py") << "raise OSError('no configuration')\n";
      std::ofstream(directory / "revision.txt") << revision;
      std::ofstream(directory / "bootstrap") << kBootstrap;
      std::filesystem::permissions(directory / "bootstrap", std::filesystem::perms(0755));
    }
    return directory.string();
  }

  const std::shared_ptr<TemporaryDirectory> directory_ = std::make_shared<TemporaryDirectory>();
};

}  // namespace test
