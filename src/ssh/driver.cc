#include "ssh/driver.h"

#include "core/address.h"
#include "core/compute_rules.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/local_source.h"
#include "core/log.h"
#include "core/random.h"
#include "core/source_chunks.h"
#include "core/threads.h"
#include "core/whole_file.h"
#include "crypto/digest.h"
#include "ssh/command_line.h"
#include "ssh/remote_shell.h"
#include "ssh/session.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

namespace cloudkit::inline v0::ssh {
namespace {

constexpr std::size_t kMaxInventory = std::size_t{16} << 20;
constexpr std::size_t kAskedAtOnce = 16;
constexpr std::size_t kMarkBytes = 16;
// Of Linux, or of the BSDs and macOS.
constexpr std::string_view kBootId =
    "cat /proc/sys/kernel/random/boot_id 2>/dev/null || sysctl -n kern.boottime 2>/dev/null || true";
constexpr std::chrono::seconds kAskLimit{10};

// What a private network has, or this machine: https://www.rfc-editor.org/rfc/rfc1918#section-3,
// https://www.rfc-editor.org/rfc/rfc4193
bool is_private(const std::vector<unsigned char>& address) {
  if (address.size() == 16)
    return (address[0] & 0xFE) == 0xFC || (address[0] == 0xFE && (address[1] & 0xC0) == 0x80) ||
           address == std::vector<unsigned char>{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  return address[0] == 10 || address[0] == 127 || (address[0] == 172 && (address[1] & 0xF0) == 16) ||
         (address[0] == 192 && address[1] == 168) || (address[0] == 169 && address[1] == 254);
}

Instance describe(const InventoryHost& host) {
  Instance instance;
  instance.id = host.name;
  instance.name = host.name;
  instance.state_reason = "nobody has asked it";
  const auto address = core::address_bytes(host.address);
  std::string& place = address.empty()       ? instance.dns_name
                       : is_private(address) ? instance.private_ip
                                             : instance.public_ip;
  place = host.address;
  for (const std::string& group : host.groups) instance.tags["group:" + group] = "";
  return instance;
}

Result<std::string> digest_of(const Source& source, const Context& context) {
  crypto::Sha256 digest;
  const Status read = core::read_source(source, context, [&](Bytes piece) {
    digest.update(piece.view());
    return Status();
  });
  if (!read) return read.error();
  return core::hex_encode(digest.finish());
}

// The host's own words, in English since its locale is C.
Error file_failure(const CommandResult& result, const FileTarget& target) {
  const auto says = [&](std::string_view words) { return result.err.find(words) != std::string::npos; };
  const std::string path = core::printable_excerpt(target.path, 200);
  const std::string words = core::printable_excerpt(core::trim(result.err), 200);
  switch (result.exit_code) {
    case is_directory: return core::invalid_argument(path + " is a directory there");
    case is_incomplete:
    case is_damaged:
      if (!says("No space left"))
        return core::fail(ErrorCode::data_loss, "what arrived on the host is not what was sent");
      [[fallthrough]];
    default: break;
  }
  if (says("ermission denied") || says("not permitted") || says("Read-only")) {
    return core::fail(ErrorCode::permission_denied, fmt::format("the host may not write {}: {}", path, words));
  }
  if (says("No such file") || says("nonexistent")) {
    return core::invalid_argument(fmt::format("the directory of {} does not exist there", path),
                                  "make it first: run mkdir -p");
  }
  return core::fail(ErrorCode::io, fmt::format("the host could not write {}: {}", path, words));
}

// Where Ansible finds more of what counts for a host.
void warn_of_more(const std::string& file) {
  const std::string directory = file.substr(0, file.rfind('/') + 1);
  for (const char* name : {"group_vars", "host_vars"}) {
    std::error_code ignored;
    if (!std::filesystem::exists(directory + name, ignored)) continue;
    core::log(LogLevel::warn, "variables beside an inventory are not read", {{"path", directory + name}});
  }
}

Result<CommandResult> run_script(Connections& connections, const InventoryHost& host, std::string_view script,
                                 std::chrono::milliseconds limit, const Context& context) {
  Session session;
  session.mark = core::random_hex(kMarkBytes);
  session.command = command_line_of_script(session.mark, script.size());
  session.keeps_input_open = true;
  session.limit = limit;
  const std::string text = input_of_script(session.mark, script);
  return run_session(connections, host, session, core::BytesSource(Bytes(text)), context);
}

}  // namespace

SshDriver::SshDriver(std::string url, InventoryHost host, ConnectionOptions options)
    : url_(std::move(url)),
      connections_(std::move(options)),
      hosts_(std::make_shared<Inventory>(Inventory{{std::move(host)}, {}})) {}

SshDriver::SshDriver(std::string url, InventoryOptions options)
    : url_(std::move(url)), inventory_(options), connections_(std::move(options.connection)) {}

ComputeCapabilities SshDriver::capabilities() const {
  ComputeCapabilities capabilities;
  capabilities.commands = true;
  capabilities.files = true;
  capabilities.agent = true;
  capabilities.read_after_write = true;
  capabilities.max_output = connections_.options().max_output;
  capabilities.max_error = connections_.options().max_output;
  return capabilities;
}

Result<Instance> SshDriver::get(std::string_view id, const Context& context) {
  auto host = find(id);
  if (!host) return std::move(host).error();
  return ask(*host, context);
}

Result<InstancePage> SshDriver::list_page(const InstanceFilter& filter, std::string_view, const Context& context) {
  if (auto status = context.check(); !status) return std::move(status).error();
  const auto all = hosts();
  if (!all) return all.error();
  InstanceFilter without_states = filter;
  without_states.states.clear();
  std::vector<InventoryHost> chosen;
  InstancePage page;
  for (const InventoryHost& host : (*all)->hosts) {
    Instance instance = describe(host);
    if (!core::matches(without_states, instance)) continue;
    chosen.push_back(host);
    page.instances.push_back(std::move(instance));
  }
  if (filter.states.empty()) return page;
  ask_all(chosen, page.instances, context);
  if (auto status = context.check(); !status) return std::move(status).error();
  std::erase_if(page.instances, [&](const Instance& instance) { return !core::matches(filter, instance); });
  return page;
}

Result<bool> SshDriver::agent_ready(std::string_view id, const Context& context) {
  auto host = find(id);
  if (!host) return std::move(host).error();
  auto result = run_script(connections_, *host, "", kAskLimit, context);
  if (!result) return std::move(result).error();
  return !result->timed_out;
}

Result<SubmittedCommand> SshDriver::submit_command(std::string_view id, const CommandSpec& command,
                                                   const Context& context) {
  auto host = find(id);
  if (!host) return std::move(host).error();
  if (command.script.find('\0') != std::string::npos) {
    return core::invalid_argument("the script holds a NUL byte, at which a shell ends");
  }
  auto result = run_script(connections_, *host, command.script, command.timeout, context);
  if (!result) return std::move(result).error();
  SubmittedCommand submitted;
  submitted.result = *std::move(result);
  return submitted;
}

Status SshDriver::put_file(std::string_view id, const Source& source, const FileTarget& target,
                           const Context& context) {
  auto host = find(id);
  if (!host) return std::move(host).error();
  if (!target.path.starts_with('/') || target.path.ends_with('/') || core::has_control_character(target.path)) {
    return core::invalid_argument("the path on the host is no absolute one, or holds a control character");
  }
  auto digest = digest_of(source, context);
  if (!digest) return std::move(digest).error();
  Session session;
  session.mark = core::random_hex(kMarkBytes);
  session.command = command_line_of_file(session.mark, target, source.size(), *digest);
  auto result = run_session(connections_, *host, session, source, context);
  if (!result) return std::move(result).error();
  return result->exit_code == 0 ? Status() : file_failure(*result, target);
}

Result<SshDriver::Hosts> SshDriver::hosts() {
  const std::scoped_lock lock(mutex_);
  if (hosts_ == nullptr) {
    auto read = read_inventory();
    if (!read) return std::move(read).error();
    hosts_ = *std::move(read);
  }
  return hosts_;
}

Result<SshDriver::Hosts> SshDriver::read_inventory() const {
  const auto text = core::read_whole_file(inventory_.file, kMaxInventory);
  if (!text) return text.error();
  if (!text->has_value()) {
    return core::fail(ErrorCode::not_found, fmt::format("there is no inventory {}", inventory_.file));
  }
  warn_of_more(inventory_.file);
  auto inventory = parse_inventory(**text, inventory_.file);
  if (!inventory) return std::move(inventory).error();
  const std::string& group = inventory_.group;
  if (!group.empty() && std::count(inventory->groups.begin(), inventory->groups.end(), group) == 0) {
    return core::fail(ErrorCode::not_found, fmt::format("{} has no group \"{}\"", inventory_.file, group),
                      fmt::format("known are: {}", fmt::join(inventory->groups, ", ")));
  }
  std::erase_if(inventory->hosts, [&](const InventoryHost& host) {
    return !group.empty() && group != "all" && std::count(host.groups.begin(), host.groups.end(), group) == 0;
  });
  for (InventoryHost& host : inventory->hosts) {
    if (host.user.empty()) host.user = inventory_.user;
    host.key = with_home(host.key);
  }
  return std::make_shared<const Inventory>(*std::move(inventory));
}

Result<InventoryHost> SshDriver::find(std::string_view id) {
  const auto all = hosts();
  if (!all) return all.error();
  std::string names;
  for (const InventoryHost& host : (*all)->hosts) {
    if (host.name == id) return host;
    if (names.size() < 200) core::append_listed(names, host.name);
  }
  return core::fail(ErrorCode::not_found, "there is no such host", names.empty() ? "" : "known are: " + names);
}

Result<Instance> SshDriver::ask(const InventoryHost& host, const Context& context) {
  Instance instance = describe(host);
  auto result = run_script(connections_, host, kBootId, kAskLimit, context);
  if (auto status = context.check(); !status) return std::move(status).error();
  if (!result && result.error().code != ErrorCode::unavailable) return std::move(result).error();
  if (!result) {
    instance.state_reason = result.error().message;
    return instance;
  }
  instance.state = InstanceState::running;
  instance.state_reason.clear();
  instance.boot_id = core::printable_excerpt(core::trim(result->out), 100);
  return instance;
}

void SshDriver::ask_all(const std::vector<InventoryHost>& hosts, std::vector<Instance>& instances,
                        const Context& context) {
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < hosts.size(); i = next++) {
      auto asked = ask(hosts[i], context);
      if (asked) {
        instances[i] = *std::move(asked);
      } else {
        instances[i].state_reason = asked.error().message;
      }
    }
  };
  core::run_on_threads(std::min(kAskedAtOnce, hosts.size()), work);
}

}  // namespace cloudkit::inline v0::ssh
