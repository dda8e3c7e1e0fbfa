#include <cloudkit/driver/compute.h>

#include "core/fail.h"

// The contract's destructor, one place for its vtable, and what optional operations answer.
namespace cloudkit::inline v0 {
namespace {
Error not_offered(const char* what) {
  return core::unsupported(std::string("this backend of machines does not offer ") + what);
}
}  // namespace

ComputeDriver::~ComputeDriver() = default;

Result<std::string> ComputeDriver::account(const Context&) { return std::string(); }

Result<Instance> ComputeDriver::create(const InstanceSpec&, const Context&) { return not_offered("making machines"); }
Result<Instance> ComputeDriver::destroy(std::string_view, const Context&) { return not_offered("destroying machines"); }
Status ComputeDriver::start(std::string_view, const Context&) { return not_offered("starting machines"); }
Status ComputeDriver::stop(std::string_view, const Context&) { return not_offered("stopping machines"); }
Status ComputeDriver::reboot(std::string_view, const Context&) { return not_offered("rebooting machines"); }

Result<Firewall> ComputeDriver::create_firewall(const FirewallSpec&, const Context&) {
  return not_offered("firewalls");
}
Result<Firewall> ComputeDriver::get_firewall(std::string_view, const Context&) { return not_offered("firewalls"); }
Result<FirewallPage> ComputeDriver::list_firewalls_page(std::string_view, std::string_view, std::string_view,
                                                        const Context&) {
  return not_offered("firewalls");
}
Status ComputeDriver::authorize_rules(std::string_view, const std::vector<FirewallRule>&, const Context&) {
  return not_offered("firewalls");
}
Status ComputeDriver::revoke_rules(std::string_view, const std::vector<FirewallRule>&, const Context&) {
  return not_offered("firewalls");
}
Status ComputeDriver::destroy_firewall(std::string_view, const Context&) { return not_offered("firewalls"); }
Result<bool> ComputeDriver::is_firewall_attached(std::string_view, const Context&) { return false; }

Result<KeyPair> ComputeDriver::import_key(std::string_view, std::string_view, const Context&) {
  return not_offered("key pairs");
}
Result<std::vector<KeyPair>> ComputeDriver::list_keys(const Context&) { return not_offered("key pairs"); }
Status ComputeDriver::destroy_key(std::string_view, const Context&) { return not_offered("key pairs"); }

Result<Image> ComputeDriver::resolve_image(std::string_view, const Context&) { return not_offered("images"); }

Result<bool> ComputeDriver::agent_ready(std::string_view, const Context&) { return not_offered("commands"); }
Result<SubmittedCommand> ComputeDriver::submit_command(std::string_view, const CommandSpec&, const Context&) {
  return not_offered("commands");
}
Result<std::optional<CommandResult>> ComputeDriver::poll_command(std::string_view, std::string_view, const Context&) {
  return not_offered("commands");
}
Status ComputeDriver::cancel_command(std::string_view, std::string_view, const Context&) {
  return not_offered("commands");
}

Status ComputeDriver::put_file(std::string_view, const Source&, const FileTarget&, const Context&) {
  return not_offered("files");
}

Result<std::string> ComputeDriver::console(std::string_view, const Context&) { return not_offered("consoles"); }

Status ComputeDriver::set_tags(std::string_view, const std::map<std::string, std::string>&, const Context&) {
  return not_offered("tags");
}
Status ComputeDriver::remove_tags(std::string_view, const std::vector<std::string>&, const Context&) {
  return not_offered("tags");
}

Result<Volume> ComputeDriver::create_volume(const VolumeSpec&, const Context&) { return not_offered("volumes"); }
Result<Volume> ComputeDriver::get_volume(std::string_view, const Context&) { return not_offered("volumes"); }
Result<VolumePage> ComputeDriver::list_volumes_page(std::string_view, const Context&) { return not_offered("volumes"); }
Status ComputeDriver::attach_volume(std::string_view, std::string_view, std::string_view, const Context&) {
  return not_offered("volumes");
}
Status ComputeDriver::detach_volume(std::string_view, const Context&) { return not_offered("volumes"); }
Status ComputeDriver::destroy_volume(std::string_view, const Context&) { return not_offered("volumes"); }

std::string_view to_string(InstanceState state) noexcept {
  switch (state) {
    case InstanceState::pending: return "pending";
    case InstanceState::running: return "running";
    case InstanceState::stopping: return "stopping";
    case InstanceState::stopped: return "stopped";
    case InstanceState::terminating: return "terminating";
    case InstanceState::terminated: return "terminated";
    case InstanceState::failed: return "failed";
    case InstanceState::unknown: return "unknown";
  }
  return "unknown";
}

std::string_view to_string(Direction direction) noexcept {
  switch (direction) {
    case Direction::inbound: return "inbound";
    case Direction::outbound: return "outbound";
  }
  return "unknown";
}

std::string_view to_string(Protocol protocol) noexcept {
  switch (protocol) {
    case Protocol::tcp: return "tcp";
    case Protocol::udp: return "udp";
    case Protocol::icmp: return "icmp";
    case Protocol::all: return "all";
  }
  return "unknown";
}

std::string_view to_string(VolumeState state) noexcept {
  switch (state) {
    case VolumeState::creating: return "creating";
    case VolumeState::available: return "available";
    case VolumeState::in_use: return "in_use";
    case VolumeState::deleting: return "deleting";
    case VolumeState::deleted: return "deleted";
    case VolumeState::failed: return "failed";
    case VolumeState::unknown: return "unknown";
  }
  return "unknown";
}

}  // namespace cloudkit::inline v0
