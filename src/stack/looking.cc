#include "core/fail.h"
#include "core/threads.h"
#include "stack/code.h"
#include "stack/declaration.h"
#include "stack/planner.h"
#include "stack/references.h"
#include "stack/specs.h"

#include <fmt/format.h>

#include <atomic>
#include <mutex>

// What there is, and what references stand for.
namespace cloudkit::inline v0::stack {
namespace {

constexpr std::size_t kLooksAtOnce = 4;

std::string named(const Place& place) {
  return place.account.empty() ? place.provider : fmt::format("{} of {}", place.provider, place.account);
}

Status check_place(const Site& site, const std::string& address, const Entry& entry) {
  auto place = place_of(kind_of(type_of(address)), site);
  if (!place) return std::move(place).error();
  // Older states do not tell of accounts.
  if (entry.place.account.empty()) place->account.clear();
  if (*place == entry.place) return {};
  return core::invalid_argument(
      fmt::format("{} is at {}, by the state, and what is given is {}", address, named(entry.place), named(*place)),
      "give the credentials and the endpoint that it was made with; what was moved by hand, or is gone with its "
      "account: cloudkit stack forget, StackDeployment::forget in C++, then import");
}

}  // namespace

Secrets secrets_of(const StackResource* resource, const std::string& lineage) {
  Secrets secrets;
  secrets.key = lineage;
  if (resource != nullptr) secrets.names = {resource->options.secrets.begin(), resource->options.secrets.end()};
  return secrets;
}

Result<std::string> resolve_text(const std::string& text, const Lookup& lookup) {
  return substitute(text, [&](const Reference& reference) { return lookup(reference.address(), reference.output); });
}

Result<StackResource::Spec> resolve(StackResource::Spec spec, const Lookup& lookup) {
  Status failed;
  for_each_text(spec, [&](std::string_view, std::string& text) {
    if (!failed) return;
    auto whole = resolve_text(text, lookup);
    if (whole) {
      text = *std::move(whole);
    } else {
      failed = std::move(whole).error();
    }
  });
  if (!failed) return std::move(failed).error();
  return spec;
}

Result<std::string> code_of(const Site& site, const StackResource::Spec& spec) {
  const auto* const function = std::get_if<FunctionSpec>(&spec);
  if (function == nullptr) return std::string();
  auto functions = functions_of(site.providers);
  if (!functions) return std::move(functions).error();
  return code_digest(*function, (*functions)->capabilities());
}

Result<std::map<std::string, std::optional<Found>>> look_at_all(const Site& site, const Stack& stack,
                                                                const Entries& entries, const std::string& lineage,
                                                                bool refresh) {
  std::map<std::string, std::optional<Found>> there;
  std::vector<std::string> wanted;
  for (const auto& [address, entry] : entries) {
    if (auto same = check_place(site, address, entry); !same) return std::move(same).error();
    there[address] = Found{entry.id, entry.facts, entry.outputs, false};
    // What was being made nobody knows without a look.
    if (refresh || !entry.created) wanted.push_back(address);
  }
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  Status failed;
  core::run_on_threads(std::min(kLooksAtOnce, wanted.size()), [&] {
    for (std::size_t i = next++; i < wanted.size(); i = next++) {
      const std::string& address = wanted[i];
      const Secrets secrets = secrets_of(find(stack, address), lineage);
      const Kind& kind = kind_of(type_of(address));
      const Entry& entry = entries.at(address);
      // What is not seen yet is not gone. What was being made needs no wait: its making is repeated.
      auto seen = entry.created ? look_until_settled(kind, site, address, entry, secrets)
                                : kind.look(site, address, entry, secrets);
      const std::scoped_lock lock(mutex);
      if (seen) {
        if (*seen) conceal((*seen)->facts, secrets, entry.inputs);
        there[address] = *std::move(seen);
      } else if (failed) {
        Error error = std::move(seen).error();
        error.message = address + ": " + error.message;
        failed = std::move(error);
      }
    }
  });
  if (!failed) return std::move(failed).error();
  return there;
}

std::vector<StackChange> drift_of(const Entry& entry, const Found& found, const Secrets& secrets) {
  std::vector<StackChange> changes;
  // What an interrupted run made was never looked at.
  if (!entry.created) return changes;
  const auto add = [&](const std::string& name, std::optional<std::string> before, std::optional<std::string> after) {
    StackChange change;
    change.attribute = name;
    if (before) change.before = shown(*before);
    if (after) change.after = shown(*after);
    change.drifted = true;
    changes.push_back(std::move(change));
  };
  // They may be secrets since then only.
  Attributes known = entry.facts;
  conceal(known, secrets, entry.inputs);
  for (const auto& [name, json] : known) {
    const auto now = found.facts.find(name);
    if (now == found.facts.end()) add(name, json, std::nullopt);
    if (now != found.facts.end() && now->second != json) add(name, json, now->second);
  }
  for (const auto& [name, json] : found.facts) {
    if (!known.contains(name)) add(name, std::nullopt, json);
  }
  return changes;
}

}  // namespace cloudkit::inline v0::stack
