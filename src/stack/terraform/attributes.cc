#include "stack/terraform/attributes.h"

#include <cloudkit/stack.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <utility>

#include "core/check_text.h"
#include "core/fail.h"
#include "stack/terraform/names.h"

namespace cloudkit::inline v0::terraform {

Result<std::string> stack_text(const Template& pieces) {
  std::string text;
  for (const Piece& piece : pieces) {
    if (piece.kind == Piece::Kind::text) {
      text += stack_literal(piece.text);
      continue;
    }
    auto reference = stack_reference(piece);
    if (!reference) return reference;
    text += *reference;
  }
  return text;
}

Attributes::Attributes(const Source& source, const Value& block) : source_(source), block_(block) {}

const Value* Attributes::find(std::string_view name) {
  known_.emplace(name);
  if (!problem_) return nullptr;
  const Value* const found = block_.find(name);
  if (found == nullptr || found->kind == Value::Kind::null) return nullptr;
  if (found->sensitive) sensitive_.emplace_back(name);
  return found;
}

bool Attributes::has(std::string_view name) const {
  const Value* const found = block_.find(name);
  return found != nullptr && found->kind != Value::Kind::null;
}

// As Terraform does, takes numbers and truths for texts.
std::optional<std::string> Attributes::text_of(const Value& value) {
  switch (value.kind) {
    case Value::Kind::boolean: return value.truth ? "true" : "false";
    case Value::Kind::number: return value.number;
    case Value::Kind::text: {
      auto text = stack_text(value.text);
      if (text) return *std::move(text);
      if (problem_) problem_ = source_.refuse(value.place, text.error().message, text.error().hint);
      return std::nullopt;
    }
    default: break;
  }
  if (problem_) {
    problem_ = source_.refuse(value.place, fmt::format("a text was expected, and this is {}", kind_name(value.kind)));
  }
  return std::nullopt;
}

std::string Attributes::text(std::string_view name) {
  const Value* const value = find(name);
  return value == nullptr ? std::string() : text_of(*value).value_or("");
}

std::string Attributes::required_text(std::string_view name) {
  std::string found = text(name);
  if (found.empty()) refuse(has(name) ? name : "", fmt::format("{} is {}", name, has(name) ? "empty" : "missing"));
  return found;
}

std::string Attributes::plain_text(std::string_view name) {
  const Value* const value = find(name);
  if (value == nullptr) return {};
  for (const Piece& piece : value->text) {
    if (piece.kind != Piece::Kind::resource) continue;
    refuse(name, "this must be known before anything is made: no reference to a resource is taken");
    return {};
  }
  std::string text;
  for (const Piece& piece : value->text) text += piece.text;
  return value->kind == Value::Kind::text ? text : text_of(*value).value_or("");
}

std::optional<bool> Attributes::flag(std::string_view name) {
  const Value* const value = find(name);
  if (value == nullptr) return std::nullopt;
  if (value->kind == Value::Kind::boolean) return value->truth;
  const std::string text = plain_text(name);
  if (text == "true" || text == "false") return text == "true";
  refuse(name, "true or false was expected");
  return std::nullopt;
}

std::optional<int> Attributes::integer(std::string_view name) {
  const Value* const value = find(name);
  if (value == nullptr) return std::nullopt;
  const std::string text = value->kind == Value::Kind::number ? value->number : plain_text(name);
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && !text.empty() && end == text.data() + text.size()) return number;
  refuse(name, "a whole number was expected");
  return std::nullopt;
}

std::vector<std::string> Attributes::texts(std::string_view name) {
  std::vector<std::string> texts;
  const Value* const value = find(name);
  if (value == nullptr) return texts;
  if (value->kind != Value::Kind::list) refuse(name, "a list of texts was expected");
  for (const Value& item : value->items) {
    if (auto text = text_of(item)) texts.push_back(*std::move(text));
  }
  return texts;
}

std::map<std::string, std::string> Attributes::text_map(std::string_view name) {
  std::map<std::string, std::string> texts;
  const Value* const value = find(name);
  if (value == nullptr) return texts;
  if (value->kind != Value::Kind::map) refuse(name, "an object of texts was expected");
  for (const Member& member : value->members) {
    if (auto text = text_of(member.value)) texts[member.name] = *std::move(text);
  }
  return texts;
}

std::vector<Attributes> Attributes::blocks(std::string_view name) {
  std::vector<Attributes> blocks;
  const Value* const value = find(name);
  if (value == nullptr) return blocks;
  if (value->kind == Value::Kind::map) blocks.emplace_back(source_, *value);
  if (value->kind != Value::Kind::map && value->kind != Value::Kind::list) refuse(name, "an object was expected");
  for (const Value& item : value->items) {
    if (item.kind == Value::Kind::map) {
      blocks.emplace_back(source_, item);
    } else if (problem_) {
      problem_ = source_.refuse(item.place, "an object was expected");
    }
  }
  return blocks;
}

std::optional<Attributes> Attributes::block(std::string_view name) {
  std::vector<Attributes> found = blocks(name);
  if (found.size() > 1) refuse(name, "one object was expected");
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

void Attributes::refuse(std::string_view name, std::string_view why, std::string hint) {
  if (!problem_) return;
  const Value* const value = name.empty() ? nullptr : block_.find(name);
  problem_ = source_.refuse(value == nullptr ? block_.place : value->place, why, std::move(hint));
}

void Attributes::take(const Attributes& inner) {
  if (problem_) problem_ = inner.status();
}

Status Attributes::finish() {
  if (!problem_) return problem_;
  for (const Member& member : block_.members) {
    if (known_.find(member.name) != known_.end() || member.name == "//") continue;
    refuse(member.name, fmt::format("{} is not taken", core::in_quotes(member.name)),
           fmt::format("taken are: {}", fmt::join(known_, ", ")));
  }
  return problem_;
}

}  // namespace cloudkit::inline v0::terraform
