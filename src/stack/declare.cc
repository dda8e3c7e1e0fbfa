#include "core/check_text.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/without_value.h"
#include "stack/declaration.h"
#include "stack/references.h"
#include "stack/specs.h"

#include <cloudkit/stack.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

// What is declared, and what is wrong with it.
namespace cloudkit::inline v0 {
namespace stack {
namespace {

using core::in_quotes;
using core::invalid_argument;

// As that of a machine: it is part of tags and keys.
bool is_stack_name(std::string_view name) {
  return core::is_made_of(name, "-", 63) && core::is_lower(name.front()) && name.back() != '-' &&
         std::none_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

std::string addresses_of(const Stack& stack, std::string_view type) {
  std::string list;
  for (const StackResource& resource : stack.resources()) {
    if (type.empty() || resource.type() == type) core::append_listed(list, resource.address());
  }
  return list;
}

std::string joined(const std::vector<std::string_view>& words) { return fmt::format("{}", fmt::join(words, ", ")); }

// `where` is "instance.web: firewalls".
Status check_reference(const Stack& stack, const Reference& reference, std::string_view where) {
  const std::string prefix = fmt::format("{}: {}: ", where, reference.text());
  const std::vector<std::string_view> known = stack_outputs(reference.type);
  if (known.empty()) {
    return invalid_argument(fmt::format("{}there are no resources of a type \"{}\"", prefix, reference.type),
                            "types are " + joined(types()) + "; stack_literal() is for a text that is no reference");
  }
  if (find(stack, reference.address()) == nullptr) {
    const std::string present = addresses_of(stack, reference.type);
    return invalid_argument(
        fmt::format("{}there is no {}", prefix, reference.address()),
        present.empty() ? fmt::format("the stack has no {}", reference.type) : "the stack has " + present);
  }
  if (std::find(known.begin(), known.end(), reference.output) != known.end()) return {};
  return invalid_argument(fmt::format("{}a {} has no output \"{}\"", prefix, reference.type, reference.output),
                          "it has " + joined(known));
}

Status check_texts(const Stack& stack, const StackResource& resource) {
  Status first;
  for_each_text(resource.spec, [&](std::string_view attribute, const std::string& text) {
    for (const Reference& reference : references_in(text)) {
      if (!first) return;
      first = check_reference(stack, reference, fmt::format("{}: {}", resource.address(), attribute));
    }
  });
  return first;
}

Status check_dependencies(const Stack& stack, const StackResource& resource) {
  for (const std::string& address : resource.options.depends_on) {
    if (find(stack, address) != nullptr) continue;
    return invalid_argument(fmt::format("{}: depends_on: there is no {}", resource.address(), in_quotes(address)),
                            "the stack has " + addresses_of(stack, {}));
  }
  return {};
}

Status check_secrets(const StackResource& resource) {
  for (const std::string& each : resource.options.secrets) {
    if (may_be_secret(resource.type(), each)) continue;
    return invalid_argument(
        fmt::format("{}: secrets: {} cannot be kept secret", resource.address(), in_quotes(each)),
        "outputs tell it as it is, or the thing is found by it: leave it out of StackResourceOptions::secrets");
  }
  return {};
}

// What the stack itself says to the service.
Status check_own(const StackResource& resource) {
  const auto* const instance = std::get_if<InstanceSpec>(&resource.spec);
  if (instance != nullptr && !instance->token.empty()) {
    return invalid_argument(resource.address() + ": its token is the stack's own", "leave InstanceSpec::token empty");
  }
  const std::map<std::string, std::string>* tags = instance != nullptr ? &instance->tags : nullptr;
  if (const auto* const firewall = std::get_if<FirewallSpec>(&resource.spec)) tags = &firewall->tags;
  if (const auto* const function = std::get_if<FunctionSpec>(&resource.spec)) tags = &function->tags;
  if (tags == nullptr) return {};
  const auto own = std::find_if(tags->begin(), tags->end(),
                                [](const auto& tag) { return core::to_lower(tag.first).starts_with("cloudkit"); });
  if (own == tags->end()) return {};
  return invalid_argument(
      fmt::format("{}: tags: {} is not yours to set: cloudkit… is taken", resource.address(), in_quotes(own->first)));
}

Status check_names(const Stack& stack) {
  if (!is_stack_name(stack.name())) {
    return invalid_argument(
        fmt::format("{} is no name of a stack: 1 to 63 lower-case letters, digits and '-', a "
                    "letter first, no '-' last",
                    in_quotes(stack.name())));
  }
  std::set<std::string> seen;
  for (const StackResource& resource : stack.resources()) {
    if (!is_resource_name(resource.options.name)) {
      return invalid_argument(
          fmt::format("{} is no name of a {} in a stack: 1 to 63 letters, digits, '-' and '_', a letter first",
                      in_quotes(resource.options.name), resource.type()),
          "StackResourceOptions::name gives it one");
    }
    if (!seen.insert(resource.address()).second) {
      return invalid_argument("there are two resources " + resource.address(),
                              "StackResourceOptions::name tells them apart");
    }
  }
  return {};
}

Status check_outputs(const Stack& stack) {
  for (const auto& [name, text] : stack.outputs()) {
    if (!is_resource_name(name)) {
      return invalid_argument(
          fmt::format("{} is no name of an output: 1 to 63 letters, digits, '-' and '_', a letter "
                      "first",
                      in_quotes(name)));
    }
    for (const Reference& reference : references_in(text)) {
      if (auto ok = check_reference(stack, reference, "output " + name); !ok) return ok;
    }
  }
  return {};
}

// The name that the stack knows it by when its declaration says none.
std::string default_name(const StackResource& resource) {
  const std::string_view name = name_in(resource.spec);
  const auto references = references_in(name);
  return references.empty() ? std::string(name) : references.front().name;
}

}  // namespace

const StackResource* find(const Stack& stack, std::string_view address) {
  const auto& all = stack.resources();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const StackResource& each) { return each.address() == address; });
  return found == all.end() ? nullptr : &*found;
}

Needs needs_of(const Stack& stack) {
  Needs needs;
  for (const StackResource& resource : stack.resources()) {
    std::set<std::string> all(resource.options.depends_on.begin(), resource.options.depends_on.end());
    for_each_text(resource.spec, [&](std::string_view, const std::string& text) {
      for (const Reference& reference : references_in(text)) all.insert(reference.address());
    });
    needs[resource.address()].assign(all.begin(), all.end());
  }
  return needs;
}

}  // namespace stack

StackReference Stack::add(StackResource resource) {
  if (resource.options.name.empty()) resource.options.name = stack::default_name(resource);
  resources_.push_back(std::move(resource));
  const StackResource& added = resources_.back();
  return {std::string(added.type()), added.options.name};
}

StackReference Stack::firewall(FirewallSpec spec, StackResourceOptions options) {
  return add({std::move(spec), std::move(options)});
}
StackReference Stack::key(KeySpec spec, StackResourceOptions options) {
  return add({std::move(spec), std::move(options)});
}
StackReference Stack::instance(InstanceSpec spec, StackResourceOptions options) {
  return add({std::move(spec), std::move(options)});
}
StackReference Stack::function(FunctionSpec spec, StackResourceOptions options) {
  return add({std::move(spec), std::move(options)});
}
StackReference Stack::endpoint(std::string function, EndpointSpec spec, StackResourceOptions options) {
  return add({StackEndpoint{std::move(function), std::move(spec)}, std::move(options)});
}
StackReference Stack::schedule(std::string function, ScheduleSpec spec, StackResourceOptions options) {
  return add({StackSchedule{std::move(function), std::move(spec)}, std::move(options)});
}
StackReference Stack::bucket(BucketSpec spec, StackResourceOptions options) {
  return add({std::move(spec), std::move(options)});
}

Stack& Stack::output(std::string name, std::string text) {
  const auto [place, is_new] = outputs_.try_emplace(std::move(name));
  if (is_new) {
    place->second = std::move(text);
  } else if (problem_.empty()) {
    problem_ = "there are two outputs " + core::in_quotes(place->first);
  }
  return *this;
}

Status Stack::check() const {
  if (!problem_.empty()) return core::invalid_argument(problem_);
  if (auto ok = stack::check_names(*this); !ok) return ok;
  for (const StackResource& resource : resources_) {
    for (auto check : {stack::check_own(resource), stack::check_secrets(resource), stack::check_texts(*this, resource),
                       stack::check_dependencies(*this, resource)}) {
      if (!check) return check;
    }
  }
  if (auto ok = stack::check_outputs(*this); !ok) return ok;
  return core::without_value(stack::in_order(stack::needs_of(*this)));
}

}  // namespace cloudkit::inline v0
