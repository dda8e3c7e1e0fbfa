#include "format.h"
#include "vm.h"

#include <fmt/format.h>

namespace cloudkit::tool::vm {
namespace {

// What is done to one machine, and where that leads.
class Change : public Command {
 public:
  void declare(Arguments& arguments) override {
    arguments.positional("MACHINE", machine_, "its name or id");
    machines_.declare(arguments)
        .flag("--wait", wait_, "until it is done")
        .flag("-n,--dry-run", dry_run_, "say what would be done, and do nothing");
    declare_more(arguments);
  }

  int run(Session& session) override {
    const auto compute = machines_.open();
    if (!compute) return session.out.error(compute.error());
    const auto machine = machine_of(*compute, machine_, session.context);
    if (!machine) return session.out.error(machine.error());
    if (dry_run_) return session.out.would(verb(), machine_, " (" + machine->id + ')'), 0;
    if (auto status = change(*compute, *machine, session.context); !status) return session.out.error(status.error());
    if (session.out.json()) {
      session.out.object(Json().text(done(), machine->id));
    } else {
      session.out.line(fmt::format("{} {} ({})", done(), printable(machine_), printable(machine->id)));
    }
    return 0;
  }

 protected:
  virtual void declare_more(Arguments&) {}
  virtual Status change(const Compute& compute, const Instance& machine, const Context& context) = 0;
  /// "started"; without --wait it may be only on its way.
  virtual const char* done() const = 0;
  virtual const char* verb() const { return name(); }

  bool waits() const noexcept { return wait_; }
  Status wait_until(const Compute& compute, const Instance& machine, InstanceState state,
                    const Context& context) const {
    if (!wait_) return {};
    WaitInstanceOptions options;
    options.context = context;
    const auto reached = compute.wait_until(machine.id, state, options);
    return reached ? Status() : Status(reached.error());
  }

 private:
  Machines machines_;
  std::string machine_;
  bool wait_ = false;
  bool dry_run_ = false;
};

class Start final : public Change {
 public:
  const char* name() const override { return "start"; }
  const char* summary() const override { return "Start a machine that is stopped"; }

 private:
  Status change(const Compute& compute, const Instance& machine, const Context& context) override {
    if (auto status = compute.start(machine.id, {context}); !status) return status;
    return wait_until(compute, machine, InstanceState::running, context);
  }
  const char* done() const override { return waits() ? "started" : "starting"; }
};

class Stop final : public Change {
 public:
  const char* name() const override { return "stop"; }
  const char* summary() const override { return "Stop a machine, which keeps its disks"; }

 private:
  Status change(const Compute& compute, const Instance& machine, const Context& context) override {
    if (auto status = compute.stop(machine.id, {context}); !status) return status;
    return wait_until(compute, machine, InstanceState::stopped, context);
  }
  const char* done() const override { return waits() ? "stopped" : "stopping"; }
};

class Reboot final : public Change {
 public:
  const char* name() const override { return "reboot"; }
  const char* summary() const override { return "Boot a running machine again"; }

 private:
  // No state tells of it: what it ends with is a machine that takes commands, in another boot where boots are told.
  Status change(const Compute& compute, const Instance& machine, const Context& context) override {
    if (auto status = compute.reboot(machine.id, {context}); !status || !waits()) return status;
    const ReadyProbe probe{.agent = true, .after_boot_id = machine.boot_id};
    const auto ready = compute.wait_ready(machine.id, probe, {.context = context});
    return ready ? Status() : Status(ready.error());
  }
  const char* done() const override { return waits() ? "rebooted" : "rebooting"; }
};

class Rm final : public Change {
 public:
  const char* name() const override { return "rm"; }
  const char* summary() const override { return "Destroy a machine, for ever"; }

 private:
  void declare_more(Arguments& arguments) override {
    arguments.flag("--with-firewalls", with_firewalls_, "and those of its firewalls that no other machine uses; waits");
  }
  Status change(const Compute& compute, const Instance& machine, const Context& context) override {
    return compute.destroy(machine.id, {.wait = waits(), .with_firewalls = with_firewalls_, .context = context});
  }
  const char* verb() const override { return "destroy"; }
  const char* done() const override { return waits() || with_firewalls_ ? "destroyed" : "destroying"; }

  bool with_firewalls_ = false;
};

}  // namespace

std::unique_ptr<Command> make_start() { return std::make_unique<Start>(); }
std::unique_ptr<Command> make_stop() { return std::make_unique<Stop>(); }
std::unique_ptr<Command> make_reboot() { return std::make_unique<Reboot>(); }
std::unique_ptr<Command> make_rm() { return std::make_unique<Rm>(); }

}  // namespace cloudkit::tool::vm
