#include "command_tree.h"

#include "help.h"
#include "nearest.h"
#include "session.h"

#include <cloudkit/version.h>

#include <CLI/CLI.hpp>

#include <algorithm>

namespace cloudkit::tool {

struct CommandTree::Impl {
  CLI::App app{"", "cloudkit"};
  Command* chosen = nullptr;
  bool json = false;
  std::string log_level;

  void add(CLI::App& app, CommandNode& parent, const std::string& group,
           std::vector<std::unique_ptr<Command>> commands);
  Error problem(const CommandNode& root, const CLI::ParseError& error) const;
};

const CommandNode* CommandNode::find(std::string_view word) const {
  for (const auto& node : below) {
    if (node->name == word) return node.get();
  }
  return nullptr;
}

std::vector<std::string> CommandNode::names_below() const {
  std::vector<std::string> names;
  names.reserve(below.size());
  for (const auto& node : below) names.push_back(node->name);
  return names;
}

namespace {

const CommandNode& node_of(const CommandNode& root, const CLI::App& app) {
  const CommandNode* node = &root;
  for (const CLI::App* at = &app; !at->get_subcommands().empty();) {
    at = at->get_subcommands().front();
    if (const CommandNode* found = node->find(at->get_name())) node = found;
  }
  return *node;
}

std::vector<std::string> options_of(const CommandNode& root, const CommandNode& node) {
  std::vector<std::string> names;
  for (const Description* description : {&node.description, &root.description}) {
    for (const Parameter& parameter : description->parameters) {
      names.insert(names.end(), parameter.names.begin(), parameter.names.end());
    }
  }
  return names;
}

}  // namespace

// CLI11 says of an unknown command only that there is none.
Error CommandTree::Impl::problem(const CommandNode& root, const CLI::ParseError& error) const {
  const CommandNode& node = node_of(root, app);
  const std::vector<std::string> words = app.remaining(true);
  std::string message = error.what();
  std::string meant;
  if (!words.empty() && words[0].size() > 1 && words[0].front() == '-') {
    // Without its value.
    meant = nearest(words[0].substr(0, words[0].find('=')), options_of(root, node));
  } else if (!node.below.empty()) {
    message = words.empty() ? "no command was given" : "there is no command \"" + unshielded(words[0]) + '"';
    if (!words.empty()) meant = nearest(words[0], node.names_below());
    if (!meant.empty()) meant = node.path + ' ' + meant;
  }
  return {ErrorCode::invalid_argument, message,
          (meant.empty() ? "" : "did you mean " + meant + "? ") + "see: " + node.path + " --help"};
}

void CommandTree::Impl::add(CLI::App& to, CommandNode& parent, const std::string& group,
                            std::vector<std::unique_ptr<Command>> commands) {
  for (auto& command : commands) {
    parent.below.push_back(std::make_unique<CommandNode>());
    CommandNode& node = *parent.below.back();
    node.name = command->name();
    node.path = parent.path + ' ' + node.name;
    node.group = group;
    CLI::App* sub = to.add_subcommand(node.name);
    Arguments arguments(*sub, node.description);
    command->declare(arguments);
    if (auto below = command->commands(); !below.empty()) {
      sub->require_subcommand(1);
      add(*sub, node, "Commands", std::move(below));
    } else {
      sub->callback([this, one = command.get()] { chosen = one; });
    }
    node.command = std::move(command);
  }
}

CommandTree::CommandTree(std::vector<CommandGroup> groups) : impl_(std::make_unique<Impl>()) {
  CLI::App& app = impl_->app;
  root_.name = root_.path = "cloudkit";
  app.require_subcommand(1)->fallthrough();
  Arguments arguments(app, root_.description);
  arguments.flag("--json", impl_->json, "print one JSON object a line, errors too")
      .option("--log", impl_->log_level, "LEVEL", "log to stderr: trace, debug, info, warn, error, off")
      .one_of({kLogLevels.begin(), kLogLevels.end()});
  // These end the parsing by exceptions.
  app.set_help_flag("-h,--help");
  app.set_version_flag("--version", std::string(version()));
  root_.description.parameters.push_back(
      {{"-h", "--help"}, "", "show the help of a command", "", {}, {}, Takes::nothing});
  for (CommandGroup& group : groups) impl_->add(app, root_, group.title, std::move(group.commands));
  groups.clear();
  std::vector<std::unique_ptr<Command>> own;
  own.push_back(make_help(*this));
  own.push_back(make_completion());
  impl_->add(app, root_, "The program itself", std::move(own));
}

CommandTree::~CommandTree() = default;

CommandTree::Parsed CommandTree::parse(int argc, char** argv, Output& out) {
  Parsed parsed;
  try {
    // CLI11 takes them from the end.
    std::vector<std::string> words;
    const std::ptrdiff_t options_end = std::find(argv, argv + argc, std::string_view("--")) - argv;
    for (int i = argc - 1; i > 0; --i) words.push_back(i < options_end ? shielded_option(argv[i]) : shielded(argv[i]));
    impl_->app.parse(std::move(words));
    parsed.command = impl_->chosen;
    parsed.json = impl_->json;
    parsed.log_level = impl_->log_level;
  } catch (const CLI::CallForHelp&) {
    out.line(help_text(root_, node_of(root_, impl_->app), help_width()));
  } catch (const CLI::CallForVersion&) {
    out.line("cloudkit " + std::string(version()));
  } catch (const CLI::ParseError& error) {
    parsed.exit_code = out.error(impl_->problem(root_, error));
  } catch (const UsageProblem& problem) {
    parsed.exit_code = out.error(problem.error);
  }
  return parsed;
}

}  // namespace cloudkit::tool
