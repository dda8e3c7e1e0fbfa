#pragma once

#include "command.h"

#include <cloudkit/compute.h>

#include <memory>
#include <string>
#include <string_view>

/// What the commands `cloudkit vm …` share.
namespace cloudkit::tool::vm {

std::unique_ptr<Command> make_create();
std::unique_ptr<Command> make_list();
std::unique_ptr<Command> make_run();
std::unique_ptr<Command> make_cp();
std::unique_ptr<Command> make_start();
std::unique_ptr<Command> make_stop();
std::unique_ptr<Command> make_reboot();
std::unique_ptr<Command> make_rm();

/// The option `--on`, which every one of them has.
class Machines {
 public:
  Arguments& declare(Arguments& arguments);
  Result<Compute> open() const;

 private:
  std::string url_;
};

/// By id, or by name. Errors: `not_found`; `conflict`: several have the name.
Result<Instance> machine_of(const Compute& compute, const std::string& text, const Context& context);

/// Its address for people: the public one, else the private one, else "-".
std::string address_of(const Instance& instance);

/// All that is known of a machine.
Json json_of(const Instance& instance);

}  // namespace cloudkit::tool::vm
