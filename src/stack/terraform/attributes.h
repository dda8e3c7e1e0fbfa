#pragma once

#include "stack/terraform/value.h"

#include <cloudkit/result.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cloudkit::inline v0::terraform {

/// A text with references as stacks write them. Errors, without a place: a reference to what there is none of.
Result<std::string> stack_text(const Template& pieces);

/// The attributes of a block whose values are evaluated. What is asked for is taken; all else is refused by `finish`.
/// The first problem stays, and what is asked for after it is empty.
class Attributes {
 public:
  /// Both must outlive it.
  Attributes(const Source& source, const Value& block);
  Attributes(const Source& source, Value&& block) = delete;

  bool has(std::string_view name) const;
  std::string text(std::string_view name);
  std::string required_text(std::string_view name);
  /// Without references.
  std::string plain_text(std::string_view name);
  std::optional<bool> flag(std::string_view name);
  std::optional<int> integer(std::string_view name);
  std::vector<std::string> texts(std::string_view name);
  std::map<std::string, std::string> text_map(std::string_view name);
  /// Blocks that may be repeated: one object, or a list of them.
  std::vector<Attributes> blocks(std::string_view name);
  std::optional<Attributes> block(std::string_view name);

  /// Of an attribute, or with "" of the whole block.
  void refuse(std::string_view name, std::string_view why, std::string hint = {});
  /// Takes the problem of a block within.
  void take(const Attributes& inner);
  const Status& status() const { return problem_; }
  /// Names of attributes that were made of sensitive variables.
  const std::vector<std::string>& sensitive() const { return sensitive_; }
  const Place& place() const { return block_.place; }

  Status finish();

 private:
  const Value* find(std::string_view name);
  std::optional<std::string> text_of(const Value& value);

  const Source& source_;
  const Value& block_;
  std::set<std::string, std::less<>> known_;
  std::vector<std::string> sensitive_;
  Status problem_;
};

}  // namespace cloudkit::inline v0::terraform
