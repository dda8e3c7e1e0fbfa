#include "vm.h"

#include "format.h"

#include <cloudkit/open_compute.h>

namespace cloudkit::tool {
namespace {

// The commands that are written `cloudkit vm COMMAND`.
class Vm final : public Command {
 public:
  const char* name() const override { return "vm"; }
  const char* summary() const override { return "Launch, list, command, stop, start and destroy machines"; }

  void declare(Arguments& arguments) override {
    arguments.examples(
        "  cloudkit vm create web --image al2023 --type t3.micro --key ada --wait --on aws://us-west-2\n"
        "  cloudkit vm run web 'uname -a' --on aws://us-west-2\n"
        "  cloudkit vm list --on ssh:///etc/ansible/hosts");
  }
  std::vector<std::unique_ptr<Command>> commands() override {
    std::vector<std::unique_ptr<Command>> made;
    for (auto* make : {vm::make_create, vm::make_list, vm::make_run, vm::make_cp, vm::make_start, vm::make_stop,
                       vm::make_reboot, vm::make_rm}) {
      made.push_back(make());
    }
    return made;
  }
  int run(Session&) override { return 2; }  // The command line demands one of its commands.
};

}  // namespace

std::unique_ptr<Command> make_vm() { return std::make_unique<Vm>(); }

namespace vm {

Arguments& Machines::declare(Arguments& arguments) {
  return arguments
      .required_option("--on", url_, "URL",
                       "where machines are: aws://REGION, local:///DIR, ssh://USER@HOST, ssh:///INVENTORY")
      .takes_on(ComputeRegistry::global().schemes());
}

Result<Compute> Machines::open() const { return open_compute(url_); }

// What is no id for a service may well be a name.
Result<Instance> machine_of(const Compute& compute, const std::string& text, const Context& context) {
  auto machine = compute.get(text, {context});
  if (machine ||
      (machine.error().code != ErrorCode::not_found && machine.error().code != ErrorCode::invalid_argument)) {
    return machine;
  }
  auto named = compute.find(text, {context});
  if (!named && named.error().code == ErrorCode::not_found) {
    named.error().message = "no machine has this id or this name";
    named.error().hint = "cloudkit vm list --on " + compute.url() + " shows them";
  }
  return named;
}

std::string address_of(const Instance& instance) {
  if (!instance.public_ip.empty()) return printable(instance.public_ip);
  return instance.private_ip.empty() ? "-" : printable(instance.private_ip);
}

Json json_of(const Instance& instance) {
  Json tags;
  for (const auto& [key, value] : instance.tags) tags.text(key, value);
  Json json;
  json.text("id", instance.id)
      .text("name", instance.name)
      .text("state", to_string(instance.state))
      .text_unless_empty("state_reason", instance.state_reason)
      .text_unless_empty("image", instance.image)
      .text_unless_empty("type", instance.type)
      .text_unless_empty("zone", instance.zone)
      .text_unless_empty("private_ip", instance.private_ip)
      .text_unless_empty("public_ip", instance.public_ip)
      .text_unless_empty("dns_name", instance.dns_name)
      .text_unless_empty("key", instance.key)
      .text_unless_empty("token", instance.token)
      .object("tags", tags);
  if (instance.created != decltype(instance.created)()) json.text("created", utc(instance.created));
  return json;
}

}  // namespace vm
}  // namespace cloudkit::tool
