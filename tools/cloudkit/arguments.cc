#include "arguments.h"

#include <CLI/CLI.hpp>

namespace cloudkit::tool {

Arguments& Arguments::positional(const char* name, std::string& value, const char* help) {
  app_.add_option(name, value, help)->required()->type_name("");
  return *this;
}

Arguments& Arguments::optional_positional(const char* name, std::string& value, const char* help) {
  app_.add_option(name, value, help)->type_name("");
  return *this;
}

Arguments& Arguments::positionals(const char* name, std::vector<std::string>& values, const char* help) {
  app_.add_option(name, values, help)->required()->type_name("");
  return *this;
}

Arguments& Arguments::flag(const char* names, bool& value, const char* help) {
  app_.add_flag(names, value, help);
  return *this;
}

Arguments& Arguments::option(const char* names, std::string& value, const char* value_name, const char* help) {
  app_.add_option(names, value, help)->type_name(value_name)->capture_default_str();
  return *this;
}

Arguments& Arguments::option(const char* names, int& value, const char* value_name, const char* help) {
  app_.add_option(names, value, help)->type_name(value_name)->capture_default_str();
  return *this;
}

Arguments& Arguments::required_option(const char* names, std::string& value, const char* value_name, const char* help) {
  app_.add_option(names, value, help)->type_name(value_name)->required();
  return *this;
}

Arguments& Arguments::option(const char* names, std::vector<std::string>& values, const char* value_name,
                             const char* help) {
  app_.add_option(names, values, help)->type_name(value_name)->allow_extra_args(false);
  return *this;
}

Arguments& Arguments::each(const char* names, std::function<void(const std::string&)> take, const char* value_name,
                           const char* help) {
  app_.add_option_function<std::string>(names, take, help)
      ->type_name(value_name)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)
      ->trigger_on_parse();
  return *this;
}

Arguments& Arguments::examples(const char* text) {
  app_.footer(std::string("Examples:\n") + text);
  return *this;
}

}  // namespace cloudkit::tool
