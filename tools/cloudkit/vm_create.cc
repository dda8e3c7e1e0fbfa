#include "format.h"
#include "values.h"
#include "vm.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::tool::vm {
namespace {

class Create final : public Command {
 public:
  const char* name() const override { return "create"; }
  const char* summary() const override { return "Launch a machine"; }

  void declare(Arguments& arguments) override {
    arguments.positional("NAME", spec_.name, "its name");
    machines_.declare(arguments)
        .required_option("--image", spec_.image, "NAME", "al2023, debian-12, ubuntu-24.04, or an id")
        .required_option("--type", spec_.type, "NAME", "the service's name for its size")
        .option("--firewall", spec_.firewalls, "NAME", "a name or an id; may be repeated")
        .option("--key", spec_.key, "NAME", "a key pair, for ssh")
        .option("--subnet", spec_.subnet, "ID", "else the default one")
        .option("--zone", spec_.zone, "NAME", "else the service chooses")
        .option("--role", spec_.identity, "NAME", "what its programs may do: an instance profile")
        .option("--user-data", user_data_, "FILE", "for its first boot: a script, or cloud-config")
        .takes(Takes::file)
        .option("--disk", disk_, "GIB", "else as the image says")
        .option("--tag", tags_, "KEY=VALUE", "a tag; may be repeated")
        .option("--token", spec_.token, "TEXT", "launched again with the same one, it is launched once")
        .flag("--public", public_, "with a public address, whatever the subnet says")
        .flag("--private", private_, "without one")
        .flag("--wait", wait_, "until it runs")
        .flag("-n,--dry-run", dry_run_, "say what would be launched, and launch nothing")
        .examples(
            "  cloudkit vm create web --image al2023 --type t3.micro --firewall web --wait --on aws://us-west-2\n"
            "  cloudkit vm create web --image al2023 --type any --user-data boot.sh --on local:///tmp/machines");
  }

  int run(Session& session) override {
    if (auto status = complete_spec(session.context); !status) return session.out.error(status.error());
    const auto compute = machines_.open();
    if (!compute) return session.out.error(compute.error());
    if (dry_run_) {
      session.out.would("launch", spec_.name,
                        fmt::format(", {} on {}, at {}", spec_.image, spec_.type, compute->url()));
      return 0;
    }
    auto machine = compute->create(spec_, {session.context});
    if (!machine) return session.out.error(machine.error());
    if (wait_) {
      // When it fails there is a machine all the same.
      session.out.notice(fmt::format("launched {} ({})", printable(spec_.name), printable(machine->id)));
      WaitInstanceOptions options;
      options.context = session.context;
      machine = compute->wait_until(machine->id, InstanceState::running, options);
      if (!machine) return session.out.error(machine.error());
    }
    if (session.out.json()) {
      session.out.object(json_of(*machine));
    } else {
      session.out.line(
          fmt::format("{}  {}  {}", printable(machine->id), to_string(machine->state), address_of(*machine)));
    }
    return 0;
  }

 private:
  Status complete_spec(const Context& context) {
    if (public_ && private_) return Error(ErrorCode::invalid_argument, "it is either --public or --private");
    if (public_ || private_) spec_.public_ip = public_;
    if (disk_ != 0) spec_.disk_gib = disk_;
    auto tags = pairs_of(tags_, "--tag");
    if (!tags) return std::move(tags).error();
    spec_.tags = *std::move(tags);
    return read_user_data(context);
  }

  Status read_user_data(const Context& context) {
    if (user_data_.empty()) return {};
    auto content = read_all(user_data_, context);
    if (!content) return std::move(content).error();
    spec_.user_data = *std::move(content);
    return {};
  }

  Machines machines_;
  InstanceSpec spec_;
  std::string user_data_;
  std::vector<std::string> tags_;
  int disk_ = 0;
  bool public_ = false;
  bool private_ = false;
  bool wait_ = false;
  bool dry_run_ = false;
};

constexpr InstanceState kEveryState[] = {InstanceState::pending, InstanceState::running,     InstanceState::stopping,
                                         InstanceState::stopped, InstanceState::terminating, InstanceState::terminated,
                                         InstanceState::failed,  InstanceState::unknown};

class List final : public Command {
 public:
  const char* name() const override { return "list"; }
  const char* summary() const override { return "List machines"; }

  void declare(Arguments& arguments) override {
    machines_.declare(arguments)
        .option("--name", filter_.name, "NAME", "only those of this name")
        .option("--state", states_, "STATE", "only those that are running, stopped, …; may be repeated")
        .one_of({"pending", "running", "stopping", "stopped", "terminating", "terminated", "failed", "unknown"})
        .option("--tag", tags_, "KEY=VALUE", "only those with this tag; may be repeated")
        .option("--token", filter_.token, "TEXT", "only what was launched with it")
        .flag("--all", all_, "also those that are gone");
  }

  int run(Session& session) override {
    if (auto status = complete_filter(); !status) return session.out.error(status.error());
    const auto compute = machines_.open();
    if (!compute) return session.out.error(compute.error());
    const auto machines = compute->list(filter_, {session.context});
    if (!machines) return session.out.error(machines.error());
    for (const Instance& machine : *machines) {
      const bool gone = machine.state == InstanceState::terminated;
      if (!gone || all_ || !states_.empty()) show(session.out, machine);
    }
    return 0;
  }

 private:
  Status complete_filter() {
    // Asked for by name: local:// shows what is gone to nobody else.
    for (const InstanceState state : kEveryState) {
      const bool asked = std::find(states_.begin(), states_.end(), to_string(state)) != states_.end();
      if (asked || (all_ && states_.empty())) filter_.states.push_back(state);
    }
    auto tags = pairs_of(tags_, "--tag");
    if (!tags) return std::move(tags).error();
    filter_.tags = *std::move(tags);
    return {};
  }

  static void show(Output& out, const Instance& machine) {
    if (out.json()) {
      out.object(json_of(machine));
    } else {
      out.line(fmt::format("{:<20} {:<11} {:<15} {:<10} {}", printable(machine.id), to_string(machine.state),
                           address_of(machine), machine.type.empty() ? "-" : printable(machine.type),
                           printable(machine.name)));
    }
  }

  Machines machines_;
  InstanceFilter filter_;
  std::vector<std::string> states_;
  std::vector<std::string> tags_;
  bool all_ = false;
};

}  // namespace

std::unique_ptr<Command> make_create() { return std::make_unique<Create>(); }
std::unique_ptr<Command> make_list() { return std::make_unique<List>(); }

}  // namespace cloudkit::tool::vm
