#pragma once

#include <cloudkit/result.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// "{{TYPE.NAME.OUTPUT}}" within texts; all other braces are text. "{{{{TYPE.NAME.OUTPUT}}" stands for
/// "{{TYPE.NAME.OUTPUT}}".
namespace cloudkit::inline v0::stack {

/// An output of a resource.
struct Reference {
  std::string type = {};
  std::string name = {};
  std::string output = {};

  std::string address() const { return type + '.' + name; }
  std::string text() const { return "{{" + address() + '.' + output + "}}"; }
};

std::vector<Reference> references_in(std::string_view text);

/// The text with what `value` says in the place of each reference. Errors: those of `value`, the first.
Result<std::string> substitute(std::string_view text,
                               const std::function<Result<std::string>(const Reference&)>& value);

/// `[A-Za-z][A-Za-z0-9_-]{0,62}`
bool is_resource_name(std::string_view name);

}  // namespace cloudkit::inline v0::stack
