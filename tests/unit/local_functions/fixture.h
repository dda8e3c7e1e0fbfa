#pragma once

#include "codec/zip.h"
#include "local/functions/driver.h"
#include "support/quiet_log.h"
#include "support/soon.h"
#include "support/temporary_directory.h"

#include <doctest/doctest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

/// A local function runtime in a directory of its own, and functions for it.
namespace test {

using namespace cloudkit;
using local::functions::LocalFunctionDriver;

inline FunctionPackage package_of(std::vector<codec::ZipFile> files) {
  std::string zip = codec::write_zip(std::move(files)).value();
  return {std::move(zip), {}, {}, "digest"};
}

/// A program `bootstrap` in Python, which speaks to the Runtime API itself: `body` has `next()` (id and event),
/// `respond(id, text)`, `post(path, text, **headers)` and `call`.
inline FunctionPackage program(const std::string& body) {
  const std::string begin = R"(#!/usr/bin/env python3
import http.client, json, os, signal, sys, time
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
def call(method, path, text=None, headers={}):
    api.request(method, "/2018-06-01/runtime/" + path, text and text.encode(), headers)
    reply = api.getresponse()
    return reply, reply.read().decode()
def next():
    reply, text = call("GET", "invocation/next")
    return reply.headers["Lambda-Runtime-Aws-Request-Id"], text
def post(path, text, headers={}):
    return call("POST", path, text, headers)[0].status
def respond(id, text):
    return post("invocation/%s/response" % id, text)
)";
  return package_of({{"bootstrap", 0755, begin + body}});
}

inline FunctionPackage shell(const std::string& body) {
  return package_of({{"bootstrap", 0755, "#!/bin/sh\n" + body}});
}

inline FunctionSpec spec_of(const std::string& name) {
  FunctionSpec spec;
  spec.name = name;
  spec.timeout = std::chrono::seconds(20);  // Tests that want less say so: the machine may be busy.
  return spec;
}

/// Waits until the test opens the gate.
inline const char* const kGate = R"(
def wait_at_gate():
    open(os.environ["GATE"] + ".reached", "w").close()
    while not os.path.exists(os.environ["GATE"]): time.sleep(0.005)
)";

inline const char* const kEcho = R"(
while True:
    id, event = next()
    respond(id, event)
)";

class LocalRuntime {
 public:
  explicit LocalRuntime(local::FunctionRuntimeOptions options = {}) : options_(std::move(options)) {
    options_.sync = false;
    quiet_log();
    open();
  }

  /// As another program would.
  void open() { driver_ = std::make_unique<LocalFunctionDriver>(directory_.file("runtime"), options_); }
  void close() { driver_.reset(); }
  LocalFunctionDriver* operator->() const { return driver_.get(); }
  LocalFunctionDriver& driver() const { return *driver_; }
  std::string path(const std::string& name) const { return directory_.file("runtime/" + name); }
  const std::string& root() const { return directory_.path(); }
  local::FunctionRuntimeOptions& options() { return options_; }

  void deploy(const FunctionSpec& spec, const FunctionPackage& package) const {
    const auto made = driver_->create(spec, package, {});
    REQUIRE_MESSAGE(made.has_value(), made.error().to_string());
  }
  InvokeResult invoke(const std::string& name, const std::string& payload = "{}", InvokeOptions options = {}) const {
    options.log_tail = true;
    auto result = driver_->invoke(name, payload, options);
    REQUIRE_MESSAGE(result.has_value(), result.error().to_string());
    return *std::move(result);
  }
  /// For functions that wait at the gate.
  FunctionSpec gated(const std::string& name) const {
    FunctionSpec spec = spec_of(name);
    spec.environment = {{"GATE", directory_.file("gate")}};
    return spec;
  }
  bool gate_is_reached() const { return std::filesystem::exists(directory_.file("gate.reached")); }
  void open_gate() const { std::ofstream(directory_.file("gate")) << "open"; }
  std::string log(const std::string& name) const {
    std::string text;
    LogPageRequest request;
    request.name = name;
    for (bool at_end = false; !at_end;) {
      const auto page = driver_->logs_page(request).value();
      for (const LogEvent& event : page.events) text += event.text + '\n';
      request.page_token = page.next_page_token;
      at_end = page.at_end;
    }
    return text;
  }

 private:
  TemporaryDirectory directory_;
  local::FunctionRuntimeOptions options_;
  std::unique_ptr<LocalFunctionDriver> driver_;
};

inline bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// Not when it only waits to be reaped, which its new parent may do late.
inline bool is_alive(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string number, name, state;
  return stat >> number >> name >> state && state != "Z";
}

}  // namespace test
