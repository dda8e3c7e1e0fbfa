#pragma once

#include "support/temporary_directory.h"

#include <cloudkit/memory_functions.h>
#include <cloudkit/testing/function_conformance.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

/// What docs/backends.md says of the suite's functions, as handlers; and a harness around them.
namespace behaviours {

using namespace cloudkit;
using std::chrono::milliseconds;

inline std::string text_of(std::string_view json) { return std::string(json.substr(1, json.size() - 2)); }

inline long number_of(std::string_view json) {
  long number = 0;
  std::from_chars(json.data(), json.data() + json.size(), number);
  return number;
}

inline Result<std::string> echo(const Invocation& in) { return std::string(in.payload); }

inline Result<std::string> env(const Invocation& in) {
  const auto value = memory::environment_variable(text_of(in.payload));
  return value ? '"' + *value + '"' : "null";
}

inline Result<std::string> fail(const Invocation&) {
  Error error(ErrorCode::invalid_argument, "failed as asked: \xC3\xA4");
  error.service_code = "ConformanceError";
  return error;
}

inline Result<std::string> throw_up(const Invocation& in) {
  if (in.payload == "\"throw\"") throw std::runtime_error("thrown as asked");
  return std::string(in.payload);
}

inline Result<std::string> exit(const Invocation& in) {
  if (in.payload == "\"exit\"") throw memory::ProgramExit{3};
  return std::string(in.payload);
}

inline Result<std::string> sleep(const Invocation& in) {
  (void)in.context.wait_for(milliseconds(number_of(in.payload)));
  return std::string(in.payload);
}

inline Result<std::string> log(const Invocation& in) {
  memory::write_log(text_of(in.payload));
  return std::string("null");
}

inline Result<std::string> slow_log(const Invocation& in) {
  (void)in.context.wait_for(milliseconds(500));
  return log(in);
}

inline Result<std::string> deadline(const Invocation& in) {
  const auto left = [&] {
    const auto rest = in.deadline - std::chrono::system_clock::now();
    return std::to_string(std::chrono::duration_cast<milliseconds>(rest).count());
  };
  const std::string first = left();
  (void)in.context.wait_for(milliseconds(20));
  return '[' + first + ',' + left() + ']';
}

inline HttpResponse http(const HttpRequest& request) {
  HttpResponse response;
  response.content_type = "application/octet-stream";
  for (const auto& header : request.headers) {
    if (header.first == "x-ck-probe") response.headers.push_back(header);
  }
  response.body = request.method + ' ' + request.path + ' ';
  const std::size_t before = response.body.size();
  for (const auto& [name, value] : request.query) {
    if (name == "q") response.body += (response.body.size() > before ? "," : "") + value;
  }
  response.body += '\n';
  if (request.body.empty()) {
    for (int value = 0; value < 256; ++value) response.body += static_cast<char>(value);
  }
  response.body += request.body;
  return response;
}

inline void add_to(const memory::MemoryFunctions& functions) {
  functions.add_handler("behaviour.echo", echo);
  functions.add_handler("behaviour.env", env);
  functions.add_handler("behaviour.fail", fail);
  functions.add_handler("behaviour.throw", throw_up);
  functions.add_handler("behaviour.exit", exit);
  functions.add_handler("behaviour.sleep", sleep);
  functions.add_handler("behaviour.log", log);
  functions.add_handler("behaviour.slow_log", slow_log);
  functions.add_handler("behaviour.deadline", deadline);
  functions.add_handler("behaviour.init_failure", echo,
                        []() -> Status { return Error(ErrorCode::io, "no configuration"); });
  functions.add_http_handler("behaviour.http", http);
  // Its code does not run: another handler stands for it.
  functions.add_handler("behaviour.revision",
                        [](const Invocation&) -> Result<std::string> { return std::string("1"); });
  functions.add_handler("behaviour.revision.2",
                        [](const Invocation&) -> Result<std::string> { return std::string("2"); });
}

/// A directory with the code of revision 1 or 2, made once.
inline std::string code_directory(int revision) {
  static const ::test::TemporaryDirectory root;
  const std::filesystem::path directory = std::filesystem::path(root.path()) / std::to_string(revision);
  if (std::filesystem::create_directory(directory)) {
    std::ofstream(directory / "bootstrap") << "#!/bin/sh\n";
    std::ofstream(directory / "revision.txt") << revision;
    std::filesystem::permissions(directory / "bootstrap", std::filesystem::perms(0755));
  }
  return directory.string();
}

inline Result<FunctionSpec> spec_of(const std::string& behaviour, int revision) {
  FunctionSpec spec;
  spec.code = FunctionCode::directory(code_directory(revision));
  spec.handler = behaviour;
  if (behaviour == "behaviour.revision" && revision == 2) spec.handler += ".2";
  return spec;
}

inline Result<testing::FetchReply> fetch(const memory::MemoryFunctions& functions, const std::string& method,
                                         const std::string& url, const testing::FetchHeaders& headers,
                                         const std::string& body) {
  HttpRequest request;
  request.method = method;
  request.body = body;
  for (auto [name, value] : headers) {
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    request.headers.emplace_back(name, value);
  }
  const HttpResponse response = functions.fetch(url, request);
  testing::FetchReply reply;
  reply.status = response.status;
  reply.body = response.body;
  reply.headers = response.headers;
  return reply;
}

inline memory::FunctionFaults faults_of(const testing::ServiceDelays& delays) {
  memory::FunctionFaults faults;
  faults.update_conflicts = delays.update_conflicts;
  faults.unknown_identities = delays.unknown_identities;
  faults.pending_looks = delays.pending_looks;
  faults.late_looks = delays.late_looks;
  return faults;
}

/// Every case can run. `wrap` may change the handle of each case's runtime.
using Wrap = std::function<FunctionRuntime(const memory::MemoryFunctions&)>;
inline testing::FunctionRuntimeHarness memory_harness(Wrap wrap = [](const memory::MemoryFunctions& functions) {
  return functions.runtime();
}) {
  memory::MemoryFunctionsOptions options;
  options.timeout_second = milliseconds(100);
  options.page_size = 20;
  const auto current = std::make_shared<memory::MemoryFunctions>(options);
  testing::FunctionRuntimeHarness harness;
  harness.name = "functions on mem://";
  harness.make_runtime = [current, options, wrap = std::move(wrap)]() -> Result<FunctionRuntime> {
    *current = memory::MemoryFunctions(options);
    add_to(*current);
    return wrap(*current);
  };
  harness.behaviour = spec_of;
  harness.http_fetch = [current](const std::string& method, const std::string& url,
                                 const testing::FetchHeaders& headers,
                                 const std::string& body) { return fetch(*current, method, url, headers, body); };
  harness.delay = [current](const testing::ServiceDelays& delays) { current->set_faults(faults_of(delays)); };
  harness.virtual_time = true;
  harness.advance_clock = [current](std::chrono::seconds duration) { current->advance(duration); };
  harness.leftovers = [current](const std::string& function) -> Result<std::vector<std::string>> {
    return current->resources(function);
  };
  return harness;
}

}  // namespace behaviours
