#include "core/fail.h"
#include "core/random.h"
#include "local/compute/driver.h"
#include "local/compute/leftovers.h"
#include "local/compute/supervision.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

namespace cloudkit::inline v0::local::compute {
namespace {

Error wrong_state(const Machine& machine, const char* wanted) {
  return core::fail(ErrorCode::conflict, fmt::format("the machine is {}, not {}", to_string(machine.state()), wanted));
}

bool is_destroyed(const Machine& machine) { return machine.gone || machine.record.power == Power::destroyed; }

using std::chrono::milliseconds;

// To take away again what could not be started.
constexpr std::chrono::seconds kDiscardTime{5};
// From the moment at which a supervisor takes no orders any more until it has ended, on a busy computer.
constexpr milliseconds kLongestEnd{2000};
constexpr milliseconds kLookAgain{5};

std::array<char, kBootIdSize> as_array(std::string_view boot_id) {
  std::array<char, kBootIdSize> array = {};
  std::copy_n(boot_id.begin(), std::min(boot_id.size(), array.size()), array.begin());
  return array;
}

std::array<char, kBootIdSize> boot_of(const Machine& machine) {
  return as_array(machine.status ? machine.status->boot_id : std::string());
}

}  // namespace

Status LocalComputeDriver::boot(const MachineRecord& record, const Context& context) const {
  const Status started = start_supervisor(store_, record, options_.stop_grace, context);
  // Somebody who was ended meanwhile started it.
  return started || started.error().code == ErrorCode::conflict ? Status() : started;
}

Status LocalComputeDriver::start(std::string_view id, const Context& context) {
  const auto lock = store_.begin_change(context);
  if (!lock) return lock.error();
  auto machine = find(id, context);
  if (!machine) return machine.error();
  if (!is_destroyed(*machine) && machine->alive && machine->record.power == Power::on) return {};
  if (is_destroyed(*machine) || machine->alive) return wrong_state(*machine, "stopped");
  kill_leftovers(machine->record.id);
  machine->record.power = Power::on;
  machine->record.boot_id = core::random_hex(kBootIdSize / 2);
  machine->record.asked = std::chrono::system_clock::now();
  machine->record.starter = core::identify_process(::getpid()).value_or(core::ProcessIdentity());
  if (auto status = store_.write(machine->record); !status) return status;
  Status booted = boot(machine->record, context);
  if (!booted) {
    machine->record.power = Power::off;
    static_cast<void>(store_.write(machine->record));
    // It may be up all the same, since who was asked may have been slow to say so.
    const auto now = store_.find(id);
    if (now && now->alive) {
      machine->status = now->status;
      static_cast<void>(insist(*machine, Context::with_timeout(kDiscardTime)));
    }
  }
  return booted;
}

Status LocalComputeDriver::stop(std::string_view id, const Context& context) {
  const auto lock = store_.begin_change(context);
  if (!lock) return lock.error();
  auto machine = store_.find(id);
  if (!machine) return machine.error();
  if (is_destroyed(*machine)) return wrong_state(*machine, "running");
  Status noted;
  if (machine->record.power == Power::on) {
    // First what is wanted: it is insisted on by whoever finds the machine running.
    machine->record.power = Power::off;
    noted = store_.write(machine->record);
  }
  // A full disk keeps nobody from stopping what may be filling it.
  if (!machine->alive) {
    kill_leftovers(machine->record.id);
  } else if (auto status = insist(*machine, context); !status) {
    return status;
  }
  if (noted) return {};
  Error error = noted.error();
  error.may_have_happened = true;
  error.hint = "the machine was stopped, but that could not be written down";
  return error;
}

Status LocalComputeDriver::insist(const Machine& machine, const Context& context) const {
  const Power wanted = machine.record.power;
  Request request;
  request.order = wanted == Power::destroyed ? Order::destroy : Order::power_off;
  request.boot_id = boot_of(machine);
  auto taken = order(store_.machine_path(machine.record.id), request, context);
  if (!taken.has_value()) return std::move(taken).error();
  if (*taken) return {};
  // It has ended, or is about to, or has booted again since it was looked at.
  bool again = true;
  for (const auto until = Context::Clock::now() + kLongestEnd; Context::Clock::now() < until;) {
    const auto now = store_.find(machine.record.id);
    if (!now && now.error().code != ErrorCode::not_found) return now.error();
    if (!now || now->gone || !now->alive) return {};
    if (wanted == Power::off && now->record.power == Power::on) return {};  // Somebody has started it.
    if (again && boot_of(*now) != request.boot_id) {
      again = false;
      request.boot_id = boot_of(*now);
      taken = order(store_.machine_path(machine.record.id), request, context);
      if (!taken.has_value()) return std::move(taken).error();
      if (*taken) return {};
    }
    if (auto status = context.wait_for(kLookAgain); !status) return status;
  }
  return core::fail(ErrorCode::unavailable, "the machine's supervisor runs, but takes no orders",
                    "destroy ends it whatever it does");
}

Status LocalComputeDriver::end(const Machine& machine, const Context& context) const {
  if (machine.alive) {
    Status told = insist(machine, context);
    if (!told && told.error().code != ErrorCode::unavailable) return told;
    const auto& supervisor = machine.status->supervisor;
    if (!told && !kill_process(supervisor, kLongestEnd)) return told;
    if (core::is_alive(supervisor)) return {};  // It removes its machine.
  }
  return store_.finish_removal(machine);
}

Status LocalComputeDriver::reboot(std::string_view id, const Context& context) {
  const auto lock = store_.begin_change(context);
  if (!lock) return lock.error();
  const auto machine = find(id, context);
  if (!machine) return machine.error();
  if (machine->state() != InstanceState::running) return wrong_state(*machine, "running");
  Request request;
  request.order = Order::reboot;
  request.boot_id = boot_of(*machine);
  request.next_boot_id = as_array(core::random_hex(kBootIdSize / 2));
  const auto taken = order(store_.machine_path(id), request, context);
  if (!taken.has_value()) return taken.error();
  if (!*taken) return core::fail(ErrorCode::conflict, "the machine ended, or booted, meanwhile");
  return {};
}

Result<Instance> LocalComputeDriver::destroy(std::string_view id, const Context& context) {
  auto lock = store_.begin_change(context);
  if (!lock) return std::move(lock).error();
  auto machine = store_.find(id);
  if (!machine) return std::move(machine).error();
  if (machine->gone) return machine->instance();
  Status noted;
  if (machine->record.power != Power::destroyed) {
    machine->record.power = Power::destroyed;
    machine->record.destroyed = std::chrono::system_clock::now();
    // In this order, so that what is gone has always been remembered.
    noted = store_.write_terminated(machine->record);
    if (noted) noted = store_.write(machine->record);
    // What a full disk does not let be remembered goes all the same, and may make room.
    if (!noted && noted.error().code != ErrorCode::io) return std::move(noted).error();
  }
  if (auto status = end(*machine, context); !status) return std::move(status).error();
  lock->release();
  store_.empty_trash(context);
  if (noted) return get(id, context);
  static_cast<void>(store_.write_terminated(machine->record));
  const auto now = store_.find(id);
  machine->gone = now ? now->gone : now.error().code == ErrorCode::not_found;
  return machine->instance();
}

void LocalComputeDriver::discard(MachineRecord record) const {
  record.power = Power::destroyed;
  static_cast<void>(store_.write(record));
  auto machine = store_.find(record.id);
  if (!machine || machine->gone) return;
  machine->record = std::move(record);  // As it is wanted, whatever the disk took of that.
  static_cast<void>(end(*machine, Context::with_timeout(kDiscardTime)));
}

}  // namespace cloudkit::inline v0::local::compute
