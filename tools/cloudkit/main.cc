// cloudkit: objects, buckets, functions, machines and stacks on the command line. docs/guide/tool.md shows each
// command.
#include "command_tree.h"
#include "complete.h"

#include <algorithm>

namespace {

using namespace cloudkit;
using namespace cloudkit::tool;

template <class... Makers>
std::vector<std::unique_ptr<Command>> made_by(Makers... makers) {
  std::vector<std::unique_ptr<Command>> commands;
  (commands.push_back(makers()), ...);
  return commands;
}

std::vector<CommandGroup> all_commands() {
  std::vector<CommandGroup> groups;
  groups.push_back({"Objects", made_by(make_ls, make_cp, make_mv, make_rm, make_cat, make_stat, make_presign)});
  groups.push_back({"Buckets", made_by(make_mb, make_rb, make_sync, make_uploads)});
  groups.push_back({"Backups", made_by(make_backup, make_verify, make_restore, make_prune)});
#if CLOUDKIT_FUNCTIONS
  groups.push_back({"Functions", made_by(make_fn)});
#endif
#if CLOUDKIT_COMPUTE
  groups.push_back({"Machines", made_by(make_vm)});
#endif
#if CLOUDKIT_STACK
  groups.push_back({"Stacks", made_by(make_stack)});
#endif
  groups.push_back({"When something is wrong", made_by(make_doctor, make_probe)});
  groups.push_back({"The program itself", made_by(make_version)});
  return groups;
}

}  // namespace

int main(int argc, char** argv) {
  occupy_standard_descriptors();
  Session& session = start_session();
  // Known before the command line is understood, since that may fail.
  session.out.set_json(std::find(argv, argv + argc, std::string_view("--json")) != argv + argc);
  CommandTree tree(all_commands());
  if (argc > 1 && argv[1] == kCompleteCommand) {
    return session.out.finish(complete(tree.root(), {argv + 2, argv + argc}, session.out));
  }
  const auto parsed = tree.parse(argc, argv, session.out);
  if (parsed.command == nullptr) {
    // Where 2 means something else: cloudkit stack plan.
    const bool detailed = std::find(argv, argv + argc, std::string_view("--detailed-exitcode")) != argv + argc;
    return session.out.finish(detailed && parsed.exit_code == 2 ? 1 : parsed.exit_code);
  }
  if (!parsed.log_level.empty()) set_log_level(parsed.log_level);
  if (session.out.json()) log_as_json();
  return session.out.finish(parsed.command->run(session));
}
