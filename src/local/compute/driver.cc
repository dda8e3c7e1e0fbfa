#include "local/compute/driver.h"

#include "core/compute_rules.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/random.h"
#include "crypto/digest.h"
#include "local/compute/supervisor/protocol.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

// Making and finding machines. Turning them on and off: driver_power.cc.
namespace cloudkit::inline v0::local::compute {
namespace {

constexpr std::size_t kPageSize = 100;
// EC2's, so that what runs here runs there.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-add-user-data.html
constexpr std::uint64_t kMaxUserData = 16384;
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions
constexpr int kMaxTags = 50;

constexpr std::string_view kHost = "host";
constexpr std::array<std::string_view, 6> kAliases = {kHost,       "al2023",       "debian-12",
                                                      "debian-13", "ubuntu-22.04", "ubuntu-24.04"};

constexpr std::string_view kGzip = "\x1f\x8b";
constexpr const char* kScriptHint =
    "user data here is a script, \"#!/bin/sh …\": CloudInit::script({.prefix = \".\"}) makes one of the same steps";

Status check_user_data(std::string_view text) {
  if (text.empty() || text.starts_with("#!")) return {};
  if (text.starts_with("#cloud-config")) {
    return core::unsupported("machines on this computer have no cloud-init, which \"#cloud-config\" needs",
                             kScriptHint);
  }
  if (text.starts_with(kGzip)) {
    return core::unsupported("machines on this computer do not unpack user data", kScriptHint);
  }
  return core::invalid_argument("the user data begins with neither \"#!\" nor \"#cloud-config\"", kScriptHint);
}

// Who asks for nothing special is not shown what is remembered for repeated calls only.
bool asks_for_gone(const InstanceFilter& filter) {
  return !filter.ids.empty() || !filter.token.empty() ||
         std::find(filter.states.begin(), filter.states.end(), InstanceState::terminated) != filter.states.end();
}

std::string architecture() {
  struct utsname system{};
  if (::uname(&system) != 0) return {};
  const std::string machine = system.machine;
  return machine == "aarch64" ? "arm64" : machine;
}

// Destroyed by nobody.
bool is_discarded(const Machine& machine) {
  return !machine.gone && machine.record.power == Power::destroyed && machine.record.destroyed == core::TimePoint();
}

Error still_discarded(const std::string& id) {
  Error error = core::fail(ErrorCode::unavailable, fmt::format("{}, which did not start, is still being removed", id));
  error.retryable = true;
  return error;
}

MachineRecord record_of(const InstanceSpec& spec) {
  MachineRecord record;
  record.spec = spec;
  record.spec.user_data.clear();
  record.user_data_digest = core::hex_encode(crypto::sha256(spec.user_data));
  record.tags = spec.tags;
  return record;
}

}  // namespace

ComputeCapabilities LocalComputeDriver::capabilities() const {
  ComputeCapabilities capabilities;
  capabilities.create = true;
  capabilities.power = true;
  capabilities.firewalls = true;
  capabilities.keys = true;
  capabilities.image_aliases = true;
  capabilities.user_data = true;
  capabilities.commands = true;
  capabilities.files = true;
  capabilities.console = true;
  capabilities.tags = true;
  capabilities.agent = true;
  capabilities.read_after_write = true;
  capabilities.max_user_data = kMaxUserData;
  capabilities.max_output = options_.max_output;
  capabilities.max_error = options_.max_output;
  capabilities.max_tags = kMaxTags;
  return capabilities;
}

std::string LocalComputeDriver::url() const { return "local://" + store_.directory(); }

Status LocalComputeDriver::check_spec(const InstanceSpec& spec) const {
  if (auto status = check_user_data(spec.user_data); !status) return status;
  if (!spec.identity.empty()) {
    return core::unsupported("machines on this computer have no identity", "give their programs credentials yourself");
  }
  if (!spec.subnet.empty()) return core::fail(ErrorCode::not_found, "there are no subnets on this computer");
  if (!spec.zone.empty() && spec.zone != "local") {
    return core::invalid_argument("the only zone of this computer is \"local\"");
  }
  return {};
}

Result<Instance> LocalComputeDriver::create(const InstanceSpec& spec, const Context& context) {
  if (auto status = check_spec(spec); !status) return std::move(status).error();
  auto image = resolve_image(spec.image, context);
  if (!image) return std::move(image).error();
  MachineRecord record = record_of(spec);
  record.spec.image = image->id;

  const auto lock = store_.begin_change(context);
  if (!lock) return lock.error();
  const auto machines = store_.all();
  if (!machines) return machines.error();
  for (const Machine& machine : *machines) {
    if (spec.token.empty() || machine.record.spec.token != spec.token) continue;
    if (!is_discarded(machine)) return repeat(machine, record, context);
    // Not started, and so taken away again.
    if (find(machine.record.id, context)) return still_discarded(machine.record.id);
  }
  for (const std::string& firewall : spec.firewalls) {
    if (const auto found = read_firewall(firewall); !found) return found.error();
  }
  if (!spec.key.empty()) {
    const auto keys = list_keys(context);
    if (!keys) return keys.error();
    const bool known =
        std::any_of(keys->begin(), keys->end(), [&](const KeyPair& key) { return key.name == spec.key; });
    if (!known) {
      return core::fail(ErrorCode::not_found,
                        fmt::format("there is no key \"{}\"", core::printable_excerpt(spec.key, 80)));
    }
  }
  record.created = std::chrono::system_clock::now();
  record.id = MachineStore::make_id(record.created);
  record.boot_id = core::random_hex(kBootIdSize / 2);
  record.asked = record.created;
  record.starter = core::identify_process(::getpid()).value_or(core::ProcessIdentity());
  if (auto status = store_.add(record, spec.user_data); !status) return std::move(status).error();
  if (auto status = boot(record, context); !status) {
    discard(std::move(record));
    return std::move(status).error();
  }
  return get(record.id, context);
}

Result<Instance> LocalComputeDriver::repeat(const Machine& machine, const MachineRecord& wanted,
                                            const Context& context) {
  const std::string& id = machine.record.id;
  if (machine.gone || machine.record.power == Power::destroyed) {
    return core::fail(ErrorCode::conflict, fmt::format("the token is that of {}, which was destroyed", id),
                      "make a new machine with a new token");
  }
  if (!same_request(machine.record, wanted)) {
    return core::fail(ErrorCode::conflict, fmt::format("the token is that of {}, which was made with other values", id),
                      "repeat the same values, or make another machine with a new token");
  }
  // Whoever made it ended before it was started.
  if (!machine.status && machine.record.power == Power::on && !machine.alive) {
    if (auto status = boot(machine.record, context); !status) return std::move(status).error();
  }
  return get(id, context);
}

Result<Machine> LocalComputeDriver::find(std::string_view id, const Context& context) const {
  if (auto status = context.check(); !status) return std::move(status).error();
  auto machine = store_.find(id);
  if (!machine || machine->gone || machine->record.power == Power::on) return machine;
  // What was begun by a program that ended before it had said so to the machine.
  if (machine->alive) {
    // Who only looks is told what there is, also when nothing comes of that.
    const Status told = insist(*machine, context);
    if (!told && told.error().code != ErrorCode::unavailable) return told.error();
    return machine;
  }
  if (machine->record.power == Power::off) return machine;
  if (auto status = store_.finish_removal(*machine); !status) return std::move(status).error();
  return store_.find(id);
}

Result<Instance> LocalComputeDriver::get(std::string_view id, const Context& context) {
  const auto machine = find(id, context);
  if (!machine) return machine.error();
  if (machine->gone) store_.empty_trash(context);
  return machine->instance();
}

Result<InstancePage> LocalComputeDriver::list_page(const InstanceFilter& filter, std::string_view page_token,
                                                   const Context& context) {
  if (auto status = context.check(); !status) return std::move(status).error();
  const auto machines = store_.all();
  if (!machines) return machines.error();
  InstancePage page;
  for (const Machine& machine : *machines) {
    if (machine.record.id <= page_token || (machine.gone && !asks_for_gone(filter))) continue;
    Instance instance = machine.instance();
    if (!core::matches(filter, instance)) continue;
    if (page.instances.size() == kPageSize) {
      page.next_page_token = page.instances.back().id;
      break;
    }
    page.instances.push_back(std::move(instance));
  }
  return page;
}

Result<Image> LocalComputeDriver::resolve_image(std::string_view image, const Context&) {
  if (std::find(kAliases.begin(), kAliases.end(), image) == kAliases.end()) {
    return core::invalid_argument(
        fmt::format("there is no image \"{}\" on this computer", core::printable_excerpt(image, 80)),
        fmt::format("known are {}: all of them are this computer as it is", fmt::join(kAliases, ", ")));
  }
  return Image{std::string(kHost), std::string(image), architecture()};
}

Status LocalComputeDriver::change_tags(std::string_view id, const Context& context,
                                       const std::function<void(std::map<std::string, std::string>&)>& apply) {
  const auto lock = store_.begin_change(context);
  if (!lock) return lock.error();
  if (auto firewall = read_firewall(id)) {
    apply(firewall->tags);
    return write_firewall(*firewall);
  }
  auto machine = find(id, context);
  if (!machine) return machine.error();
  if (machine->gone) return no_such_machine(id);
  apply(machine->record.tags);
  if (machine->record.tags.size() > kMaxTags) {
    return core::invalid_argument(fmt::format("a machine has at most {} tags", kMaxTags));
  }
  return store_.write(machine->record);
}

Status LocalComputeDriver::set_tags(std::string_view id, const std::map<std::string, std::string>& tags,
                                    const Context& context) {
  return change_tags(id, context, [&](auto& all) {
    for (const auto& [key, value] : tags) all.insert_or_assign(key, value);
  });
}

Status LocalComputeDriver::remove_tags(std::string_view id, const std::vector<std::string>& keys,
                                       const Context& context) {
  return change_tags(id, context, [&](auto& all) {
    for (const std::string& key : keys) all.erase(key);
  });
}

}  // namespace cloudkit::inline v0::local::compute
