#pragma once

#include "aws/service/call.h"

#include <cloudkit/driver/compute.h>
#include <cloudkit/driver/http.h>
#include <cloudkit/result.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

/// Systems Manager: commands on machines, and parameters.
/// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_Operations.html
namespace cloudkit::inline v0::aws::ssm {

/// What a command's invocation returns at most.
/// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetCommandInvocation.html
inline constexpr std::size_t kMostOutput = 24'000;
inline constexpr std::size_t kMostError = 8'000;
/// A command with its parameters is a document, of 64 KB. Half of it leaves room for what JSON escapes.
/// https://docs.aws.amazon.com/general/latest/gr/ssm.html
inline constexpr std::size_t kLongestScript = std::size_t{32} << 10;

/// The `http::Classifier` of Systems Manager: what a machine that is not ready yet, or a command that is not known yet,
/// answers is `retryable`, but not repeated here.
std::optional<http::Failure> classify_reply(const http::Request& request, const http::Response& response,
                                            bool receiver_took_body);

/// These return `invalid_argument` for what is not UTF-8.
Result<service::Call> get_parameter(std::string_view name);
Result<service::Call> describe_instance_information(std::string_view instance);
/// Not to be repeated: a script that may have been taken could run twice. Errors: `invalid_argument`, also for what the
/// service would refuse, or change.
Result<service::Call> send_command(std::string_view instance, const CommandSpec& command);
Result<service::Call> get_command_invocation(std::string_view instance, std::string_view command);
Result<service::Call> cancel_command(std::string_view instance, std::string_view command);

/// These return `unknown` for what is no such reply.
Result<std::string> read_parameter(const http::Response& response);
/// Whether the machine's agent reports itself.
Result<bool> read_online(const http::Response& response);
Result<std::string> read_command_id(const http::Response& response);
/// Nothing while it has not ended. `limit`: how long it might run, by which alone one that was ended is told from one
/// that ended with 137; 0 when that is not known. Errors: also `unavailable`, `timeout`, `permission_denied` and
/// `unsupported` for a script that never began; `cancelled`.
Result<std::optional<CommandResult>> read_invocation(const http::Response& response, std::chrono::seconds limit);

}  // namespace cloudkit::inline v0::aws::ssm
