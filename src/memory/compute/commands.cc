#include "core/encode.h"
#include "core/fail.h"
#include "memory/compute/driver.h"

#include <exception>

// Scripts: run by a handler when they are submitted, and told of when they are asked for.
namespace cloudkit::inline v0::memory::compute {
namespace {

// What the service keeps of a text, whole characters only.
bool cut(std::string& text, std::uint64_t most) {
  if (text.size() <= most) return false;
  std::size_t end = static_cast<std::size_t>(most);
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80) --end;
  text.resize(end);
  return true;
}

}  // namespace

void MemoryComputeDriver::after_boot(const std::string& id) {
  MachineCommand command;
  {
    const std::scoped_lock lock(store_.mutex);
    const auto found = store_.machines.find(id);
    if (found == store_.machines.end() || found->second.user_data_ran) return;
    found->second.user_data_ran = true;
    command.machine = describe(found->second);
    command.script = found->second.spec.user_data;
    command.is_user_data = true;
  }
  // What is no script, cloud-init would read: nobody does here.
  if (!command.script.starts_with("#!")) return;
  const auto done = run(std::move(command), std::chrono::seconds(600));
  const std::scoped_lock lock(store_.mutex);
  const auto found = store_.machines.find(id);
  if (found != store_.machines.end()) found->second.console += done ? done->out + done->err : done.error().message;
}

Result<CommandResult> MemoryComputeDriver::run(MachineCommand command, std::chrono::seconds timeout) {
  CommandHandler handler;
  {
    const std::scoped_lock lock(store_.mutex);
    handler = store_.handler;
  }
  if (!handler) return CommandResult();
  const Context whole = command.context;
  command.context = whole.child_with_timeout(store_.options.timeout_second * timeout.count());
  Result<CommandResult> done = CommandResult();
  try {
    done = handler(command);
  } catch (const std::exception& error) {
    done = core::fail(ErrorCode::unknown, std::string("the handler of commands has thrown: ") + error.what());
  } catch (...) {
    done = core::fail(ErrorCode::unknown, "the handler of commands has thrown something that is no std::exception");
  }
  const bool limit_passed = !command.context.check() && whole.check();
  if (limit_passed) {
    CommandResult ended = done ? *std::move(done) : CommandResult();
    ended.timed_out = true;
    done = std::move(ended);
  }
  if (!done) return done;
  const ComputeCapabilities able = capabilities();
  const bool out_cut = cut(done->out, able.max_output);
  const bool err_cut = cut(done->err, able.max_error);
  done->truncated = done->truncated || out_cut || err_cut;
  return done;
}

Result<bool> MemoryComputeDriver::agent_ready(std::string_view id, const Context& context) {
  if (auto begun = begin(context); !begun) return begun.error();
  const std::scoped_lock lock(store_.mutex);
  auto machine = find(id);
  if (!machine) return std::move(machine).error();
  if ((*machine)->info.state != InstanceState::running) return false;
  return !count_down((*machine)->agent_looks);
}

Status MemoryComputeDriver::probe(std::string_view id) {
  const auto ready = agent_ready(id, {});
  if (!ready.has_value()) return ready.error();
  return *ready ? Status() : passing(ErrorCode::unavailable, "connection refused");
}

Result<SubmittedCommand> MemoryComputeDriver::submit_command(std::string_view id, const CommandSpec& spec,
                                                             const Context& context) {
  if (auto begun = begin(context); !begun) return begun.error();
  MachineCommand command;
  {
    const std::scoped_lock lock(store_.mutex);
    auto machine = find(id);
    if (!machine) return std::move(machine).error();
    if ((*machine)->info.state != InstanceState::running || (*machine)->agent_looks > 0) {
      return passing(ErrorCode::unavailable, "the machine's agent is not there");
    }
    command.machine = describe(**machine);
  }
  command.script = spec.script;
  command.context = context;
  auto done = run(std::move(command), spec.timeout);
  if (!done) {
    Error error = std::move(done).error();
    error.may_have_happened = true;
    return error;
  }
  const std::scoped_lock lock(store_.mutex);
  SubmittedCommand submitted;
  submitted.id = store_.next_id("cmd");
  store_.commands.emplace(submitted.id, StoredCommand{std::string(id), *std::move(done), store_.faults.command_looks});
  return submitted;
}

Result<std::optional<CommandResult>> MemoryComputeDriver::poll_command(std::string_view id, std::string_view command,
                                                                       const Context& context) {
  if (auto begun = begin(context); !begun) return begun.error();
  const std::scoped_lock lock(store_.mutex);
  if (count_down(store_.faults.unknown_commands)) {
    return passing(ErrorCode::not_found, "the command is not known yet");
  }
  const auto found = store_.commands.find(command);
  if (found == store_.commands.end() || found->second.machine != id) return no_such("command", command);
  if (count_down(found->second.looks_left)) return std::optional<CommandResult>();
  return std::optional(found->second.result);
}

Status MemoryComputeDriver::cancel_command(std::string_view id, std::string_view command, const Context& context) {
  if (auto begun = begin(context); !begun) return begun;
  const std::scoped_lock lock(store_.mutex);
  const auto found = store_.commands.find(command);
  if (found == store_.commands.end() || found->second.machine != id) return no_such("command", command);
  return {};  // It has ended.
}

}  // namespace cloudkit::inline v0::memory::compute
