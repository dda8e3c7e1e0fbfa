#include "stack/planner.h"

#include "core/encode.h"
#include "core/fail.h"
#include "crypto/digest.h"
#include "stack/declaration.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::inline v0::stack {
namespace {

constexpr std::string_view kInterrupted = "its making was interrupted";

// What stands for an output that is not known yet where only its form counts.
std::string plausible(const std::string& output) {
  if (output.ends_with("_ip")) return "192.0.2.1";  // Of https://www.rfc-editor.org/rfc/rfc5737
  if (output == "url") return "https://example.invalid/";
  return "x";
}

class Planner {
 public:
  explicit Planner(const PlanRequest& request) : request_(request) {
    planned_.plan.stack = request.stack.name();
    planned_.plan.destroy = request.destroy;
    planned_.plan.refreshed = request.refresh;
    planned_.plan.lineage = request.document.serial == 0 ? "" : request.document.lineage;
    planned_.plan.serial = request.document.serial;
  }

  Result<Planned> run() {
    if (auto ok = request_.stack.check(); !ok) return std::move(ok).error();
    if (auto ok = check_specs(); !ok) return std::move(ok).error();
    auto there = look_at_all(request_.site, request_.stack, request_.document.entries, request_.document.lineage,
                             request_.refresh);
    if (!there) return std::move(there).error();
    planned_.there = *std::move(there);
    if (!request_.destroy) {
      if (auto ok = plan_declared(); !ok) return std::move(ok).error();
    }
    if (auto ok = plan_removals(); !ok) return std::move(ok).error();
    if (auto ok = check_protection(); !ok) return std::move(ok).error();
    plan_protection();
    if (auto ok = plan_outputs(); !ok) return std::move(ok).error();
    planned_.plan.declaration = core::hex_encode(crypto::hmac_sha256(planned_.plan.lineage, declared_));
    return std::move(planned_);
  }

 private:
  // What the handles would refuse, before anything is made.
  Status check_specs() {
    if (request_.destroy) return {};
    for (const StackResource& resource : request_.stack.resources()) {
      auto spec = resolve(resource.spec, [](const std::string&, const std::string& output) -> Result<std::string> {
        return plausible(output);
      });
      Status ok = spec ? kind_of(resource.type()).check(request_.site, *spec) : Status(std::move(spec).error());
      if (ok) continue;
      Error error = std::move(ok).error();
      error.message = resource.address() + ": " + error.message;
      return error;
    }
    return {};
  }

  Status plan_declared() {
    auto order = in_order(needs_of(request_.stack));
    if (!order) return std::move(order).error();
    for (const std::string& address : *order) {
      if (auto ok = plan_resource(*find(request_.stack, address)); !ok) {
        Error error = std::move(ok).error();
        error.message = address + ": " + error.message;
        return error;
      }
    }
    return {};
  }

  Result<std::string> look_up(const std::string& address, const std::string& output) const {
    const auto step = std::find_if(planned_.plan.steps.begin(), planned_.plan.steps.end(),
                                   [&](const StackPlanStep& each) { return each.address == address; });
    const auto there = planned_.there.find(address);
    const bool stays = step != planned_.plan.steps.end() && there != planned_.there.end() && there->second &&
                       (step->action == StackAction::unchanged || step->action == StackAction::update);
    if (!stays && output == "name" && kind_of(type_of(address)).is_replaced_unseen()) return name_of(address);
    if (!stays || (step->action == StackAction::update && output == "version")) return unknown_mark();
    // An interrupted making may still be going on: it has its id, and no address yet.
    const auto entry = request_.document.entries.find(address);
    const bool is_whole = entry != request_.document.entries.end() && entry->second.created;
    if (!is_whole && output != "id" && output != "name") return unknown_mark();
    const auto value = there->second->outputs.find(output);
    return value == there->second->outputs.end() ? std::string() : value->second;
  }

  // The declared one, where it can be told.
  std::string name_of(const std::string& address) const {
    const auto desired = desired_.find(address);
    const std::string name = desired == desired_.end() ? std::string() : text_in(desired->second, "name");
    return name.empty() ? unknown_mark() : name;
  }

  Status plan_resource(const StackResource& resource) {
    const Secrets secrets = secrets_of(&resource, request_.document.lineage);
    auto spec = resolve(
        resource.spec, [&](const std::string& address, const std::string& output) { return look_up(address, output); });
    if (!spec) return std::move(spec).error();
    auto code = code_of(request_.site, resource.spec);
    if (!code) return std::move(code).error();
    declare(resource, *code);
    const Attributes& desired = desired_[resource.address()] = attributes_of(*spec, secrets, *code);
    planned_.plan.steps.push_back(step_for(resource, secrets, desired));
    return check_new_name(planned_.plan.steps.back(), {resource.address(), *spec, secrets}, desired);
  }

  // A name that is taken is found before what had the old one is gone.
  Status check_new_name(const StackPlanStep& step, const Target& target, const Attributes& desired) const {
    const auto name = desired.find("name");
    const bool is_renamed = name != desired.end() && is_known(name->second) &&
                            std::any_of(step.changes.begin(), step.changes.end(),
                                        [](const StackChange& change) { return change.attribute == "name"; });
    if (step.action != StackAction::replace || !is_renamed || !request_.refresh) return {};
    return kind_of(type_of(target.address)).refuse_others(request_.site, target);
  }

  // What a plan that is kept is compared by. Secrets are in it, so that only its digest is kept.
  void declare(const StackResource& resource, const std::string& code) {
    Secrets open;
    declared_ += fmt::format("{} {}\n", resource.address(), resource.options.protect ? "protected" : "");
    for (const std::string& each : resource.options.depends_on) declared_ += fmt::format("needs {}\n", each);
    for (const std::string& each : resource.options.secrets) declared_ += fmt::format("secret {}\n", each);
    for (const auto& [name, json] : attributes_of(resource.spec, open, code)) {
      declared_ += fmt::format("{}\n{}\n{}\n", resource.address(), name, json);
    }
  }

  StackPlanStep step_for(const StackResource& resource, const Secrets& secrets, const Attributes& desired) const {
    StackPlanStep step;
    step.address = resource.address();
    const auto entry = request_.document.entries.find(step.address);
    if (entry == request_.document.entries.end() || !planned_.there.at(step.address)) {
      step.action = StackAction::create;
      for (const auto& [name, json] : desired) step.changes.push_back(change(step.address, name, nullptr, &json));
      if (entry != request_.document.entries.end()) {
        step.reason = entry->second.created ? "it is gone" : std::string(kInterrupted);
      }
      return step;
    }
    const Found& found = *planned_.there.at(step.address);
    step.id = found.id;
    step.changes = changes(step.address, entry->second.inputs, desired, secrets);
    add_drift(step, entry->second, found, secrets, desired);
    const bool replaced = std::any_of(step.changes.begin(), step.changes.end(),
                                      [](const StackChange& each) { return each.forces_replacement; });
    if (!entry->second.created) step.reason = kInterrupted;
    if (found.broken) step.reason = "it never came up";
    if (replaced || found.broken) {
      step.action = StackAction::replace;
    } else if (!step.changes.empty() || !entry->second.created) {
      step.action = StackAction::update;
    }
    return step;
  }

  static StackChange change(const std::string& address, const std::string& name, const std::string* before,
                            const std::string* after) {
    StackChange made;
    made.attribute = name;
    if (before != nullptr) made.before = shown(*before);
    if (after != nullptr) made.after = shown(*after);
    made.forces_replacement = before != nullptr && forces_replacement(type_of(address), name);
    return made;
  }

  // Only whether it is one has changed: the state keeps it otherwise from now on, and the thing stays as it is.
  static bool is_same_secret(const std::string& before, const std::string& after, const Secrets& secrets) {
    if (is_digest(before) == is_digest(after)) return false;
    return is_digest(after) ? secrets.digest(before) == after : secrets.digest(after) == before;
  }

  static void keep_secret(StackChange& change) {
    change.before = change.after = kSecret;
    change.forces_replacement = false;
  }

  static std::vector<StackChange> changes(const std::string& address, const Attributes& before, const Attributes& after,
                                          const Secrets& secrets) {
    std::vector<StackChange> all;
    for (const auto& [name, json] : before) {
      const auto now = after.find(name);
      if (now == after.end()) all.push_back(change(address, name, &json, nullptr));
      // What is not known has changed.
      if (now != after.end() && (now->second != json || !is_known(now->second))) {
        all.push_back(change(address, name, &json, &now->second));
        if (is_same_secret(json, now->second, secrets)) keep_secret(all.back());
      }
    }
    for (const auto& [name, json] : after) {
      if (before.contains(name)) continue;
      all.push_back(change(address, name, nullptr, &json));
      all.back().forces_replacement = forces_replacement(type_of(address), name);
    }
    return all;
  }

  static void add_drift(StackPlanStep& step, const Entry& entry, const Found& found, const Secrets& secrets,
                        const Attributes& desired) {
    for (StackChange& drift : drift_of(entry, found, secrets)) {
      const bool is_there = std::any_of(step.changes.begin(), step.changes.end(),
                                        [&](const StackChange& each) { return each.attribute == drift.attribute; });
      if (is_there) continue;
      const auto wanted = desired.find(drift.attribute);
      drift.before = std::move(drift.after);
      drift.after = wanted == desired.end() ? std::nullopt : std::optional(shown(wanted->second));
      drift.forces_replacement = forces_replacement(type_of(step.address), drift.attribute);
      step.changes.push_back(std::move(drift));
    }
  }

  // Who needs something goes before it.
  Status plan_removals() {
    Needs needs;
    for (const auto& [address, entry] : request_.document.entries) needs[address] = entry.needs;
    auto order = in_order(needs);
    if (!order) return std::move(order).error();
    for (auto address = order->rbegin(); address != order->rend(); ++address) {
      if (!request_.destroy && find(request_.stack, *address) != nullptr) continue;
      StackPlanStep step;
      step.action = StackAction::remove;
      step.address = *address;
      const auto& found = planned_.there.at(*address);
      step.id = found ? found->id : "";
      step.reason = found ? (request_.destroy ? "" : "it is declared no more") : "it is gone";
      planned_.plan.steps.push_back(std::move(step));
    }
    return {};
  }

  Status check_protection() const {
    for (const StackPlanStep& step : planned_.plan.steps) {
      if (step.action != StackAction::remove && step.action != StackAction::replace) continue;
      // What is declared now counts, whether or not an apply has come to it.
      const StackResource* const resource = find(request_.stack, step.address);
      const bool is_protected =
          resource != nullptr ? resource->options.protect : request_.document.entries.at(step.address).protect;
      if (!is_protected || !planned_.there.at(step.address)) continue;
      std::string why = step.reason;
      for (const StackChange& each : step.changes) {
        if (each.forces_replacement) core::append_listed(why, each.attribute + " changes");
      }
      return core::fail(
          ErrorCode::conflict,
          fmt::format("{} is protected, and would be {}d{}", step.address, to_string(step.action),
                      why.empty() ? "" : ": " + why),
          "declare it without protection first: prevent_destroy in a file, StackResourceOptions::protect in C++");
    }
    return {};
  }

  // Only the state tells of it: no step would show it of what is unchanged.
  void plan_protection() {
    for (const StackPlanStep& step : planned_.plan.steps) {
      const StackResource* const resource = find(request_.stack, step.address);
      if (step.action != StackAction::unchanged || resource == nullptr) continue;
      const bool wanted = resource->options.protect;
      if (request_.document.entries.at(step.address).protect != wanted) planned_.plan.protection[step.address] = wanted;
    }
  }

  Status plan_outputs() {
    if (request_.destroy) return {};
    for (const auto& [name, text] : request_.stack.outputs()) {
      auto value = resolve_text(
          text, [&](const std::string& address, const std::string& output) { return look_up(address, output); });
      if (!value) return std::move(value).error();
      declared_ += fmt::format("output {}\n{}\n", name, text);
      planned_.plan.outputs[name] = shown(*std::move(value));
    }
    planned_.plan.outputs_change = planned_.plan.outputs != request_.document.outputs;
    return {};
  }

  const PlanRequest& request_;
  Planned planned_;
  std::map<std::string, Attributes> desired_;
  std::string declared_;
};

}  // namespace

Result<Planned> make_plan(const PlanRequest& request) { return Planner(request).run(); }

}  // namespace cloudkit::inline v0::stack
