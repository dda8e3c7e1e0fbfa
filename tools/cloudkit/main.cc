// cloudkit: objects, buckets, functions and machines on the command line. docs/guide/tool.md shows each command.
#include "command.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <vector>

namespace {

using namespace cloudkit;
using namespace cloudkit::tool;

std::vector<std::unique_ptr<Command>> all_commands() {
  std::vector<std::unique_ptr<Command>> commands;
  for (auto* make : {make_ls, make_cp, make_cat, make_rm, make_mb, make_rb, make_stat, make_presign, make_sync,
                     make_backup, make_restore, make_verify, make_prune, make_doctor, make_probe, make_version}) {
    commands.push_back(make());
  }
#if CLOUDKIT_FUNCTIONS
  commands.push_back(make_fn());
#endif
#if CLOUDKIT_COMPUTE
  commands.push_back(make_vm());
#endif
  return commands;
}

// The commands that the command line names: fn, then deploy.
std::vector<const CLI::App*> named_commands(const CLI::App& app) {
  std::vector<const CLI::App*> named;
  for (const CLI::App* at = &app; !at->get_subcommands().empty();) {
    at = at->get_subcommands().front();
    named.push_back(at);
  }
  return named;
}

// CLI11 says of an unknown command only that there is none.
std::string problem_text(const CLI::App& app, const CLI::ParseError& problem) {
  const auto named = named_commands(app);
  const CLI::App& last = named.empty() ? app : *named.back();
  if (last.get_subcommands({}).empty()) return problem.what();
  const std::vector<std::string> words = app.remaining(true);
  if (words.empty()) return "no command was given";
  return words[0].starts_with('-') ? problem.what() : "there is no command \"" + words[0] + '"';
}

int report_usage(CLI::App& app, const CLI::ParseError& problem, Output& out) {
  if (problem.get_exit_code() == 0) return app.exit(problem);  // --help
  std::string command = "cloudkit";
  for (const CLI::App* used : named_commands(app)) command += ' ' + used->get_name();
  return out.error(Error(ErrorCode::invalid_argument, problem_text(app, problem), "see: " + command + " --help"));
}

void name_things(CLI::App& app) {
  app.set_help_flag("-h,--help", "show this help");
  auto named = std::make_shared<CLI::Formatter>();
  named->label("SUBCOMMAND", "COMMAND");
  named->label("Positionals", "Arguments");
  named->label("REQUIRED", "");
  app.formatter(named);
}

// Adds commands below `app`; `chosen` becomes the one that is to run.
void add_commands(CLI::App& app, std::vector<std::unique_ptr<Command>> commands, Command*& chosen) {
  // Kept until the end, as the command line writes into them.
  static std::vector<std::unique_ptr<Command>> kept;
  for (auto& command : commands) {
    CLI::App* sub = app.add_subcommand(command->name(), command->summary())->group("Commands");
    Arguments arguments(*sub);
    command->declare(arguments);
    sub->footer(sub->get_footer() + "\n\nOptions of all commands, --json and --log, are told by: cloudkit --help");
    if (auto below = command->commands(); !below.empty()) {
      sub->require_subcommand(1)->fallthrough();
      add_commands(*sub, std::move(below), chosen);
    } else {
      sub->callback([&chosen, one = command.get()] { chosen = one; });
    }
    kept.push_back(std::move(command));
  }
}

}  // namespace

int main(int argc, char** argv) {
  Session& session = start_session();
  // Known before the command line is understood, since that may fail.
  session.out.set_json(std::find(argv, argv + argc, std::string_view("--json")) != argv + argc);

  bool json = false;
  std::string log_level;
  CLI::App app(
      "Objects, buckets, functions and machines, wherever they are.\n\n"
      "A URL is s3://BUCKET/KEY, file:///DIR/KEY or mem://NAME/KEY; what else S3 needs is in its query, as in\n"
      "'s3://reports?region=eu-west-1' or 's3://reports?endpoint=http://127.0.0.1:9000'. In a URL %XX is a byte.",
      "cloudkit");
  name_things(app);
  app.require_subcommand(1)->fallthrough();
  app.add_flag("--json", json, "print one JSON object a line");
  app.add_option("--log", log_level, "log to stderr: trace, debug, info, warn, error, off")->type_name("LEVEL");
  app.footer(
      "Exit codes: 0 done, 1 failed or partly failed, 2 wrong usage, 3 not found, 4 credentials or permission,\n"
      "5 try again later, 6 data were damaged, 130 interrupted.");

  Command* chosen = nullptr;
  add_commands(app, all_commands(), chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    return session.out.finish(report_usage(app, problem, session.out));
  }
  if (!log_level.empty()) {
    if (auto status = set_log_level(log_level); !status) return session.out.finish(session.out.error(status.error()));
  }
  return session.out.finish(chosen->run(session));
}
