#pragma once

#include <string>
#include <vector>

/// What a command takes, as its help tells it and completion offers it.
namespace cloudkit::tool {

/// What can be asked for values of a parameter.
enum class Takes {
  nothing,  ///< A flag.
  text,
  file,
  directory,
  url,    ///< Of objects, prefixes and buckets.
  place,  ///< A URL of them, or a path.
  on,     ///< Where functions or machines are: a URL of one of `schemes`.
  help,   ///< A command or a topic.
};

/// An argument or an option.
struct Parameter {
  std::vector<std::string> names = {};  ///< "-r", "--recursive". None of an argument.
  std::string value_name = {};          ///< "RATE", or the argument's name. Empty of a flag.
  std::string help = {};
  std::string default_text = {};
  std::vector<std::string> choices = {};  ///< No other values.
  std::vector<std::string> schemes = {};
  Takes takes = Takes::text;
  bool required = false;
  bool repeats = false;
};

/// All of a command.
struct Description {
  std::vector<Parameter> parameters = {};
  std::string examples = {};
};

}  // namespace cloudkit::tool
