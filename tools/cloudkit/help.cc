#include "help.h"

#include "nearest.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace cloudkit::tool {
namespace {

constexpr std::size_t kWidestLabel = 24;

// Words, with lines broken between them; the first line goes on at `column`, the others begin at `indent`.
std::string wrapped(std::string_view text, std::size_t column, std::size_t indent, std::size_t width) {
  std::string out;
  bool first = true;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (!first && column + 1 + word.size() > width) {
      out += '\n' + std::string(indent, ' ');
      column = indent;
    } else if (!first) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
    first = false;
  }
  return out;
}

struct Line {
  std::string label;
  std::string text;
};

// In two columns. A label that is too long has a line of its own.
std::string columns(const std::vector<Line>& lines, std::size_t width) {
  std::size_t widest = 0;
  for (const Line& line : lines) {
    if (line.label.size() <= kWidestLabel) widest = std::max(widest, line.label.size());
  }
  const std::size_t indent = 2 + widest + 2;
  std::string out;
  for (const Line& line : lines) {
    out += "  " + line.label;
    out +=
        line.label.size() > widest ? '\n' + std::string(indent, ' ') : std::string(indent - 2 - line.label.size(), ' ');
    out += wrapped(line.text, indent, indent, width) + '\n';
  }
  return out;
}

std::string text_of(const Parameter& parameter) {
  std::string text = parameter.help;
  // What help names by itself it need not hear again.
  if (!parameter.default_text.empty()) text += " (default: " + parameter.default_text + ')';
  return text;
}

std::string section(const std::string& title, const std::vector<Line>& lines, std::size_t width) {
  return lines.empty() ? std::string() : '\n' + title + ":\n" + columns(lines, width);
}

std::string usage_of(const CommandNode& node) {
  std::string usage = "Usage: " + node.path;
  std::string arguments;
  bool options = false;
  for (const Parameter& parameter : node.description.parameters) {
    if (parameter.names.empty()) {
      const std::string name = parameter.value_name + (parameter.repeats ? "..." : "");
      arguments += parameter.required ? ' ' + name : " [" + name + ']';
    } else if (parameter.required) {
      usage += ' ' + parameter.names.back() + ' ' + parameter.value_name;
    } else {
      options = true;
    }
  }
  if (options) usage += " [OPTION]...";
  if (!node.below.empty()) arguments += " COMMAND ...";
  return usage + arguments + '\n';
}

std::string commands_of(const CommandNode& node, std::size_t width) {
  std::string text;
  std::vector<Line> lines;
  for (std::size_t i = 0; i < node.below.size(); ++i) {
    const CommandNode& below = *node.below[i];
    lines.push_back({below.name, below.command->summary()});
    if (i + 1 < node.below.size() && node.below[i + 1]->group == below.group) continue;
    text += section(below.group, lines, width);
    lines.clear();
  }
  return text;
}

std::string topics(std::size_t width) {
  std::vector<Line> lines;
  for (const HelpTopic& topic : help_topics()) lines.push_back({topic.name, topic.summary});
  return section("More, by cloudkit help TOPIC", lines, width);
}

class Help final : public Command {
 public:
  explicit Help(const CommandTree& tree) : tree_(tree) {}
  const char* name() const override { return "help"; }
  const char* summary() const override { return "Show the help of a command, or a page on a topic"; }

  void declare(Arguments& arguments) override {
    arguments.optional_positionals("WORD", words_, "a command, with its own commands, or a topic")
        .takes(Takes::help)
        .examples(
            "  cloudkit help cp\n"
            "  cloudkit help fn deploy\n"
            "  cloudkit help patterns");
  }

  int run(Session& session) override {
    const CommandNode* node = &tree_.root();
    for (const std::string& word : words_) {
      const CommandNode* below = node->find(word);
      if (below == nullptr) return words_.size() == 1 ? topic(session.out, word) : unknown(session.out, *node, word);
      node = below;
    }
    session.out.line(help_text(tree_.root(), *node, help_width()));
    return 0;
  }

 private:
  int topic(Output& out, const std::string& word) const {
    for (const HelpTopic& topic : help_topics()) {
      if (word == topic.name) return out.line(topic.text), 0;
    }
    return unknown(out, tree_.root(), word);
  }

  static int unknown(Output& out, const CommandNode& node, const std::string& word) {
    std::vector<std::string> known = node.names_below();
    const bool is_root = node.command == nullptr;
    for (const HelpTopic& topic : help_topics()) {
      if (is_root) known.emplace_back(topic.name);
    }
    const std::string meant = nearest(word, known);
    return out.error(Error(ErrorCode::invalid_argument, "there is no help on \"" + word + '"',
                           (meant.empty() ? "" : "did you mean " + meant + "? ") + "see: " + node.path + " --help"));
  }

  const CommandTree& tree_;
  std::vector<std::string> words_;
};

}  // namespace

std::string label_of(const Parameter& parameter) {
  if (parameter.names.empty()) return parameter.value_name + (parameter.repeats ? "..." : "");
  std::string label = parameter.names.front().starts_with("--") ? "    " : "";
  for (const std::string& name : parameter.names) label += (&name == parameter.names.data() ? "" : ", ") + name;
  return parameter.value_name.empty() ? label : label + ' ' + parameter.value_name;
}

std::size_t help_width() {
  winsize size{};
  const char* const columns = std::getenv("COLUMNS");
  std::size_t width = columns == nullptr ? 0 : std::strtoul(columns, nullptr, 10);
  if (width == 0 && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) width = size.ws_col;
  return width == 0 ? 80 : std::clamp<std::size_t>(width, 60, 100);
}

std::string help_text(const CommandNode& root, const CommandNode& node, std::size_t width) {
  const bool is_root = &node == &root;
  const std::string summary =
      is_root ? "Objects, buckets, functions and machines, wherever they are." : node.command->summary();
  std::vector<Line> arguments, options, everywhere;
  for (const Parameter& parameter : node.description.parameters) {
    auto& lines = parameter.names.empty() ? arguments : is_root ? everywhere : options;
    lines.push_back({label_of(parameter), text_of(parameter)});
  }
  if (!is_root) {
    for (const Parameter& parameter : root.description.parameters) {
      everywhere.push_back({label_of(parameter), text_of(parameter)});
    }
  }
  std::string text = wrapped(summary, 0, 0, width) + "\n\n" + usage_of(node);
  text += section("Arguments", arguments, width) + section("Options", options, width) + commands_of(node, width);
  text += section("Options of all commands", everywhere, width);
  if (is_root) text += topics(width);
  if (!node.description.examples.empty()) text += "\nExamples:\n" + node.description.examples + '\n';
  if (is_root) {
    text +=
        "\nExit codes: 0 done, 1 failed or partly failed, 2 wrong usage, 3 not found,\n"
        "4 credentials or permission, 5 try again later, 6 data were damaged, 130 interrupted.\n";
  }
  text.pop_back();
  return text;
}

std::unique_ptr<Command> make_help(const CommandTree& tree) { return std::make_unique<Help>(tree); }

}  // namespace cloudkit::tool
