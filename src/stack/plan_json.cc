#include "codec/json.h"
#include "core/fail.h"

#include <cloudkit/stack_types.h>

#include <fmt/format.h>

#include <array>

// A plan for programs, and for later.
namespace cloudkit::inline v0 {
namespace stack {
namespace {

using codec::JsonValue;
using codec::JsonWriter;

constexpr std::uint64_t kPlanFormat = 1;
constexpr codec::JsonLimits kPlanLimits = {std::size_t{64} << 20U, 64, 10'000'000};

void write_optional(JsonWriter& writer, std::string_view name, const std::optional<std::string>& text) {
  if (text) writer.name(name).string(*text);
}

void write_change(JsonWriter& writer, const StackChange& change) {
  writer.begin_object().name("attribute").string(change.attribute);
  write_optional(writer, "before", change.before);
  write_optional(writer, "after", change.after);
  writer.name("forces_replacement").boolean(change.forces_replacement);
  writer.name("drifted").boolean(change.drifted).end_object();
}

void write_step(JsonWriter& writer, const StackPlanStep& step) {
  writer.begin_object().name("action").string(to_string(step.action)).name("address").string(step.address);
  writer.name("id").string(step.id).name("reason").string(step.reason).name("changes").begin_array();
  for (const StackChange& change : step.changes) write_change(writer, change);
  writer.end_array().end_object();
}

std::string string_in(const JsonValue& object, std::string_view name) {
  return std::string(object.find(name).as_string().value_or(""));
}

std::optional<std::string> optional_in(const JsonValue& object, std::string_view name) {
  return object.contains(name) ? std::optional(string_in(object, name)) : std::nullopt;
}

bool flag_in(const JsonValue& object, std::string_view name) { return object.find(name).as_bool().value_or(false); }

Error no_plan(std::string_view why) {
  return core::invalid_argument(fmt::format("that is no plan of a stack: {}", why),
                                "cloudkit stack plan --out, StackPlan::to_json() in C++, writes one");
}

Result<StackAction> action_of(std::string_view name) {
  constexpr std::array kActions = {StackAction::unchanged, StackAction::create, StackAction::update,
                                   StackAction::replace, StackAction::remove};
  for (const StackAction action : kActions) {
    if (to_string(action) == name) return action;
  }
  return no_plan("it has a step that is none");
}

Result<StackPlanStep> read_step(const JsonValue& json) {
  auto action = action_of(string_in(json, "action"));
  if (!action) return std::move(action).error();
  StackPlanStep step;
  step.action = *action;
  step.address = string_in(json, "address");
  step.id = string_in(json, "id");
  step.reason = string_in(json, "reason");
  for (const JsonValue& each : json.find("changes").items()) {
    StackChange change;
    change.attribute = string_in(each, "attribute");
    change.before = optional_in(each, "before");
    change.after = optional_in(each, "after");
    change.forces_replacement = flag_in(each, "forces_replacement");
    change.drifted = flag_in(each, "drifted");
    step.changes.push_back(std::move(change));
  }
  return step;
}

}  // namespace
}  // namespace stack

Result<std::string> StackPlan::to_json() const {
  codec::JsonWriter writer;
  writer.begin_object().name("format").number(stack::kPlanFormat).name("stack").string(stack);
  writer.name("destroy").boolean(destroy).name("refreshed").boolean(refreshed);
  writer.name("lineage").string(lineage).name("serial").number(serial).name("declaration").string(declaration);
  writer.name("has_changes").boolean(has_changes()).name("steps").begin_array();
  for (const StackPlanStep& step : steps) stack::write_step(writer, step);
  writer.end_array().name("outputs").begin_object();
  for (const auto& [name, text] : outputs) writer.name(name).string(text);
  writer.end_object().name("outputs_change").boolean(outputs_change).name("protection").begin_object();
  for (const auto& [address, is_protected] : protection) writer.name(address).boolean(is_protected);
  return writer.end_object().end_object().finish();
}

Result<StackPlan> StackPlan::from_json(std::string_view json) {
  auto parsed = codec::JsonValue::parse(json, stack::kPlanLimits);
  if (!parsed) return stack::no_plan(parsed.error().message);
  const std::uint64_t format = parsed->find("format").as_u64().value_or(0);
  if (format > stack::kPlanFormat) {
    return core::invalid_argument(fmt::format("the plan has format {}; this version of cloudkit knows formats up to {}",
                                              format, stack::kPlanFormat),
                                  "plan again with this version");
  }
  if (format == 0 || !parsed->find("steps").is_array()) return stack::no_plan("it has no format, or no steps");
  StackPlan plan;
  plan.stack = stack::string_in(*parsed, "stack");
  plan.destroy = stack::flag_in(*parsed, "destroy");
  plan.refreshed = stack::flag_in(*parsed, "refreshed");
  plan.lineage = stack::string_in(*parsed, "lineage");
  plan.serial = parsed->find("serial").as_u64().value_or(0);
  plan.declaration = stack::string_in(*parsed, "declaration");
  plan.outputs_change = stack::flag_in(*parsed, "outputs_change");
  for (const auto& member : parsed->find("outputs").members()) {
    plan.outputs[member.name] = std::string(member.value.as_string().value_or(""));
  }
  for (const auto& member : parsed->find("protection").members()) {
    plan.protection[member.name] = member.value.as_bool().value_or(false);
  }
  for (const auto& each : parsed->find("steps").items()) {
    auto step = stack::read_step(each);
    if (!step) return std::move(step).error();
    plan.steps.push_back(*std::move(step));
  }
  return plan;
}

}  // namespace cloudkit::inline v0
