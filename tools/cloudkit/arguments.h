#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace cloudkit::tool {

/// What one command takes. Hides CLI11, which costs every file that includes it seconds.
class Arguments {
 public:
  explicit Arguments(CLI::App& app) : app_(app) {}

  /// By its place. All but the last must be required.
  Arguments& positional(const char* name, std::string& value, const char* help);
  /// Need not be given; after those that must.
  Arguments& optional_positional(const char* name, std::string& value, const char* help);
  Arguments& positionals(const char* name, std::vector<std::string>& values, const char* help);
  /// `names` as in "-r,--recursive".
  Arguments& flag(const char* names, bool& value, const char* help);
  /// Takes a value, which the help calls `value_name`.
  Arguments& option(const char* names, std::string& value, const char* value_name, const char* help);
  Arguments& option(const char* names, int& value, const char* value_name, const char* help);
  Arguments& required_option(const char* names, std::string& value, const char* value_name, const char* help);
  /// May be given again and again, each time with one value.
  Arguments& option(const char* names, std::vector<std::string>& values, const char* value_name, const char* help);
  /// The same; `take` gets each value as it comes, in the order of the command line among several such options.
  Arguments& each(const char* names, std::function<void(const std::string&)> take, const char* value_name,
                  const char* help);
  /// Lines that close the help.
  Arguments& examples(const char* text);

 private:
  CLI::App& app_;
};

}  // namespace cloudkit::tool
