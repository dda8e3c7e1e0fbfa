// Commands, by Systems Manager.
#include "aws/ec2/driver.h"
#include "aws/service/reply.h"
#include "aws/ssm/protocol.h"
#include "core/encode.h"
#include "core/without_value.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::inline v0::aws::ec2 {
namespace {

// How long a script may run is not to be had from the service again, so its id brings it along: "ID/SECONDS".
struct CommandId {
  explicit CommandId(std::string_view text) {
    const std::size_t slash = std::min(text.find('/'), text.size());
    id = text.substr(0, slash);
    const auto seconds = core::parse_u64(text.substr(std::min(slash + 1, text.size())));
    if (seconds && *seconds <= kMostSeconds) limit = std::chrono::seconds(*seconds);
  }

  static constexpr std::uint64_t kMostSeconds = 1'000'000'000;
  std::string_view id;
  std::chrono::seconds limit{0};
};

}  // namespace

Result<bool> Ec2Driver::agent_ready(std::string_view id, const Context& context) {
  const auto reply = ssm_.send(ssm::describe_instance_information(id), context);
  if (!reply) return reply.error();
  return ssm::read_online(*reply);
}

Result<SubmittedCommand> Ec2Driver::submit_command(std::string_view id, const CommandSpec& command,
                                                   const Context& context) {
  const auto reply = ssm_.send(ssm::send_command(id, command), context);
  if (!reply) return reply.error();
  auto taken = service::of_change(ssm::read_command_id(*reply));
  if (!taken) return std::move(taken).error();
  return SubmittedCommand{fmt::format("{}/{}", *taken, command.timeout.count()), {}};
}

Result<std::optional<CommandResult>> Ec2Driver::poll_command(std::string_view id, std::string_view command,
                                                             const Context& context) {
  const CommandId taken(command);
  const auto reply = ssm_.send(ssm::get_command_invocation(id, taken.id), context);
  if (!reply) return reply.error();
  return ssm::read_invocation(*reply, taken.limit);
}

Status Ec2Driver::cancel_command(std::string_view id, std::string_view command, const Context& context) {
  return core::without_value(ssm_.send(ssm::cancel_command(id, CommandId(command).id), context));
}

}  // namespace cloudkit::inline v0::aws::ec2
