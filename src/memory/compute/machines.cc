#include "core/compute_rules.h"
#include "core/encode.h"
#include "core/fail.h"
#include "memory/compute/driver.h"
#include "memory/compute/life.h"

#include <fmt/format.h>

#include <algorithm>

// Machines themselves: made, looked at, started, stopped, destroyed.
namespace cloudkit::inline v0::memory::compute {
namespace {

// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/terminating-instances.html
constexpr std::chrono::hours kListedWhenGone{1};
// As EC2's: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html, …/Using_Tags.html#tag-restrictions
constexpr std::uint64_t kUserData = std::uint64_t{16} << 10;
constexpr int kTags = 50;
// As Systems Manager's: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetCommandInvocation.html
constexpr std::uint64_t kOutput = 24'000;
constexpr std::uint64_t kErrors = 8'000;
constexpr std::uint64_t kScript = std::uint64_t{64} << 10;

bool is_live(const StoredMachine& machine) { return !core::is_gone(machine.info.state); }

}  // namespace

ComputeStore::ComputeStore(const MemoryComputeOptions& given) : options(given) {
  for (const std::string& network : options.networks) {
    StoredFirewall firewall;
    firewall.info.id = next_id("sg");
    firewall.info.name = "default";
    firewall.info.network = network;
    FirewallRule among_themselves;
    among_themselves.protocol = Protocol::all;
    among_themselves.peer_firewall = firewall.info.id;
    FirewallRule out;
    out.direction = Direction::outbound;
    out.protocol = Protocol::all;
    out.cidrs = {"0.0.0.0/0"};
    firewall.info.rules = {among_themselves, out};
    firewalls.emplace(firewall.info.id, firewall);
  }
}

std::string ComputeStore::next_id(std::string_view prefix) { return fmt::format("{}-{:08x}", prefix, ++last_number); }

Error no_such(std::string_view what, std::string_view id) {
  return core::fail(ErrorCode::not_found, fmt::format("there is no {} {}", what, core::printable_excerpt(id, 170)));
}

Error passing(ErrorCode code, std::string message) {
  Error error = core::fail(code, std::move(message));
  error.retryable = true;
  return error;
}

ComputeCapabilities MemoryComputeDriver::capabilities() const {
  ComputeCapabilities able;
  able.create = able.power = able.firewalls = able.keys = able.image_aliases = able.user_data = able.commands =
      able.console = able.tags = able.volumes = able.agent = true;
  const std::scoped_lock lock(store_.mutex);
  able.read_after_write = store_.faults.late_looks == 0;
  able.max_user_data = kUserData;
  able.max_script = kScript;
  able.max_output = kOutput;
  able.max_error = kErrors;
  able.max_tags = kTags;
  return able;
}

Status MemoryComputeDriver::begin(const Context& context) {
  if (auto going = context.check(); !going) return going;
  const std::scoped_lock lock(store_.mutex);
  ++store_.calls;
  const auto forgotten = std::erase_if(store_.machines, [&](const auto& entry) {
    const StoredMachine& machine = entry.second;
    return machine.info.state == InstanceState::terminated && store_.now() - machine.ended >= kListedWhenGone;
  });
  if (forgotten > 0) {
    std::erase_if(store_.commands, [&](const auto& entry) { return !store_.machines.contains(entry.second.machine); });
  }
  if (count_down(store_.faults.throttled_calls)) return passing(ErrorCode::throttled, "too many calls at once");
  return {};
}

Result<StoredMachine*> MemoryComputeDriver::find(std::string_view id) {
  const auto found = store_.machines.find(id);
  if (found == store_.machines.end() || count_down(found->second.late_looks)) return no_such("machine", id);
  return &found->second;
}

Result<Instance> MemoryComputeDriver::get(std::string_view id, const Context& context) {
  if (auto begun = begin(context); !begun) return begun.error();
  bool booted = false;
  {
    const std::scoped_lock lock(store_.mutex);
    auto machine = find(id);
    if (!machine) return std::move(machine).error();
    booted = apply(store_, **machine, Event::look);
  }
  if (booted) after_boot(std::string(id));
  const std::scoped_lock lock(store_.mutex);
  auto machine = find(id);
  if (!machine) return std::move(machine).error();
  return describe(**machine);
}

Result<InstancePage> MemoryComputeDriver::list_page(const InstanceFilter& filter, std::string_view page_token,
                                                    const Context& context) {
  if (auto begun = begin(context); !begun) return begun.error();
  InstancePage page;
  std::vector<std::string> booted;
  {
    const std::scoped_lock lock(store_.mutex);
    std::size_t looked_at = 0;
    auto next = store_.machines.upper_bound(page_token);
    // As EC2's, a page is full of what was looked at: the filter may leave it empty.
    for (; next != store_.machines.end() && looked_at < store_.page_size(); ++next, ++looked_at) {
      page.next_page_token = next->first;
      if (count_down(next->second.late_looks)) continue;
      if (apply(store_, next->second, Event::look)) booted.push_back(next->first);
      const Instance instance = describe(next->second);
      if (core::matches(filter, instance)) page.instances.push_back(instance);
    }
    if (next == store_.machines.end()) page.next_page_token.clear();
  }
  for (const std::string& id : booted) after_boot(id);
  return page;
}

Status MemoryComputeDriver::check_creation(const InstanceSpec& spec) {
  const auto is_image = [&](const auto& image) { return image.second == spec.image; };
  if (std::none_of(store_.options.images.begin(), store_.options.images.end(), is_image)) {
    return no_such("image", spec.image);
  }
  if (!spec.key.empty() && !store_.keys.contains(spec.key)) return no_such("key pair", spec.key);
  for (const std::string& firewall : spec.firewalls) {
    const auto found = store_.firewalls.find(firewall);
    if (found == store_.firewalls.end() || count_down(found->second.late_looks)) {
      Error error = no_such("firewall", firewall);
      error.retryable = found != store_.firewalls.end();
      return error;
    }
  }
  const auto& zones = store_.options.zones;
  if (!spec.zone.empty() && std::find(zones.begin(), zones.end(), spec.zone) == zones.end()) {
    return no_such("zone", spec.zone);
  }
  if (!spec.identity.empty() && count_down(store_.faults.unknown_identities)) {
    return passing(ErrorCode::not_found, "the identity is not known yet");
  }
  const auto live = std::count_if(store_.machines.begin(), store_.machines.end(),
                                  [](const auto& entry) { return is_live(entry.second); });
  if (store_.faults.capacity && live >= *store_.faults.capacity) {
    return core::fail(ErrorCode::unavailable, fmt::format("there is no room for a {}", spec.type),
                      "try another zone or type, or try later");
  }
  return {};
}

Result<Instance> MemoryComputeDriver::create(const InstanceSpec& spec, const Context& context) {
  if (auto begun = begin(context); !begun) return begun.error();
  const std::scoped_lock lock(store_.mutex);
  for (const auto& [id, machine] : store_.machines) {
    if (machine.spec.token != spec.token) continue;
    if (!(machine.spec == spec)) {
      return core::fail(ErrorCode::conflict, "the token was used with other values",
                        "take a new token for other values");
    }
    if (!is_live(machine)) return core::fail(ErrorCode::conflict, "the token's machine is gone", "take a new token");
    return describe(machine);
  }
  if (auto possible = check_creation(spec); !possible) return possible.error();
  StoredMachine machine;
  machine.spec = spec;
  machine.number = ++store_.last_number;
  Instance& info = machine.info;
  info.id = store_.next_id("i");
  info.name = spec.name;
  info.state = InstanceState::pending;
  info.image = spec.image;
  info.type = spec.type;
  info.zone = spec.zone.empty() ? store_.options.zones.front() : spec.zone;
  info.firewalls = spec.firewalls;
  if (info.firewalls.empty()) info.firewalls = {store_.firewalls.begin()->first};
  info.key = spec.key;
  info.tags = spec.tags;
  info.token = spec.token;
  info.created = store_.now();
  machine.late_looks = store_.faults.late_looks;
  machine.looks_left = store_.faults.pending_looks;
  Instance described = describe(machine);
  store_.machines.emplace(described.id, std::move(machine));
  return described;
}

Status MemoryComputeDriver::change_power(std::string_view id, Event event, const Context& context) {
  if (auto begun = begin(context); !begun) return begun;
  bool booted = false;
  {
    const std::scoped_lock lock(store_.mutex);
    auto machine = find(id);
    if (!machine) return std::move(machine).error();
    if (auto allowed = check_event((*machine)->info.state, event); !allowed) return allowed;
    booted = apply(store_, **machine, event);
  }
  if (booted) after_boot(std::string(id));
  return {};
}

Status MemoryComputeDriver::start(std::string_view id, const Context& context) {
  return change_power(id, Event::start, context);
}

Status MemoryComputeDriver::stop(std::string_view id, const Context& context) {
  return change_power(id, Event::stop, context);
}

Status MemoryComputeDriver::reboot(std::string_view id, const Context& context) {
  return change_power(id, Event::reboot, context);
}

Result<Instance> MemoryComputeDriver::destroy(std::string_view id, const Context& context) {
  if (auto changed = change_power(id, Event::destroy, context); !changed) return changed.error();
  const std::scoped_lock lock(store_.mutex);
  for (auto& [volume_id, volume] : store_.volumes) {
    if (volume.info.instance != id) continue;
    volume.info.instance.clear();
    volume.info.device.clear();
    volume.info.state = VolumeState::available;
  }
  auto machine = find(id);
  if (!machine) return std::move(machine).error();
  return describe(**machine);
}

Result<std::string> MemoryComputeDriver::console(std::string_view id, const Context& context) {
  if (auto begun = begin(context); !begun) return begun.error();
  const std::scoped_lock lock(store_.mutex);
  auto machine = find(id);
  if (!machine) return std::move(machine).error();
  return (*machine)->console;
}

// Of a machine or a firewall.
Result<std::map<std::string, std::string>*> MemoryComputeDriver::tags_of(std::string_view id) {
  if (auto firewall = find_firewall(id)) return &(*firewall)->info.tags;
  auto machine = find(id);
  if (!machine) return std::move(machine).error();
  return &(*machine)->info.tags;
}

Status MemoryComputeDriver::set_tags(std::string_view id, const std::map<std::string, std::string>& tags,
                                     const Context& context) {
  if (auto begun = begin(context); !begun) return begun;
  const std::scoped_lock lock(store_.mutex);
  auto tagged = tags_of(id);
  if (!tagged) return std::move(tagged).error();
  auto merged = **tagged;
  for (const auto& [name, value] : tags) merged.insert_or_assign(name, value);
  if (merged.size() > static_cast<std::size_t>(kTags)) {
    return core::invalid_argument(fmt::format("{} tags are more than {}", merged.size(), kTags));
  }
  **tagged = std::move(merged);
  return {};
}

Status MemoryComputeDriver::remove_tags(std::string_view id, const std::vector<std::string>& keys,
                                        const Context& context) {
  if (auto begun = begin(context); !begun) return begun;
  const std::scoped_lock lock(store_.mutex);
  auto tagged = tags_of(id);
  if (!tagged) return std::move(tagged).error();
  for (const std::string& key : keys) (*tagged)->erase(key);
  return {};
}

}  // namespace cloudkit::inline v0::memory::compute
