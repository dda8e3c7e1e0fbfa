#pragma once

#include "arguments.h"
#include "session.h"

#include <memory>
#include <vector>

namespace cloudkit::tool {

/// One command of the program. Declared always, run once or not at all.
class Command {
 public:
  Command() = default;
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;
  virtual ~Command() = default;

  virtual const char* name() const = 0;
  virtual const char* summary() const = 0;
  virtual void declare(Arguments& arguments) = 0;
  /// A command of commands has these; the command line then names one of them, which runs in its place.
  virtual std::vector<std::unique_ptr<Command>> commands() { return {}; }
  /// Returns the exit code.
  virtual int run(Session& session) = 0;
};

std::unique_ptr<Command> make_ls();
std::unique_ptr<Command> make_cp();
std::unique_ptr<Command> make_mv();
std::unique_ptr<Command> make_cat();
std::unique_ptr<Command> make_rm();
std::unique_ptr<Command> make_mb();
std::unique_ptr<Command> make_rb();
std::unique_ptr<Command> make_uploads();
std::unique_ptr<Command> make_stat();
std::unique_ptr<Command> make_presign();
std::unique_ptr<Command> make_doctor();
std::unique_ptr<Command> make_probe();
std::unique_ptr<Command> make_sync();
std::unique_ptr<Command> make_backup();
std::unique_ptr<Command> make_restore();
std::unique_ptr<Command> make_verify();
std::unique_ptr<Command> make_prune();
std::unique_ptr<Command> make_version();
std::unique_ptr<Command> make_fn();
std::unique_ptr<Command> make_vm();
std::unique_ptr<Command> make_stack();

}  // namespace cloudkit::tool
