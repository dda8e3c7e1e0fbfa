#include "memory/compute/life.h"

#include "core/fail.h"
#include "core/random.h"

#include <fmt/format.h>

#include <array>

namespace cloudkit::inline v0::memory::compute {
namespace {

using enum InstanceState;

struct Transition {
  Event event;
  InstanceState from;
  InstanceState to;
};

// What is not here is refused; what leads nowhere is success all the same. As EC2's:
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html
constexpr std::array kCalls = {
    Transition{Event::start, stopped, pending},           Transition{Event::start, running, running},
    Transition{Event::start, pending, pending},           Transition{Event::stop, running, stopping},
    Transition{Event::stop, stopping, stopping},          Transition{Event::stop, stopped, stopped},
    Transition{Event::reboot, running, running},          Transition{Event::destroy, pending, terminating},
    Transition{Event::destroy, running, terminating},     Transition{Event::destroy, stopping, terminating},
    Transition{Event::destroy, stopped, terminating},     Transition{Event::destroy, failed, terminating},
    Transition{Event::destroy, terminating, terminating}, Transition{Event::destroy, terminated, terminated},
};

// What comes by itself.
constexpr std::array kPassages = {
    Transition{Event::look, pending, running},
    Transition{Event::look, stopping, stopped},
    Transition{Event::look, terminating, terminated},
};

template <std::size_t count>
const Transition* find(const std::array<Transition, count>& table, Event event, InstanceState from) {
  for (const Transition& transition : table) {
    if (transition.event == event && transition.from == from) return &transition;
  }
  return nullptr;
}

std::string_view name_of(Event event) {
  switch (event) {
    case Event::start: return "started";
    case Event::stop: return "stopped";
    case Event::reboot: return "rebooted";
    case Event::destroy: return "destroyed";
    case Event::look: break;
  }
  return "looked at";
}

int looks_of(const ComputeFaults& faults, InstanceState state) {
  switch (state) {
    case pending: return faults.pending_looks;
    case stopping: return faults.stopping_looks;
    case terminating: return faults.terminating_looks;
    default: return 0;
  }
}

void enter(ComputeStore& store, StoredMachine& machine, InstanceState state) {
  machine.info.state = state;
  machine.looks_left = looks_of(store.faults, state);
  machine.info.state_reason = state == stopped || state == terminated ? "by its user" : "";
  if (state == terminated) machine.ended = store.now();
}

void boot(ComputeStore& store, StoredMachine& machine) {
  machine.info.boot_id = core::random_hex(8);
  machine.agent_looks = store.faults.agent_looks;
  machine.console += fmt::format("{} boots as {}\n", machine.info.name, machine.info.boot_id);
}

}  // namespace

Status check_event(InstanceState state, Event event) {
  if (find(kCalls, event, state) != nullptr) return {};
  return core::fail(ErrorCode::conflict,
                    fmt::format("a machine that is {} cannot be {}", to_string(state), name_of(event)));
}

bool apply(ComputeStore& store, StoredMachine& machine, Event event) {
  if (event == Event::look) {
    const Transition* passage = find(kPassages, event, machine.info.state);
    if (passage == nullptr || count_down(machine.looks_left)) return false;
    enter(store, machine, passage->to);
    if (passage->to == running) boot(store, machine);
    return passage->to == running;
  }
  const Transition* call = find(kCalls, event, machine.info.state);
  if (call == nullptr) return false;
  if (event == Event::reboot) boot(store, machine);
  if (call->to != machine.info.state) enter(store, machine, call->to);
  return event == Event::reboot;
}

Instance describe(const StoredMachine& machine) {
  Instance info = machine.info;
  if (info.state == terminated) {
    info.firewalls.clear();
    return info;
  }
  info.private_ip = fmt::format("10.0.{}.{}", machine.number / 250 % 250, machine.number % 250 + 1);
  if (info.state == running && machine.spec.public_ip.value_or(true)) {
    // Of documentation: https://www.rfc-editor.org/rfc/rfc5737
    info.public_ip = fmt::format("203.0.113.{}", machine.number % 250 + 1);
  }
  return info;
}

}  // namespace cloudkit::inline v0::memory::compute
