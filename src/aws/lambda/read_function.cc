#include "aws/lambda/read_function.h"

#include "aws/lambda/protocol.h"
#include "aws/service/reply.h"
#include "core/time.h"

#include <utility>

namespace cloudkit::inline v0::aws::lambda {
namespace {

using codec::JsonValue;
using service::text_at;

int number_at(const JsonValue& object, std::string_view name) {
  return static_cast<int>(object.find(name).as_i64().value_or(0));
}

// An update that failed leaves what was there before, but whoever waits for the update must know.
// https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
void read_state(const JsonValue& configuration, Function& function) {
  const std::string state = text_at(configuration, "State");
  const std::string update = text_at(configuration, "LastUpdateStatus");
  function.state_reason = text_at(configuration, "StateReason");
  if (state == "Pending") {
    function.state = FunctionState::pending;
  } else if (state == "Inactive" || state == "Deactivating") {
    function.state = FunctionState::inactive;
  } else if (state == "Failed") {
    function.state = FunctionState::failed;
  } else if (state == "Deleting") {
    function.state = FunctionState::deleting;
  } else if (state == "Active") {
    function.state = FunctionState::active;
    if (update == "InProgress") function.state = FunctionState::updating;
    if (update != "Failed") return;
    function.state = FunctionState::failed;
    function.state_reason = "the last update failed: " + text_at(configuration, "LastUpdateStatusReason");
  }
}

// "2026-11-26T01:05:12.000+0000"
std::chrono::system_clock::time_point time_of(std::string text) {
  if (text.size() > 5 && (text[text.size() - 5] == '+' || text[text.size() - 5] == '-')) {
    text.insert(text.size() - 2, 1, ':');
  }
  return core::parse_rfc3339(text).value_or(core::TimePoint{});
}

FunctionSpec read_spec(const JsonValue& configuration) {
  FunctionSpec spec;
  spec.name = text_at(configuration, "FunctionName");
  spec.runtime = text_at(configuration, "Runtime");
  spec.handler = text_at(configuration, "Handler");
  if (spec.runtime.empty() || spec.runtime == runtime_of(FunctionSpec{})) {
    // What these are when nobody has said anything.
    spec.runtime = FunctionSpec{}.runtime;
    if (spec.handler == "bootstrap") spec.handler.clear();
  }
  spec.description = text_at(configuration, "Description");
  spec.timeout = std::chrono::seconds(number_at(configuration, "Timeout"));
  spec.memory_mib = number_at(configuration, "MemorySize");
  if (const JsonValue& disk = configuration.find("EphemeralStorage"); disk.is_object()) {
    spec.scratch_mib = number_at(disk, "Size");
  }
  const auto architectures = configuration.find("Architectures").items();
  const bool arm = !architectures.empty() && architectures.front().as_string() == "arm64";
  spec.architecture = arm ? Architecture::arm64 : Architecture::x86_64;
  spec.environment = service::texts_at(configuration.find("Environment"), "Variables");
  spec.identity = text_at(configuration, "Role");
  return spec;
}

// The tag counts while the code that it was written for is there.
std::string code_digest(const std::map<std::string, std::string>& tags, const std::string& service_digest) {
  const auto tag = tags.find(std::string(kCodeTag));
  if (tag == tags.end() || service_digest.empty()) return {};
  const std::size_t colon = tag->second.rfind(':');
  if (colon == std::string::npos || tag->second.substr(colon + 1) != service_digest) return {};
  return tag->second.substr(0, colon);
}

}  // namespace

bool is_system_tag(std::string_view key) noexcept { return key.starts_with("cloudkit:") || key.starts_with("aws:"); }

bool is_image(const JsonValue& configuration) { return text_at(configuration, "PackageType") == "Image"; }

Function read_configuration(const JsonValue& configuration) {
  Function function;
  function.name = text_at(configuration, "FunctionName");
  function.id = text_at(configuration, "FunctionArn");
  function.revision = text_at(configuration, "CodeSha256");
  function.version = text_at(configuration, "Version");
  function.modified = time_of(text_at(configuration, "LastModified"));
  function.spec = read_spec(configuration);
  read_state(configuration, function);
  return function;
}

Result<Function> read_function(const http::Response& response) {
  const auto reply = service::read_json(response);
  if (!reply) return reply.error();
  const JsonValue& configuration = reply->find("Configuration");
  if (!configuration.is_object()) return service::unexpected_reply("it has no Configuration", response);
  Function function = read_configuration(configuration);
  auto tags = service::texts_at(*reply, "Tags");
  function.code_digest = code_digest(tags, function.revision);
  std::erase_if(tags, [](const auto& tag) { return is_system_tag(tag.first); });
  function.spec.tags = std::move(tags);
  if (const auto reserved = reply->find("Concurrency").find("ReservedConcurrentExecutions").as_i64()) {
    function.spec.max_concurrency = static_cast<int>(*reserved);
  }
  return function;
}

Result<FunctionPage> read_function_page(const http::Response& response) {
  const auto reply = service::read_json(response);
  if (!reply) return reply.error();
  if (!reply->find("Functions").is_array()) return service::unexpected_reply("it has no Functions", response);
  FunctionPage page;
  for (const JsonValue& item : reply->find("Functions").items()) page.functions.push_back(read_configuration(item));
  page.next_page_token = text_at(*reply, "NextMarker");
  return page;
}

}  // namespace cloudkit::inline v0::aws::lambda
