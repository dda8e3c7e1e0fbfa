#include "arguments.h"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace cloudkit::tool {
namespace {

// "-r", "--recursive" of "-r,--recursive".
std::vector<std::string> names_of(std::string text) {
  std::replace(text.begin(), text.end(), ',', '\n');
  std::istringstream lines(text);
  std::vector<std::string> names;
  for (std::string name; std::getline(lines, name);) names.push_back(name);
  return names;
}

constexpr char kShield = '\x01';
const char* const kNotEmpty = "not empty";

// By a callback, since CLI11's own reading takes "{}" for no value.
CLI::Option* add(CLI::App& app, const char* names, const std::function<void(const std::string&)>& take) {
  return app.add_option(names, [take](const CLI::results_t& words) { return take(unshielded(words.front())), true; });
}

CLI::Option* add(CLI::App& app, const char* names, std::string& value) {
  return add(app, names, [&value](const std::string& word) { value = word; });
}

CLI::Option* add(CLI::App& app, const char* names, std::vector<std::string>& values) {
  const auto take = [&values](const CLI::results_t& words) {
    for (const std::string& word : words) values.push_back(unshielded(word));
    return true;
  };
  return app.add_option(names, take)->expected(-1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

// Given twice, the last one holds.
CLI::Option* single(CLI::Option* option, const char* value_name) {
  return option->type_name(value_name)->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

void refuse_empty(CLI::Option* option, const std::string& name) {
  const auto check = [name](const std::string& word) -> std::string {
    if (unshielded(word).empty()) {
      throw UsageProblem{Error(ErrorCode::invalid_argument, name + " is empty", "is a variable of the shell not set?")};
    }
    return {};
  };
  option->check(check, "", kNotEmpty);
}

Parameter argument(const char* name, const char* help, bool required, bool repeats) {
  Parameter parameter;
  parameter.value_name = name;
  parameter.help = help;
  parameter.required = required;
  parameter.repeats = repeats;
  return parameter;
}

Parameter option_of(const char* names, const char* value_name, const char* help) {
  Parameter parameter;
  parameter.names = names_of(names);
  parameter.value_name = value_name;
  parameter.help = help;
  return parameter;
}

Error not_a_choice(const Parameter& parameter, const std::string& value) {
  std::string known;
  for (const std::string& choice : parameter.choices) known += (known.empty() ? "" : ", ") + choice;
  const std::string& name = parameter.names.empty() ? parameter.value_name : parameter.names.back();
  return {ErrorCode::invalid_argument, name + ' ' + value + " is not known", "known are: " + known};
}

}  // namespace

std::string shielded(std::string word) {
  const bool special = !word.empty() && (word.front() == '[' || word.front() == '{' || word.front() == kShield);
  return special ? kShield + std::move(word) : word;
}

std::string shielded_option(std::string word) {
  const bool lacks_value = word.starts_with("--") && word.find('=') == word.size() - 1;
  return lacks_value ? std::move(word) + kShield : shielded(std::move(word));
}

std::string unshielded(const std::string& word) { return word.substr(word.starts_with(kShield) ? 1 : 0); }

void Arguments::describe(Parameter parameter) { description_.parameters.push_back(std::move(parameter)); }

Arguments& Arguments::positional(const char* name, std::string& value, const char* help) {
  last_ = add(app_, name, value)->required();
  describe(argument(name, help, true, false));
  return *this;
}

Arguments& Arguments::optional_positional(const char* name, std::string& value, const char* help) {
  last_ = add(app_, name, value);
  refuse_empty(last_, name);
  describe(argument(name, help, false, false));
  return *this;
}

Arguments& Arguments::positionals(const char* name, std::vector<std::string>& values, const char* help) {
  last_ = add(app_, name, values)->required();
  describe(argument(name, help, true, true));
  return *this;
}

Arguments& Arguments::optional_positionals(const char* name, std::vector<std::string>& values, const char* help) {
  last_ = add(app_, name, values);
  describe(argument(name, help, false, true));
  return *this;
}

Arguments& Arguments::positionals_and_last(const char* name, const char* help, const char* last_name,
                                           const char* last_help, std::vector<std::string>& values, Takes what) {
  last_ = add(app_, name, values)->required();
  describe(argument(name, help, true, true));
  takes(what);
  describe(argument(last_name, last_help, true, false));
  takes(what);
  return *this;
}

Arguments& Arguments::flag(const char* names, bool& value, const char* help) {
  last_ = app_.add_flag(names, value);
  describe(option_of(names, "", help));
  description_.parameters.back().takes = Takes::nothing;
  return *this;
}

Arguments& Arguments::option(const char* names, std::string& value, const char* value_name, const char* help) {
  last_ = single(add(app_, names, value), value_name);
  refuse_empty(last_, names_of(names).back());
  describe(option_of(names, value_name, help));
  description_.parameters.back().default_text = value;
  return *this;
}

Arguments& Arguments::option(const char* names, int& value, const char* value_name, const char* help) {
  last_ = single(app_.add_option(names, value), value_name);
  last_->check([name = names_of(names).back()](const std::string& number) -> std::string {
    if (number.starts_with('-'))
      throw UsageProblem{Error(ErrorCode::invalid_argument, name + ' ' + number + " is negative")};
    return {};
  });
  describe(option_of(names, value_name, help));
  // A zero stands for what the help says.
  if (value != 0) description_.parameters.back().default_text = std::to_string(value);
  return *this;
}

Arguments& Arguments::required_option(const char* names, std::string& value, const char* value_name, const char* help) {
  last_ = single(add(app_, names, value), value_name)->required();
  refuse_empty(last_, names_of(names).back());
  describe(option_of(names, value_name, help));
  description_.parameters.back().required = true;
  return *this;
}

Arguments& Arguments::option(const char* names, std::vector<std::string>& values, const char* value_name,
                             const char* help) {
  return each(names, [&values](const std::string& value) { values.push_back(value); }, value_name, help);
}

Arguments& Arguments::each(const char* names, const std::function<void(const std::string&)>& take,
                           const char* value_name, const char* help) {
  last_ = single(add(app_, names, take), value_name)->trigger_on_parse();
  refuse_empty(last_, names_of(names).back());
  describe(option_of(names, value_name, help));
  description_.parameters.back().repeats = true;
  return *this;
}

Arguments& Arguments::takes(Takes what) {
  description_.parameters.back().takes = what;
  return *this;
}

Arguments& Arguments::takes_on(std::vector<std::string> schemes) {
  description_.parameters.back().takes = Takes::on;
  description_.parameters.back().schemes = std::move(schemes);
  return *this;
}

Arguments& Arguments::may_be_empty() {
  last_->get_validator(kNotEmpty)->active(false);
  return *this;
}

Arguments& Arguments::one_of(std::vector<std::string> choices) {
  Parameter& parameter = description_.parameters.back();
  parameter.choices = std::move(choices);
  last_->check([parameter](const std::string& value) -> std::string {
    const auto& known = parameter.choices;
    if (std::find(known.begin(), known.end(), value) == known.end()) {
      throw UsageProblem{not_a_choice(parameter, unshielded(value))};
    }
    return {};
  });
  return *this;
}

Arguments& Arguments::examples(const char* text) {
  description_.examples = text;
  return *this;
}

}  // namespace cloudkit::tool
