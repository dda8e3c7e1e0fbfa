#pragma once

#include <cloudkit/function_types.h>
#include <cloudkit/result.h>
#include <cloudkit/stack_types.h>

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

/// What a resource is, as names and JSON: what the state keeps, and what is compared.
namespace cloudkit::inline v0::stack {

/// "rules", "tags.Name", "environment.LOG": each to a JSON text, always written alike; or a digest.
using Attributes = std::map<std::string, std::string>;

/// Stands for what is known only later where people read.
inline constexpr std::string_view kKnownLater = "(known after apply)";
/// Stands for it in texts, and in JSON: nobody's own text has it, since it is another one in each run. An attribute
/// with it is not known.
const std::string& unknown_mark();
/// Stands for a secret where people read.
inline constexpr std::string_view kSecret = "(secret)";

bool is_known(std::string_view json);
/// A digest, which stands for a secret.
bool is_digest(std::string_view json);
/// As people read it; also a text with marks.
std::string shown(std::string text);

/// Makes digests that only this state's can be compared with.
struct Secrets {
  std::string key = {};              ///< The state's lineage.
  std::set<std::string> names = {};  ///< Attributes that are some, beside those that always are.

  std::string digest(std::string_view json) const;
  bool covers(const std::string& attribute) const;
};

/// Digests in the place of facts that are secrets: by their names, or since the inputs have digests for them.
void conceal(Attributes& facts, const Secrets& secrets, const Attributes& inputs);

/// Whether a change of it means another thing.
bool forces_replacement(std::string_view type, std::string_view attribute);

/// Of a spec without references. `code_digest` is a function's.
Attributes attributes_of(const StackResource::Spec& spec, const Secrets& secrets, std::string_view code_digest);

// ---- What a service says of a thing, the same way.
Attributes attributes_of(const FunctionSpec& configured, const Secrets& secrets, std::string_view code_digest);
/// Each traffic once, in an order that does not depend on that of the rules.
std::string rules_json(const std::vector<FirewallRule>& rules);
/// Into the attributes, by traffic; without any there is no such attribute. Of a traffic that is there twice the first.
inline constexpr const char* kRuleDescriptions = "rules.descriptions";
void add_rule_descriptions(Attributes& attributes, const std::vector<FirewallRule>& rules);
std::string json_of(std::string_view text);
std::string json_of(std::vector<std::string> texts);
std::string json_of_flag(bool value);
/// The text of a JSON string; "" for anything else.
std::string text_of(std::string_view json);
/// The text of an attribute that is one; "" when there is none.
std::string text_in(const Attributes& attributes, const std::string& name);

}  // namespace cloudkit::inline v0::stack
