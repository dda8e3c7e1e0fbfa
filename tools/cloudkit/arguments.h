#pragma once

#include "parameter.h"

#include <cloudkit/error.h>

#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace cloudkit::tool {

/// Thrown while the command line is read, as what reads it throws its own.
struct UsageProblem {
  Error error;
};

/// CLI11 takes "[a,b]" for two values and "{}" for none: what begins so is kept from it behind another byte, from the
/// command line to where `Arguments` takes the value.
std::string shielded(std::string word);
/// Also "--name=", whose value CLI11 takes from the next word. Not of words behind "--".
std::string shielded_option(std::string word);
std::string unshielded(const std::string& word);

/// Declares what one command takes: to what parses it, and to what describes it. Hides CLI11, which costs every file
/// that includes it seconds. An empty value is refused: it comes of a variable of the shell that is not set, and would
/// be as if nothing had been said.
class Arguments {
 public:
  Arguments(CLI::App& app, Description& description) : app_(app), description_(description) {}

  /// By its place. All but the last must be required.
  Arguments& positional(const char* name, std::string& value, const char* help);
  /// Need not be given; after those that must.
  Arguments& optional_positional(const char* name, std::string& value, const char* help);
  Arguments& positionals(const char* name, std::vector<std::string>& values, const char* help);
  Arguments& optional_positionals(const char* name, std::vector<std::string>& values, const char* help);
  /// One or more, and one that has a meaning of its own; whether there are two is for the command to check.
  Arguments& positionals_and_last(const char* name, const char* help, const char* last_name, const char* last_help,
                                  std::vector<std::string>& values, Takes takes);
  /// `names` as in "-r,--recursive".
  Arguments& flag(const char* names, bool& value, const char* help);
  /// Takes a value, which the help calls `value_name`.
  Arguments& option(const char* names, std::string& value, const char* value_name, const char* help);
  /// Never negative.
  Arguments& option(const char* names, int& value, const char* value_name, const char* help);
  Arguments& required_option(const char* names, std::string& value, const char* value_name, const char* help);
  /// May be given again and again, each time with one value.
  Arguments& option(const char* names, std::vector<std::string>& values, const char* value_name, const char* help);
  /// The same; `take` gets each value as it comes, in the order of the command line among several such options.
  Arguments& each(const char* names, const std::function<void(const std::string&)>& take, const char* value_name,
                  const char* help);

  /// Of the last one: for completion.
  Arguments& takes(Takes what);
  /// Of the last one: for completion, where functions or machines are.
  Arguments& takes_on(std::vector<std::string> schemes);
  /// Of the last one: an empty value is one, too.
  Arguments& may_be_empty();
  /// Of the last one: any other value is refused.
  Arguments& one_of(std::vector<std::string> choices);

  /// Lines that close the help.
  Arguments& examples(const char* text);

 private:
  void describe(Parameter parameter);

  CLI::App& app_;
  Description& description_;
  CLI::Option* last_ = nullptr;
};

}  // namespace cloudkit::tool
