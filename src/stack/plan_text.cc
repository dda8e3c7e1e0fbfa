#include "core/encode.h"

#include <cloudkit/stack_types.h>

#include <fmt/format.h>

// A plan for people.
namespace cloudkit::inline v0 {
namespace stack {
namespace {

constexpr std::size_t kLongestValue = 160;

struct Look {
  std::string_view sign;
  std::string_view verb;
  std::string_view color;  // https://www.ecma-international.org/publications-and-standards/standards/ecma-48/
};

Look look_of(StackAction action) {
  switch (action) {
    case StackAction::create: return {"+", "create", "\x1b[32m"};
    case StackAction::update: return {"~", "update", "\x1b[33m"};
    case StackAction::replace: return {"-/+", "replace", "\x1b[31m"};
    case StackAction::remove: return {"-", "remove", "\x1b[31m"};
    case StackAction::unchanged: break;
  }
  return {" ", "unchanged", ""};
}

// No control character of a service's reaches a terminal, none of those above ASCII either: U+009B begins a sequence.
std::string plain(std::string_view text) {
  if (!core::is_valid_utf8(text)) return core::printable_excerpt(text, text.size());
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool is_high = byte == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    out += byte < 0x20 || byte == 0x7F || is_high ? '?' : text[i];
    if (is_high) ++i;
  }
  return out;
}

std::string value(const std::optional<std::string>& json) {
  if (!json) return "(none)";
  std::string text = plain(*json);
  if (text.size() <= kLongestValue) return text;
  std::size_t end = kLongestValue;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80) --end;
  return text.substr(0, end) + "…";
}

std::string line_of(const StackChange& change, StackAction action) {
  std::string line = fmt::format("      {}: ", plain(change.attribute));
  line += action == StackAction::create ? value(change.after)
                                        : fmt::format("{} -> {}", value(change.before), value(change.after));
  std::string notes;
  if (change.drifted) core::append_listed(notes, "changed by somebody else");
  if (change.forces_replacement && action == StackAction::replace) core::append_listed(notes, "forces replacement");
  return line + (notes.empty() ? "\n" : fmt::format("  # {}\n", notes));
}

std::string text_of_step(const StackPlanStep& step, bool color) {
  const Look look = look_of(step.action);
  std::string text = fmt::format("{:>3} {} {}", look.sign, look.verb, plain(step.address));
  if (!step.id.empty()) text += fmt::format(" ({})", value(step.id));
  if (!step.reason.empty()) text += ": " + plain(step.reason);
  if (color) text = fmt::format("{}{}\x1b[0m", look.color, text);
  text += '\n';
  for (const StackChange& change : step.changes) text += line_of(change, step.action);
  return text;
}

}  // namespace
}  // namespace stack

std::string StackPlan::to_text(bool color) const {
  std::string text;
  for (const StackPlanStep& step : steps) {
    if (step.action != StackAction::unchanged) text += stack::text_of_step(step, color);
  }
  for (const auto& [address, is_protected] : protection) {
    text += fmt::format("  ~ {} {}\n", is_protected ? "protect" : "protect no more", stack::plain(address));
  }
  if (outputs_change && !destroy) {
    text += "outputs:\n";
    for (const auto& [name, output] : outputs)
      text += fmt::format("      {}: {}\n", stack::plain(name), stack::value(output));
  }
  if (!has_changes() && destroy) return fmt::format("Nothing to remove: {} has nothing.\n", stack);
  if (!has_changes()) return fmt::format("No changes: {} is as declared.\n", stack);
  return text + fmt::format("Plan: {} to create, {} to update, {} to replace, {} to remove, {} unchanged.\n",
                            count(StackAction::create), count(StackAction::update), count(StackAction::replace),
                            count(StackAction::remove), count(StackAction::unchanged));
}

}  // namespace cloudkit::inline v0
