#pragma once

#include "stack/terraform/document.h"

#include <cloudkit/result.h>

#include <map>
#include <string>

namespace cloudkit::inline v0::terraform {

/// What is said apart from the file.
struct Surroundings {
  std::map<std::string, std::string> variables = {};    ///< "--var": each must be declared.
  std::map<std::string, std::string> environment = {};  ///< TF_VAR_…, without the prefix; others are ignored.
  std::string directory = {};                           ///< What ${path.module} is; where relative paths begin.
};

/// Values of a document, with everything replaced but what only a resource that is there can tell. Variables and local
/// values are found once. Reads the files that file() names, of 1 MiB at most.
class Scope {
 public:
  /// All of these must outlive it.
  Scope(const Document& document, const Source& source, const Surroundings& surroundings);

  /// Gives each variable its value. Errors: `invalid_argument`: there is none, or it is of another type, or not
  /// declared.
  Status set_variables();
  /// Texts are left with pieces of the kinds `text` and `resource` only. Errors: `invalid_argument`, with the place;
  /// `io`.
  Result<Value> evaluate(const Value& value);

 private:
  enum class Progress { untouched, begun, done };
  struct Local {
    const Value* declared = nullptr;
    Value value = {};
    Progress progress = Progress::untouched;
  };

  Status set_variable(const Variable& variable);
  Result<Value> given(const Variable& variable, const std::string& text, const std::string& from) const;
  Result<Value> look_up(const Piece& piece, const Place& place);
  Result<Value> look_up_local(const std::string& name, const Place& place);
  Result<Value> evaluate_text(const Value& value);
  Status append(const Piece& piece, const Place& place, Value& out);
  Status append_file(const Template& path, const Place& place, Value& out);
  Status spend(std::size_t bytes, const Place& place);

  const Document& document_;
  const Source& source_;
  const Surroundings& surroundings_;
  std::map<std::string, Value, std::less<>> variables_;
  std::map<std::string, Local, std::less<>> locals_;
  std::size_t depth_ = 0;
  std::size_t spent_ = 0;
};

}  // namespace cloudkit::inline v0::terraform
