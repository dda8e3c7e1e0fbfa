#pragma once

#include "stack/kind.h"

#include <cloudkit/stack.h>

#include <map>
#include <optional>
#include <string>

/// What is to be done: what is declared, beside what the state and the services say.
namespace cloudkit::inline v0::stack {

struct PlanRequest {
  const Stack& stack;
  const Site& site;
  const Document& document;
  bool destroy = false;
  bool refresh = true;
};

struct Planned {
  StackPlan plan = {};
  /// Of every entry of the state: nothing when it is gone.
  std::map<std::string, std::optional<Found>> there = {};
};

/// Changes nothing. Errors: as `StackDeployment::plan`.
Result<Planned> make_plan(const PlanRequest& request);

/// What there is of everything that the state knows.
Result<std::map<std::string, std::optional<Found>>> look_at_all(const Site& site, const Stack& stack,
                                                                const Entries& entries, const std::string& lineage,
                                                                bool refresh);
/// Facts that are not what they were.
std::vector<StackChange> drift_of(const Entry& entry, const Found& found, const Secrets& secrets);

/// How digests of a declared resource's secrets are made.
Secrets secrets_of(const StackResource* resource, const std::string& lineage);
/// The spec with its references in place.
using Lookup = std::function<Result<std::string>(const std::string& address, const std::string& output)>;
Result<StackResource::Spec> resolve(StackResource::Spec spec, const Lookup& lookup);
Result<std::string> resolve_text(const std::string& text, const Lookup& lookup);
/// Of a function the digest of its code; else "".
Result<std::string> code_of(const Site& site, const StackResource::Spec& spec);

}  // namespace cloudkit::inline v0::stack
