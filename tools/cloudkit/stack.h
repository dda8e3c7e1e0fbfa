#pragma once

#include "command.h"

#include <cloudkit/stack.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// What the commands `cloudkit stack …` share.
namespace cloudkit::tool::stacks {

std::unique_ptr<Command> make_plan();
std::unique_ptr<Command> make_apply();
std::unique_ptr<Command> make_destroy();
std::unique_ptr<Command> make_refresh();
std::unique_ptr<Command> make_import();
std::unique_ptr<Command> make_forget();
std::unique_ptr<Command> make_output();

/// The file, and the options that each of them has.
class Target {
 public:
  Arguments& declare(Arguments& arguments);
  /// The stack of the file, where it is to be, with its state. Errors: those of the file; `invalid_argument`: nobody
  /// says where.
  Result<StackDeployment> open() const;
  /// Of any call of the deployment.
  template <class Options>
  Options options(const Context& context, Options options = {}) const {
    options.context = context;
    options.accept_edited = accepts_edited_;
    return options;
  }

 private:
  Result<StackStore> open_store(const std::string& name) const;

  std::string file_;
  std::string state_;
  std::string name_;
  std::string on_;
  std::vector<std::string> variables_;
  bool accepts_edited_ = false;
};

/// Standard output is a terminal, and nobody has said NO_COLOR: https://no-color.org
bool shows_color(const Output& out);
/// Lines of text that the library made: what is not for terminals is escaped already.
void print_lines(Output& out, std::string_view text);

}  // namespace cloudkit::tool::stacks
