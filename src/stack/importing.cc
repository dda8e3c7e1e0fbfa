#include "stack/importing.h"

#include "core/check_text.h"
#include "core/encode.h"
#include "core/fail.h"
#include "stack/declaration.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace cloudkit::inline v0::stack {
namespace {

// Of what is there and was not asked for, only these would be taken away.
bool counts_unasked(std::string_view attribute) { return attribute.starts_with("environment."); }

// As if it had been made by the declaration, but for what is seen to be otherwise.
Attributes imported(const Attributes& declared, const Attributes& expected, const Attributes& facts) {
  Attributes inputs = declared;
  for (const auto& [name, json] : facts) {
    const auto wanted = expected.find(name);
    if (wanted == expected.end() ? counts_unasked(name) : wanted->second != json) inputs[name] = json;
  }
  return inputs;
}

// What belongs to a function may have the id of another that does.
bool is_same_place(const Entry& entry, const Entry& other) {
  constexpr std::array kPlace = {"function", "method", "path", "stage", "kind"};
  return std::all_of(kPlace.begin(), kPlace.end(), [&](const char* attribute) {
    return text_in(entry.inputs, attribute) == text_in(other.inputs, attribute);
  });
}

// One thing under two addresses would go with either of them; one of another stack with that. A state that was lost had
// the same name, and another lineage.
Status check_unowned(const Stack& stack, const Site& site, const Document& document, const std::string& address,
                     const Entry& imported, const Found& found) {
  for (const auto& [other, entry] : document.entries) {
    const bool is_same = type_of(other) == type_of(address) && entry.id == found.id && is_same_place(entry, imported);
    if (!is_same) continue;
    return core::fail(ErrorCode::conflict, fmt::format("{} is in the state already, as {}", found.id, other),
                      fmt::format("if it is to be {}: cloudkit stack forget {}, StackDeployment::forget in C++, first",
                                  address, other));
  }
  const std::string former = found.stack_tag.substr(0, found.stack_tag.rfind('-'));
  if (found.stack_tag.empty() || found.stack_tag == site.stack_tag || former == stack.name()) return {};
  return core::fail(ErrorCode::conflict,
                    fmt::format("{} belongs to another stack, by its tag {}: {}", found.id, kStackTag,
                                core::printable_excerpt(found.stack_tag, 100)),
                    "let it go there first: cloudkit stack forget; then take that tag away");
}

Result<std::string> known_output(const Document& document, const std::string& address, const std::string& output) {
  const auto entry = document.entries.find(address);
  if (entry == document.entries.end() || !entry->second.created) {
    return core::fail(ErrorCode::not_found, fmt::format("it refers to {}, which is not there yet", address),
                      "import or make that first");
  }
  const auto value = entry->second.outputs.find(output);
  return value == entry->second.outputs.end() ? std::string() : value->second;
}

}  // namespace

Error no_such_entry(const Document& document, const std::string& address) {
  std::string present;
  for (const auto& [each, entry] : document.entries) core::append_listed(present, each);
  return core::fail(ErrorCode::not_found, fmt::format("the state knows no {}", core::in_quotes(address)),
                    present.empty() ? "it knows nothing yet" : "it knows " + present);
}

Result<std::vector<StackDrift>> refresh(const Stack& stack, const Site& site, Keeper& keeper) {
  const Document before = keeper.document();
  auto there = look_at_all(site, stack, before.entries, before.lineage, true);
  if (!there) return std::move(there).error();
  std::vector<StackDrift> drifts;
  Document after = before;
  for (const auto& [address, entry] : before.entries) {
    if (!entry.created) continue;
    const auto& found = there->at(address);
    StackDrift drift;
    drift.address = address;
    drift.id = entry.id;
    drift.gone = !found;
    if (found) drift.changes = drift_of(entry, *found, secrets_of(find(stack, address), before.lineage));
    if (found) after.entries[address].outputs = found->outputs;
    if (drift.gone) after.entries.erase(address);
    if (drift.gone || !drift.changes.empty()) drifts.push_back(std::move(drift));
  }
  const auto old_json = to_json(before);
  const auto new_json = to_json(after);
  if (!before.edited && old_json && new_json && *old_json == *new_json) return drifts;
  auto written = keeper.change([&](Document& document) { document.entries = after.entries; });
  if (!written) return std::move(written).error();
  return drifts;
}

Status import_resource(const Stack& stack, const Site& site, Keeper& keeper, const std::string& address,
                       const std::string& id) {
  const Document document = keeper.document();
  const StackResource* const resource = find(stack, address);
  if (resource == nullptr) {
    return core::invalid_argument(fmt::format("the stack declares no {}", core::in_quotes(address)),
                                  "declare it first, as it is");
  }
  if (document.entries.contains(address)) {
    return core::fail(ErrorCode::conflict, fmt::format("the state has {} already", address),
                      "cloudkit stack forget, StackDeployment::forget in C++, lets it go first");
  }
  auto spec = resolve(resource->spec, [&](const std::string& needed, const std::string& output) {
    return known_output(document, needed, output);
  });
  if (!spec) return std::move(spec).error();
  const Kind& kind = kind_of(resource->type());
  const Secrets secrets = secrets_of(resource, document.lineage);
  const Target target{address, *spec, secrets};
  Entry entry;
  auto place = place_of(kind, site);
  auto code = code_of(site, *spec);
  if (!place) return std::move(place).error();
  if (!code) return std::move(code).error();
  auto found = kind.import(site, target, id);
  if (!found) return std::move(found).error();
  conceal(found->facts, secrets, {});
  auto expected = kind.expected(site, target);
  if (!expected) return std::move(expected).error();
  entry.place = *std::move(place);
  entry.id = found->id;
  entry.created = true;
  entry.begun = site.hooks.now();
  entry.protect = resource->options.protect;
  entry.needs = needs_of(stack)[address];
  entry.inputs = imported(attributes_of(*spec, secrets, *code), *expected, found->facts);
  if (auto free = check_unowned(stack, site, document, address, entry, *found); !free) return free;
  if (found->stack_tag != site.stack_tag) entry.former_tag = found->stack_tag;
  // As each later look sees it.
  auto seen = kind.look(site, address, entry, secrets);
  if (!seen) return std::move(seen).error();
  entry.facts = *seen ? (*seen)->facts : found->facts;
  conceal(entry.facts, secrets, entry.inputs);
  entry.outputs = found->outputs;
  return keeper.change([&](Document& changed) { changed.entries[address] = entry; });
}

}  // namespace cloudkit::inline v0::stack
