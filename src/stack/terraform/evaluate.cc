#include "stack/terraform/evaluate.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <utility>

#include "core/check_text.h"
#include "core/fail.h"
#include "core/whole_file.h"
#include "stack/terraform/template.h"

namespace cloudkit::inline v0::terraform {
namespace {

// Local values can be made of each other, so that few lines ask for all memory.
constexpr std::size_t kMaxBytes = std::size_t{16} << 20;
constexpr std::size_t kMaxDepth = 64;
constexpr std::size_t kMaxFile = std::size_t{1} << 20;
constexpr std::size_t kValueBytes = 64;  // of a value beside its text

std::string_view type_name(Variable::Type type) {
  switch (type) {
    case Variable::Type::any: return "anything";
    case Variable::Type::text: return "a string";
    case Variable::Type::number: return "a number";
    case Variable::Type::boolean: return "true or false";
    case Variable::Type::list: return "a list";
    case Variable::Type::map: return "an object";
  }
  return "";
}

bool fits(Variable::Type type, const Value& value) {
  const bool is_scalar =
      value.kind != Value::Kind::list && value.kind != Value::Kind::map && value.kind != Value::Kind::null;
  switch (type) {
    case Variable::Type::any: return true;
    case Variable::Type::text: return is_scalar;
    case Variable::Type::number: return value.kind == Value::Kind::number;
    case Variable::Type::boolean: return value.kind == Value::Kind::boolean;
    case Variable::Type::list: return value.kind == Value::Kind::list;
    case Variable::Type::map: return value.kind == Value::Kind::map;
  }
  return false;
}

void mark(Value& value, const Place& place, bool sensitive) {
  value.place = place;
  value.sensitive = sensitive;
  for (Value& item : value.items) mark(item, place, sensitive);
  for (Member& member : value.members) mark(member.value, place, sensitive);
}

std::size_t size_of(const Value& value) {
  std::size_t size = kValueBytes;
  for (const Piece& piece : value.text) size += piece.text.size();
  for (const Value& item : value.items) size += size_of(item);
  for (const Member& member : value.members) size += member.name.size() + size_of(member.value);
  return size;
}

std::string names_of(const std::vector<Variable>& variables) {
  std::string names;
  for (const Variable& one : variables) core::append_listed(names, one.name);
  return names.empty() ? "the file declares no variables" : "the file declares: " + names;
}

}  // namespace

Scope::Scope(const Document& document, const Source& source, const Surroundings& surroundings)
    : document_(document), source_(source), surroundings_(surroundings) {
  for (const Member& local : document.locals) locals_[local.name].declared = &local.value;
}

Status Scope::set_variables() {
  for (const Variable& variable : document_.variables) {
    if (auto status = set_variable(variable); !status) return status;
  }
  for (const auto& [name, value] : surroundings_.variables) {
    if (variables_.find(name) == variables_.end()) {
      return core::invalid_argument(fmt::format("there is no variable {}", core::in_quotes(name)),
                                    names_of(document_.variables));
    }
  }
  return {};
}

Status Scope::set_variable(const Variable& variable) {
  Value value;
  const auto said = surroundings_.variables.find(variable.name);
  const auto environment = surroundings_.environment.find(variable.name);
  if (said != surroundings_.variables.end()) {
    auto read = given(variable, said->second, "its value");
    if (!read) return std::move(read).error();
    value = *std::move(read);
  } else if (environment != surroundings_.environment.end()) {
    auto read = given(variable, environment->second, "TF_VAR_" + variable.name);
    if (!read) return std::move(read).error();
    value = *std::move(read);
  } else if (variable.default_value) {
    value = *variable.default_value;
    if (!fits(variable.type, value) && value.kind != Value::Kind::null) {
      return source_.refuse(
          value.place, fmt::format("{} was expected, and this is {}", type_name(variable.type), kind_name(value.kind)));
    }
  } else {
    return source_.refuse(variable.place, "the variable has no value",
                          fmt::format("give it one: --var {0}=VALUE, TF_VAR_{0}, or \"default\"", variable.name));
  }
  mark(value, variable.place, variable.sensitive);
  variables_[variable.name] = std::move(value);
  return {};
}

// A list or an object comes as JSON. Never shows the value, which may be a secret.
Result<Value> Scope::given(const Variable& variable, const std::string& text, const std::string& from) const {
  Value value;
  const bool is_text = variable.type == Variable::Type::any || variable.type == Variable::Type::text;
  if (is_text) {
    if (!core::is_valid_utf8(text)) return source_.refuse(variable.place, from + " is not UTF-8");
    value.kind = Value::Kind::text;
    append_text(value.text, text);
    return value;
  }
  const auto json = codec::JsonValue::parse(text);
  if (json) {
    auto read = value_of(*json, variable.place, source_, Texts::literal);
    if (!read) return read;
    value = *std::move(read);
  }
  if (json && fits(variable.type, value)) return value;
  return source_.refuse(variable.place, fmt::format("{} was expected, and {} is none", type_name(variable.type), from),
                        "a list or an object is given as JSON");
}

Status Scope::spend(std::size_t bytes, const Place& place) {
  spent_ += bytes;
  if (spent_ <= kMaxBytes) return {};
  return source_.refuse(place, fmt::format("what the file stands for takes more than {} MiB", kMaxBytes >> 20));
}

Result<Value> Scope::evaluate(const Value& value) {
  if (auto status = spend(kValueBytes, value.place); !status) return std::move(status).error();
  if (value.kind == Value::Kind::text) return evaluate_text(value);
  Value out = value;
  for (Value& item : out.items) {
    auto evaluated = evaluate(item);
    if (!evaluated) return evaluated;
    item = *std::move(evaluated);
    out.sensitive = out.sensitive || item.sensitive;
  }
  for (Member& member : out.members) {
    auto evaluated = evaluate(member.value);
    if (!evaluated) return evaluated;
    member.value = *std::move(evaluated);
    out.sensitive = out.sensitive || member.value.sensitive;
  }
  return out;
}

Result<Value> Scope::evaluate_text(const Value& value) {
  const auto names_value = [](const Piece& piece) {
    return piece.kind == Piece::Kind::variable || piece.kind == Piece::Kind::local;
  };
  // Alone, it may be of any kind.
  if (value.text.size() == 1 && names_value(value.text[0])) {
    auto found = look_up(value.text[0], value.place);
    if (!found) return found;
    if (auto status = spend(size_of(*found), value.place); !status) return std::move(status).error();
    mark(*found, value.place, found->sensitive);
    return found;
  }
  Value out;
  out.kind = Value::Kind::text;
  out.place = value.place;
  for (const Piece& piece : value.text) {
    if (auto status = append(piece, value.place, out); !status) return std::move(status).error();
  }
  return out;
}

Status Scope::append(const Piece& piece, const Place& place, Value& out) {
  switch (piece.kind) {
    case Piece::Kind::text: append_text(out.text, piece.text); return spend(piece.text.size(), place);
    case Piece::Kind::directory: append_text(out.text, surroundings_.directory); return {};
    case Piece::Kind::resource:
      if (auto known = check_known(document_, source_, piece.type, piece.text, place); !known) return known;
      out.text.push_back(piece);
      return spend(kValueBytes, place);
    case Piece::Kind::file: return append_file(piece.path, place, out);
    case Piece::Kind::variable:
    case Piece::Kind::local: break;
  }
  auto found = look_up(piece, place);
  if (!found) return std::move(found).error();
  out.sensitive = out.sensitive || found->sensitive;
  switch (found->kind) {
    case Value::Kind::boolean: append_text(out.text, found->truth ? "true" : "false"); return {};
    case Value::Kind::number: append_text(out.text, found->number); return {};
    case Value::Kind::text:
      for (const Piece& part : found->text) {
        if (auto status = append(part, place, out); !status) return status;
      }
      return {};
    default:
      return source_.refuse(place, fmt::format("{} cannot stand within a text: it is {}", core::in_quotes(piece.text),
                                               kind_name(found->kind)));
  }
}

Status Scope::append_file(const Template& path, const Place& place, Value& out) {
  Value name;
  for (const Piece& piece : path) {
    if (auto status = append(piece, place, name); !status) return status;
  }
  if (name.text.size() != 1 || name.text[0].kind != Piece::Kind::text) {
    return source_.refuse(place, "file() takes a path that is known before anything is made");
  }
  out.sensitive = out.sensitive || name.sensitive;
  std::string file = name.text[0].text;
  const char* const home = std::getenv("HOME");
  if (file.starts_with("~/") && home != nullptr) file = home + file.substr(1);
  if (!std::filesystem::path(file).is_absolute()) {
    file = (std::filesystem::path(surroundings_.directory) / file).string();
  }
  const auto content = core::read_whole_file(file, kMaxFile);
  if (!content) return source_.refuse(place, content.error().message, content.error().hint);
  if (!*content) return source_.refuse(place, fmt::format("there is no file {}", core::in_quotes(file)));
  if (!core::is_valid_utf8(**content))
    return source_.refuse(place, fmt::format("{} is not UTF-8", core::in_quotes(file)));
  append_text(out.text, **content);
  return spend((*content)->size(), place);
}

Result<Value> Scope::look_up(const Piece& piece, const Place& place) {
  if (piece.kind == Piece::Kind::local) return look_up_local(piece.text, place);
  const auto found = variables_.find(piece.text);
  if (found != variables_.end()) return found->second;
  return source_.refuse(place, fmt::format("there is no variable {}", core::in_quotes(piece.text)),
                        names_of(document_.variables));
}

Result<Value> Scope::look_up_local(const std::string& name, const Place& place) {
  const auto found = locals_.find(name);
  if (found == locals_.end())
    return source_.refuse(place, fmt::format("there is no local value {}", core::in_quotes(name)));
  Local& local = found->second;
  if (local.progress == Progress::begun || depth_ >= kMaxDepth) {
    return source_.refuse(
        place, fmt::format("local values are made of each other without an end, or more than {} deep", kMaxDepth));
  }
  if (local.progress == Progress::untouched) {
    local.progress = Progress::begun;
    ++depth_;
    auto value = evaluate(*local.declared);
    --depth_;
    if (!value) return value;
    local.value = *std::move(value);
    local.progress = Progress::done;
  }
  return local.value;
}

}  // namespace cloudkit::inline v0::terraform
