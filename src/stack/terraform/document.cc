#include "stack/terraform/document.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "core/check_text.h"
#include "core/encode.h"
#include "core/fail.h"
#include "stack/terraform/names.h"
#include "stack/terraform/template.h"

namespace cloudkit::inline v0::terraform {
namespace {

using codec::JsonMember;
using codec::JsonValue;

// Terraform ignores it in every block:
// https://developer.hashicorp.com/terraform/language/syntax/json#comment-properties
constexpr std::string_view kComment = "//";

bool is_name(std::string_view text) {
  return !text.empty() && !core::is_digit(text.front()) && text.front() != '-' &&
         core::is_made_of(text, "_-", text.size());
}

// Reads blocks in turn, up to the first problem.
class DocumentReader {
 public:
  explicit DocumentReader(const Source& source) : source_(source) {}

  Status read(const JsonValue& root) {
    if (!root.is_object()) return refuse({}, "an object was expected, with \"resource\" in it");
    return each(root, {}, [&](const JsonMember& member, const Place& place) {
      return read_section(member.name, member.value, place);
    });
  }
  Document take() { return std::move(document_); }

 private:
  using Visit = std::function<Status(const JsonMember&, const Place&)>;

  Error refuse(const Place& place, std::string_view why, std::string hint = {}) const {
    return source_.refuse(place, why, std::move(hint));
  }

  // The members of a block, which may also be an array of such.
  Status each(const JsonValue& block, const Place& place, const Visit& visit) const {
    if (block.is_array()) {
      for (std::size_t i = 0; i < block.items().size(); ++i) {
        if (!block.items()[i].is_object()) return refuse(place.child(std::to_string(i)), "an object was expected");
        if (auto status = each(block.items()[i], place.child(std::to_string(i)), visit); !status) return status;
      }
      return {};
    }
    if (!block.is_object()) return refuse(place, "an object was expected");
    for (const JsonMember& member : block.members()) {
      if (member.name == kComment) continue;
      if (auto status = visit(member, place.child(member.name)); !status) return status;
    }
    return {};
  }
  Status each_named(const JsonValue& block, const Place& place, const Visit& visit) const {
    return each(block, place, [&](const JsonMember& member, const Place& inner) -> Status {
      if (is_name(member.name)) return visit(member, inner);
      return refuse(inner, fmt::format("{} is no name", core::in_quotes(member.name)),
                    "names are letters, digits, \"_\" and \"-\", and begin with a letter or \"_\"");
    });
  }

  Status read_section(std::string_view name, const JsonValue& json, const Place& place) {
    if (name == "terraform") return read_terraform(json, place);
    if (name == "provider") return read_providers(json, place);
    if (name == "variable") {
      return each_named(json, place, [&](const JsonMember& one, const Place& at) { return read_variable(one, at); });
    }
    if (name == "locals") {
      return each_named(json, place,
                        [&](const JsonMember& one, const Place& at) { return keep(document_.locals, one, at); });
    }
    if (name == "output") {
      return each_named(json, place, [&](const JsonMember& one, const Place& at) { return read_output(one, at); });
    }
    if (name == "resource") {
      return each_named(json, place, [&](const JsonMember& type, const Place& at) {
        return each_named(type.value, at, [&](const JsonMember& one, const Place& inner) {
          return read_resource(type.name, one, inner);
        });
      });
    }
    return refuse(place, fmt::format("{} is not taken", core::in_quotes(name)),
                  "taken are: locals, output, provider, resource, terraform, variable");
  }

  // What says for whom the file is.
  Status read_terraform(const JsonValue& json, const Place& place) const {
    return each(json, place, [&](const JsonMember& member, const Place& at) -> Status {
      if (member.name == "required_version") return {};
      if (member.name == "required_providers") {
        return each(member.value, at, [&](const JsonMember& provider, const Place& inner) -> Status {
          if (provider.name == "aws") return {};
          return refuse(inner, fmt::format("the provider {} is not taken", core::in_quotes(provider.name)),
                        "taken is: aws");
        });
      }
      const bool backend = member.name == "backend" || member.name == "cloud";
      return refuse(at, fmt::format("{} is not taken", core::in_quotes(member.name)),
                    backend ? "where the state is, is said apart from the file: --state URL" : "");
    });
  }

  Status read_providers(const JsonValue& json, const Place& place) {
    return each_named(json, place, [&](const JsonMember& member, const Place& at) -> Status {
      if (member.name != "aws") {
        return refuse(at, fmt::format("the provider {} is not taken", core::in_quotes(member.name)), "taken is: aws");
      }
      const bool one = member.value.is_array() && member.value.items().size() == 1;
      const JsonValue& block = one ? member.value.items()[0] : member.value;
      if (!block.is_object() || document_.provider) return refuse(at, "one provider was expected: an object");
      auto provider = value_of(block, one ? at.child("0") : at, source_, Texts::templates);
      if (!provider) return std::move(provider).error();
      document_.provider = *std::move(provider);
      return {};
    });
  }

  Status read_variable(const JsonMember& member, const Place& place) {
    Variable variable;
    variable.name = member.name;
    variable.place = place;
    auto status = each(member.value, place, [&](const JsonMember& part, const Place& at) -> Status {
      if (part.name == "type") return read_type(part.value, at, variable.type);
      if (part.name == "description") return {};
      if (part.name == "sensitive") return read_flag(part.value, at, variable.sensitive);
      if (part.name == "default") {
        auto value = value_of(part.value, at, source_, Texts::literal);
        if (!value) return std::move(value).error();
        variable.default_value = *std::move(value);
        return {};
      }
      return refuse(at, fmt::format("{} is not taken", core::in_quotes(part.name)),
                    "of a variable are taken: default, description, sensitive, type");
    });
    if (status) document_.variables.push_back(std::move(variable));
    return status;
  }

  Status read_type(const JsonValue& json, const Place& place, Variable::Type& type) const {
    constexpr std::pair<std::string_view, Variable::Type> kTypes[] = {
        {"any", Variable::Type::any},           {"bool", Variable::Type::boolean},
        {"list(string)", Variable::Type::list}, {"map(string)", Variable::Type::map},
        {"number", Variable::Type::number},     {"set(string)", Variable::Type::list},
        {"string", Variable::Type::text},
    };
    const std::string_view text = json.as_string().value_or("");
    for (const auto& [name, known] : kTypes) {
      if (name != text) continue;
      type = known;
      return {};
    }
    return refuse(place, text.empty() ? "a type was expected" : fmt::format("{} is not taken", core::in_quotes(text)),
                  "types are: any, bool, list(string), map(string), number, set(string), string");
  }

  Status read_flag(const JsonValue& json, const Place& place, bool& flag) const {
    const auto truth = json.as_bool();
    if (!truth) return refuse(place, "true or false was expected");
    flag = *truth;
    return {};
  }

  Status read_output(const JsonMember& member, const Place& place) {
    bool given = false;
    auto status = each(member.value, place, [&](const JsonMember& part, const Place& at) -> Status {
      if (part.name == "description") return {};
      if (part.name == "value") {
        given = true;
        return keep(document_.outputs, {member.name, part.value}, at);
      }
      bool sensitive = false;
      if (part.name == "sensitive") {
        if (auto read = read_flag(part.value, at, sensitive); !read || !sensitive) return read;
        return refuse(at, "outputs are kept with the state as they are, so none is sensitive");
      }
      return refuse(at, fmt::format("{} is not taken", core::in_quotes(part.name)),
                    "of an output are taken: description, sensitive, value");
    });
    if (!status || given) return status;
    return refuse(place, "\"value\" is missing");
  }

  Status read_resource(const std::string& type, const JsonMember& member, const Place& place) {
    Block block{type, member.name};
    block.body.kind = Value::Kind::map;
    block.body.place = place;
    auto status = each(member.value, place, [&](const JsonMember& part, const Place& at) -> Status {
      if (part.name == "depends_on") return read_dependencies(part.value, at, block.depends_on);
      if (part.name == "lifecycle") return read_lifecycle(part.value, at, block.prevent_destroy);
      for (const char* other : {"connection", "count", "for_each", "provider", "provisioner"}) {
        if (part.name == other)
          return refuse(at, fmt::format("{} is not taken", core::in_quotes(other)), hint_of(other));
      }
      return keep(block.body.members, part, at);
    });
    if (!status) return status;
    document_.resources.push_back(std::move(block));
    return {};
  }

  static std::string hint_of(std::string_view name) {
    if (name == "count" || name == "for_each") return "write each resource, or declare them in C++ in a loop";
    if (name == "provider") return "everything of a stack is in one place";
    return "commands for a machine are in its user_data, or: cloudkit vm run";
  }

  Status read_dependencies(const JsonValue& json, const Place& place, std::vector<std::string>& out) const {
    if (!json.is_array()) return refuse(place, "a list was expected, as in [\"aws_s3_bucket.logs\"]");
    for (std::size_t i = 0; i < json.items().size(); ++i) {
      const std::string_view text = json.items()[i].as_string().value_or("");
      const std::size_t point = text.find('.');
      if (point == std::string_view::npos || !is_name(text.substr(0, point)) || !is_name(text.substr(point + 1))) {
        return refuse(place.child(std::to_string(i)), "TYPE.NAME was expected, as in \"aws_s3_bucket.logs\"");
      }
      out.emplace_back(text);
    }
    return {};
  }

  Status read_lifecycle(const JsonValue& json, const Place& place, bool& prevent_destroy) const {
    return each(json, place, [&](const JsonMember& part, const Place& at) -> Status {
      if (part.name == "prevent_destroy") return read_flag(part.value, at, prevent_destroy);
      return refuse(at, fmt::format("{} is not taken", core::in_quotes(part.name)), "taken is: prevent_destroy");
    });
  }

  // A name may come again in another object of an array.
  Status keep(std::vector<Member>& members, const JsonMember& member, const Place& place) const {
    auto value = value_of(member.value, place, source_, Texts::templates);
    if (!value) return std::move(value).error();
    members.push_back({member.name, *std::move(value)});
    return {};
  }

  const Source& source_;
  Document document_;
};

template <class Range, class Name, class PlaceOf>
Status check_twice(const Range& range, std::string_view what, const Source& source, Name name, PlaceOf place) {
  std::vector<std::pair<std::string, const Place*>> names;
  names.reserve(range.size());
  for (const auto& one : range) names.emplace_back(name(one), &place(one));
  std::sort(names.begin(), names.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  const auto twice =
      std::adjacent_find(names.begin(), names.end(), [](const auto& a, const auto& b) { return a.first == b.first; });
  if (twice == names.end()) return {};
  return source.refuse(*(twice + 1)->second, fmt::format("the {} {} is given twice", what, twice->first));
}

Status check_names(const Document& document, const Source& source) {
  const auto name = [](const auto& one) { return one.name; };
  const auto value_place = [](const auto& one) -> const Place& { return one.value.place; };
  auto status = check_twice(document.variables, "variable", source, name,
                            [](const Variable& one) -> const Place& { return one.place; });
  if (status) status = check_twice(document.locals, "local value", source, name, value_place);
  if (status) status = check_twice(document.outputs, "output", source, name, value_place);
  const auto body_place = [](const Block& one) -> const Place& { return one.body.place; };
  const auto address = [](const Block& one) { return one.type + '.' + one.name; };
  if (status) status = check_twice(document.resources, "resource", source, address, body_place);
  for (const Block& block : document.resources) {
    if (status) status = check_twice(block.body.members, "attribute", source, name, value_place);
  }
  return status;
}

std::string shortest(const JsonValue& number) {
  if (const auto whole = number.as_u64()) return fmt::format("{}", *whole);
  if (const auto below_zero = number.as_i64()) return fmt::format("{}", *below_zero);
  return fmt::format("{}", number.as_double().value_or(0));
}

Result<Value> container_of(const JsonValue& json, const Place& place, const Source& source, Texts texts) {
  Value value;
  value.place = place;
  value.kind = json.is_array() ? Value::Kind::list : Value::Kind::map;
  for (const JsonValue& item : json.items()) {
    auto read = value_of(item, place.child(std::to_string(value.items.size())), source, texts);
    if (!read) return read;
    value.items.push_back(*std::move(read));
  }
  for (const JsonMember& member : json.members()) {
    auto read = value_of(member.value, place.child(member.name), source, texts);
    if (!read) return read;
    value.members.push_back({member.name, *std::move(read)});
  }
  return value;
}

}  // namespace

Result<Value> value_of(const JsonValue& json, const Place& place, const Source& source, Texts texts) {
  if (json.is_array() || json.is_object()) return container_of(json, place, source, texts);
  Value value;
  value.place = place;
  if (json.is_null()) return value;
  if (const auto truth = json.as_bool()) {
    value.kind = Value::Kind::boolean;
    value.truth = *truth;
  } else if (const auto text = json.as_string()) {
    value.kind = Value::Kind::text;
    if (texts == Texts::literal) {
      append_text(value.text, *text);
      return value;
    }
    auto pieces = parse_template(*text);
    if (!pieces) return source.refuse(place, pieces.error().message, pieces.error().hint);
    value.text = *std::move(pieces);
  } else {
    value.kind = Value::Kind::number;
    value.number = shortest(json);
  }
  return value;
}

Status check_known(const Document& document, const Source& source, std::string_view type, std::string_view name,
                   const Place& place) {
  if (stack_type(type).empty()) return {};
  std::string others;
  for (const Block& block : document.resources) {
    if (block.type != type) continue;
    if (block.name == name) return {};
    core::append_listed(others, fmt::format("{}.{}", block.type, block.name));
  }
  return source.refuse(place, fmt::format("there is no {}.{}", type, name),
                       others.empty() ? fmt::format("the file has no {}", type) : "the file has " + others);
}

Result<Document> parse_document(const Source& source) {
  auto json = codec::parse_json_file(source.text, source.name);
  if (!json) {
    Error error = std::move(json).error();
    if (core::trim(source.text).find_first_of("{[") != 0) {
      error.hint = "this is Terraform's JSON syntax, *.tf.json; HCL is not taken";
    }
    return error;
  }
  DocumentReader reader(source);
  if (auto status = reader.read(*json); !status) return std::move(status).error();
  Document document = reader.take();
  if (auto status = check_names(document, source); !status) return std::move(status).error();
  return document;
}

}  // namespace cloudkit::inline v0::terraform
