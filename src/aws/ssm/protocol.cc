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

constexpr std::string_view kNeedsShell = "scripts are for /bin/sh: machines with Windows run none";

// How long a command waits for its machine: as short as the service takes it. A machine whose agent reports has it
// within seconds; else it would begin when nobody waits for it any more.
// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_SendCommand.html
constexpr std::chrono::seconds kDelivery{30};
// What executionTimeout takes at most.
// https://docs.aws.amazon.com/systems-manager/latest/userguide/monitor-commands.html
constexpr std::chrono::seconds kLongestRun{172'800};

// https://docs.aws.amazon.com/general/latest/gr/ssm.html
constexpr std::size_t kLongestDocument = std::size_t{64} << 10;

// The agent's exit code for what it ended; a script can end so by itself.
// https://github.com/aws/amazon-ssm-agent/blob/mainline/agent/appconfig/constants_unix.go
constexpr int kStoppedByAgent = 137;
// By how much the service's measure of time may be less than what it measures.
constexpr std::chrono::milliseconds kInexact{250};

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

struct SignalName {
  std::string_view text;
  int number;
};

// As Go, in which the agent is written, names them on Linux.
// https://cs.opensource.google/go/go/+/master:src/syscall/zerrors_linux_amd64.go
constexpr SignalName kSignals[] = {
    {"hangup", 1},
    {"interrupt", 2},
    {"quit", 3},
    {"illegal instruction", 4},
    {"trace/breakpoint trap", 5},
    {"aborted", 6},
    {"bus error", 7},
    {"floating point exception", 8},
    {"killed", 9},
    {"user defined signal 1", 10},
    {"segmentation fault", 11},
    {"user defined signal 2", 12},
    {"broken pipe", 13},
    {"alarm clock", 14},
    {"terminated", 15},
};

bool remove_end(std::string& text, std::string_view end) {
  if (!text.ends_with(end)) return false;
  text.resize(text.size() - end.size());
  return true;
}

// To what a script that fails has printed the agent adds words of its own. Of one that a signal ended only they say
// which: the code is -1.
// https://github.com/aws/amazon-ssm-agent/blob/mainline/agent/framework/processor/executer/iohandler/iohandler.go
void read_words_of_agent(CommandResult& result) {
  constexpr std::string_view kWords = "failed to run commands: ";
  if (result.exit_code >= 0) {
    remove_end(result.err, fmt::format("{}exit status {}", kWords, result.exit_code));
    return;
  }
  result.exit_code = 128;
  for (const SignalName& signal : kSignals) {
    const std::string words = fmt::format("{}signal: {}", kWords, signal.text);
    if (!remove_end(result.err, words) && !remove_end(result.err, words + " (core dumped)")) continue;
    result.exit_code = 128 + signal.number;
    return;
  }
}

bool is_in_parameter_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_/.:-").find(c) != std::string_view::npos;
}

// Whether the agent would put a parameter's value there: "{{ssm:NAME}}", also with blanks. Other braces it leaves
// alone. https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-param-runcommand.html
bool names_parameter(std::string_view script) {
  for (auto begin = script.find("{{"); begin != std::string_view::npos; begin = script.find("{{", begin + 1)) {
    std::string_view rest = core::trim(script.substr(begin + 2));
    if (!rest.starts_with("ssm:")) continue;
    rest.remove_prefix(4);
    const auto end = std::find_if_not(rest.begin(), rest.end(), is_in_parameter_name);
    const auto length = static_cast<std::size_t>(end - rest.begin());
    if (length > 0 && core::trim(rest.substr(length)).starts_with("}}")) return true;
  }
  return false;
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

Error never_ran(ErrorCode code, std::string_view details, std::string_view hint = {}) {
  return core::fail(code, fmt::format("the script did not run: {}", core::printable_excerpt(details, 80)),
                    std::string(hint));
}

// Of one that failed. Nothing when it ran.
// https://docs.aws.amazon.com/systems-manager/latest/userguide/monitor-commands.html
std::optional<Error> why_never_ran(const JsonValue& invocation, const std::string& details) {
  const std::string reason = without_blanks(details);
  if (reason == "Undeliverable") return never_ran(ErrorCode::unavailable, details, kOffline);
  if (reason == "AccessDenied") return never_ran(ErrorCode::permission_denied, details);
  if (reason == "InvalidPlatform") return never_ran(ErrorCode::unsupported, details, kNeedsShell);
  if (reason == "InvalidDocument") return never_ran(ErrorCode::unavailable, details);
  if (reason == "Terminated" && text_at(invocation, "ExecutionStartDateTime").empty()) {
    return never_ran(ErrorCode::unavailable, details);
  }
  return std::nullopt;
}

// One that ended so by itself had time left.
bool was_stopped(const CommandResult& result, std::chrono::seconds limit) {
  if (result.exit_code != kStoppedByAgent || result.elapsed <= std::chrono::milliseconds(0)) return true;
  return result.elapsed + kInexact >= limit;
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
  } else if (error.service_code == "UnsupportedPlatformType") {
    error.code = ErrorCode::unsupported;
    error.hint = kNeedsShell;
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
  if (command.timeout > kLongestRun) {
    return core::invalid_argument(fmt::format("the time limit of {} s is too long: a script runs for {} s at most",
                                              command.timeout.count(), kLongestRun.count()),
                                  "start what runs longer as a service of the machine");
  }
  if (names_parameter(command.script)) {
    return core::invalid_argument("the script has a {{ssm:…}} in it, which Systems Manager would replace",
                                  "write the braces apart, as {'{'ssm:…}} in a shell's word");
  }
  const auto run = std::max(command.timeout, std::chrono::seconds(1));
  JsonWriter json;
  json.begin_object().name("DocumentName").string("AWS-RunShellScript");
  add_texts(json, "InstanceIds", {instance});
  json.name("Parameters").begin_object();
  add_texts(json, "commands", {command.script});
  add_texts(json, "executionTimeout", {std::to_string(run.count())});
  json.end_object();
  json.name("TimeoutSeconds").number(kDelivery.count());
  auto call = ssm_call("SendCommand", json);
  if (!call || call->body.size() <= kLongestDocument) return call;
  return core::invalid_argument(
      fmt::format("the script has {} bytes as JSON, and {} are the most that the service takes", call->body.size(),
                  kLongestDocument),
      "copy it to the machine as a file, and run that");
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

Result<std::optional<CommandResult>> read_invocation(const http::Response& response, std::chrono::seconds limit) {
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
    if (without_blanks(details) == "DeliveryTimedOut") return never_ran(ErrorCode::timeout, details, kOffline);
    result.timed_out = was_stopped(result, limit);
    return std::optional(std::move(result));
  }
  if (status == "Success") {
    result.exit_code = std::max(result.exit_code, 0);
    return std::optional(std::move(result));
  }
  if (status == "Failed") {
    if (auto why = why_never_ran(*json, details)) return *std::move(why);
    read_words_of_agent(result);
    return std::optional(std::move(result));
  }
  if (status == "Cancelled") return core::fail(ErrorCode::cancelled, "the script was cancelled");
  return service::unexpected_reply("its status is not one of a command", response);
}

}  // namespace cloudkit::inline v0::aws::ssm
