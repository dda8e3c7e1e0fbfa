// Commands, by Systems Manager.
#include "aws/ec2/driver.h"
#include "aws/service/reply.h"
#include "aws/ssm/protocol.h"

namespace cloudkit::inline v0::aws::ec2 {

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
  return SubmittedCommand{*std::move(taken), {}};
}

Result<std::optional<CommandResult>> Ec2Driver::poll_command(std::string_view id, std::string_view command,
                                                             const Context& context) {
  const auto reply = ssm_.send(ssm::get_command_invocation(id, command), context);
  if (!reply) return reply.error();
  return ssm::read_invocation(*reply);
}

Status Ec2Driver::cancel_command(std::string_view id, std::string_view command, const Context& context) {
  const auto reply = ssm_.send(ssm::cancel_command(id, command), context);
  return reply ? Status{} : Status(reply.error());
}

}  // namespace cloudkit::inline v0::aws::ec2
