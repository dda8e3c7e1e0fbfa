#pragma once

#include "stack/terraform/value.h"

#include <cloudkit/result.h>

#include <optional>
#include <string>
#include <vector>

namespace cloudkit::inline v0::terraform {

struct Variable {
  enum class Type { any, text, number, boolean, list, map };
  std::string name = {};
  Type type = Type::any;
  std::optional<Value> default_value = {};
  bool sensitive = false;
  Place place = {};
};

/// resource.TYPE.NAME
struct Block {
  std::string type = {};
  std::string name = {};
  Value body = {};  ///< A map, without what all resources may have.
  std::vector<std::string> depends_on = {};
  bool prevent_destroy = false;
};

/// A file, before anything in it is replaced: kinds and names are as they should be; attributes of resources are
/// looked at by whoever knows the types.
struct Document {
  std::optional<Value> provider = {};  ///< That of AWS: a map.
  std::vector<Variable> variables = {};
  std::vector<Member> locals = {};
  std::vector<Block> resources = {};
  std::vector<Member> outputs = {};
};

/// Errors: `invalid_argument`, naming what is not taken and its place. The text must outlive nothing.
Result<Document> parse_document(const Source& source);

/// Errors: `invalid_argument`: the document has no such resource of a type that is taken.
Status check_known(const Document& document, const Source& source, std::string_view type, std::string_view name,
                   const Place& place);

/// JSON as a value. `literal`: texts are no templates.
enum class Texts { templates, literal };
Result<Value> value_of(const codec::JsonValue& json, const Place& place, const Source& source, Texts texts);

}  // namespace cloudkit::inline v0::terraform
