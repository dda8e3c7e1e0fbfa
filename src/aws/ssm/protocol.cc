#include "aws/ssm/protocol.h"

#include "aws/service/reply.h"
#include "aws/service_error.h"
#include "core/encode.h"
#include "core/fail.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cloudkit::inline v0::aws::ssm {
namespace {

using codec::JsonValue;
using codec::JsonWriter;
using service::Call;
using service::text_at;

constexpr std::string_view kOffline =
    "the machine's SSM agent does not report: it needs an image with the agent, an instance profile with "
    "AmazonSSMManagedInstanceCore (InstanceSpec::identity), a way to the service, and some minutes after its start";

// How long a command waits for its machine at least.
// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_SendCommand.html
constexpr std::chrono::seconds kShortestDelivery{30};
// What executionTimeout takes at most.
// https://docs.aws.amazon.com/systems-manager/latest/userguide/monitor-commands.html
constexpr std::chrono::seconds kLongestRun{172'800};

Result<Call> ssm_call(std::string_view action, JsonWriter& open_object) {
  return service::json_call("AmazonSSM", action, "1.1", open_object);
}

Result<Call> question(std::string_view action, JsonWriter& open_object) {
  return ssm_call(action, open_object).map(service::question);
}

void add_texts(JsonWriter& json, std::string_view name, std::initializer_list<std::string_view> texts) {
  json.name(name).begin_array();
  for (const std::string_view text : texts) json.string(text);
  json.end_array();
}

// The agent cuts, and says so at the end.
bool is_cut(std::string_view output, std::size_t limit) {
  return output.size() >= limit || output.ends_with("--output truncated--");
}

// "PT1M2.345S", of which days, hours, minutes and seconds are read. Zero for what is none.
// https://www.rfc-editor.org/rfc/rfc3339#appendix-A
std::chrono::milliseconds duration_of(std::string_view text) {
  constexpr double kLongest = 1e12;
  double seconds = 0;
  double number = 0;
  double place = 0;  // Of the next digit behind the point.
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      number = place == 0 ? number * 10 + (c - '0') : number + (c - '0') * place;
      place /= 10;
      continue;
    }
    if (c == '.' || c == ',') {
      place = 0.1;
      continue;
    }
    seconds += number * (c == 'D' ? 86'400 : c == 'H' ? 3'600 : c == 'M' ? 60 : c == 'S' ? 1 : 0);
    number = place = 0;
  }
  return std::chrono::milliseconds(static_cast<std::int64_t>(std::min(seconds * 1'000 + 0.5, kLongest)));
}

// To what a script that fails has printed the agent adds words of its own.
// https://github.com/aws/amazon-ssm-agent/blob/mainline/agent/framework/processor/executer/iohandler/iohandler.go
void remove_words_of_agent(CommandResult& result) {
  const std::string words = fmt::format("failed to run commands: exit status {}", result.exit_code);
  if (result.err.ends_with(words)) result.err.resize(result.err.size() - words.size());
}

CommandResult result_of(const JsonValue& invocation) {
  CommandResult result;
  result.exit_code = static_cast<int>(invocation.find("ResponseCode").as_i64().value_or(-1));
  result.out = text_at(invocation, "StandardOutputContent");
  result.err = text_at(invocation, "StandardErrorContent");
  result.truncated = is_cut(result.out, kMostOutput) || is_cut(result.err, kMostError);
  result.elapsed = duration_of(text_at(invocation, "ExecutionElapsedTime"));
  return result;
}

// "Delivery Timed Out" and "DeliveryTimedOut" are the same.
std::string without_blanks(std::string text) {
  std::erase(text, ' ');
  return text;
}

Error never_ran(ErrorCode code, std::string_view details) {
  return core::fail(code, fmt::format("the script did not run: {}", core::printable_excerpt(details, 80)),
                    std::string(kOffline));
}

}  // namespace

std::optional<http::Failure> classify_reply(const http::Request& request, const http::Response& response,
                                            bool receiver_took_body) {
  auto failure = classify_json_reply(request, response, receiver_took_body);
  if (!failure) return failure;
  Error& error = failure->error;
  if (error.service_code == "InvalidInstanceId") {
    // Five different things are called so, of which this is the usual one: https://github.com/aws/aws-cli/issues/3646
    error.code = ErrorCode::unavailable;
    error.retryable = true;
    error.hint = kOffline;
  } else if (error.service_code == "InvocationDoesNotExist") {
    error.retryable = true;
  } else if (error.service_code == "InvalidCommandId") {
    error.code = ErrorCode::not_found;
  }
  return failure;
}

Result<Call> get_parameter(std::string_view name) {
  JsonWriter json;
  json.begin_object().name("Name").string(name);
  return question("GetParameter", json);
}

Result<Call> describe_instance_information(std::string_view instance) {
  JsonWriter json;
  json.begin_object().name("Filters").begin_array().begin_object().name("Key").string("InstanceIds");
  add_texts(json, "Values", {instance});
  json.end_object().end_array();
  return question("DescribeInstanceInformation", json);
}

Result<Call> send_command(std::string_view instance, const CommandSpec& command) {
  const auto run = std::clamp(command.timeout, std::chrono::seconds(1), kLongestRun);
  JsonWriter json;
  json.begin_object().name("DocumentName").string("AWS-RunShellScript");
  add_texts(json, "InstanceIds", {instance});
  json.name("Parameters").begin_object();
  add_texts(json, "commands", {command.script});
  add_texts(json, "executionTimeout", {std::to_string(run.count())});
  json.end_object();
  // Who waits that long for the script to end, waits as long for it to begin.
  json.name("TimeoutSeconds").number(std::max(run, kShortestDelivery).count());
  return ssm_call("SendCommand", json);
}

Result<Call> get_command_invocation(std::string_view instance, std::string_view command) {
  JsonWriter json;
  json.begin_object().name("CommandId").string(command).name("InstanceId").string(instance);
  return question("GetCommandInvocation", json);
}

Result<Call> cancel_command(std::string_view instance, std::string_view command) {
  JsonWriter json;
  json.begin_object().name("CommandId").string(command);
  add_texts(json, "InstanceIds", {instance});
  return ssm_call("CancelCommand", json).map(service::repeatable);
}

Result<std::string> read_parameter(const http::Response& response) {
  const auto json = service::read_json(response);
  if (!json) return json.error();
  std::string value = text_at(json->find("Parameter"), "Value");
  if (value.empty()) return service::unexpected_reply("the parameter has no value", response);
  return value;
}

Result<bool> read_online(const http::Response& response) {
  const auto json = service::read_json(response);
  if (!json) return json.error();
  const auto machines = json->find("InstanceInformationList").items();
  return !machines.empty() && text_at(machines.front(), "PingStatus") == "Online";
}

Result<std::string> read_command_id(const http::Response& response) {
  const auto json = service::read_json(response);
  if (!json) return json.error();
  std::string id = text_at(json->find("Command"), "CommandId");
  if (id.empty()) return service::unexpected_reply("it has no CommandId", response);
  return id;
}

Result<std::optional<CommandResult>> read_invocation(const http::Response& response) {
  const auto json = service::read_json(response);
  if (!json) return json.error();
  const std::string status = text_at(*json, "Status");
  // https://docs.aws.amazon.com/systems-manager/latest/userguide/monitor-commands.html
  if (status == "Pending" || status == "InProgress" || status == "Delayed" || status == "Cancelling") {
    return std::optional<CommandResult>();
  }
  const std::string details = text_at(*json, "StatusDetails");
  CommandResult result = result_of(*json);
  if (status == "TimedOut") {
    if (without_blanks(details) == "DeliveryTimedOut") return never_ran(ErrorCode::timeout, details);
    result.timed_out = true;
    return std::optional(std::move(result));
  }
  if (status == "Success") {
    result.exit_code = std::max(result.exit_code, 0);
    return std::optional(std::move(result));
  }
  if (status == "Failed") {
    // Undeliverable, Access Denied, Invalid Platform, Terminated.
    if (result.exit_code < 0) return never_ran(ErrorCode::unavailable, details);
    remove_words_of_agent(result);
    return std::optional(std::move(result));
  }
  if (status == "Cancelled") return core::fail(ErrorCode::cancelled, "the script was cancelled");
  return service::unexpected_reply("its status is not one of a command", response);
}

}  // namespace cloudkit::inline v0::aws::ssm
