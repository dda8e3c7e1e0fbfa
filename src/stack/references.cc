#include "stack/references.h"

#include "core/check_text.h"

#include <cloudkit/stack.h>

#include <algorithm>
#include <optional>

namespace cloudkit::inline v0 {
namespace stack {
namespace {

constexpr std::string_view kOpen = "{{";
constexpr std::string_view kClose = "}}";
constexpr std::size_t kLongestName = 63;

bool is_lower_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return core::is_lower(c) || c == '_'; });
}

struct Seen {
  Reference reference = {};
  std::size_t size = 0;
};

// A reference that begins with the text.
std::optional<Seen> reference_at(std::string_view text) {
  if (!text.starts_with(kOpen)) return std::nullopt;
  const std::size_t end = text.find(kClose);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view inside = text.substr(kOpen.size(), end - kOpen.size());
  const std::size_t first = inside.find('.');
  const std::size_t last = inside.rfind('.');
  if (first == std::string_view::npos || first == last) return std::nullopt;
  const std::string_view name = inside.substr(first + 1, last - first - 1);
  if (!is_lower_word(inside.substr(0, first)) || !is_resource_name(name) || !is_lower_word(inside.substr(last + 1))) {
    return std::nullopt;
  }
  Seen found;
  found.reference = {std::string(inside.substr(0, first)), std::string(name), std::string(inside.substr(last + 1))};
  found.size = end + kClose.size();
  return found;
}

// Calls `plain` and `reference` for the parts of a text in turn, until `reference` says false.
template <class Plain, class Refer>
void walk(std::string_view text, Plain plain, Refer refer) {
  std::size_t begin = 0;
  for (std::size_t at = text.find(kOpen); at != std::string_view::npos; at = text.find(kOpen, at)) {
    const std::string_view rest = text.substr(at);
    if (const auto escaped = reference_at(rest.substr(kOpen.size()))) {
      plain(text.substr(begin, at - begin));
      plain(rest.substr(kOpen.size(), escaped->size));
      at += kOpen.size() + escaped->size;
      begin = at;
    } else if (const auto found = reference_at(rest)) {
      plain(text.substr(begin, at - begin));
      if (!refer(found->reference)) return;
      at += found->size;
      begin = at;
    } else {
      ++at;
    }
  }
  plain(text.substr(begin));
}

}  // namespace

bool is_resource_name(std::string_view name) {
  return core::is_made_of(name, "_-", kLongestName) && core::is_letter(name.front());
}

std::vector<Reference> references_in(std::string_view text) {
  std::vector<Reference> found;
  walk(
      text, [](std::string_view) {},
      [&](const Reference& reference) {
        found.push_back(reference);
        return true;
      });
  return found;
}

Result<std::string> substitute(std::string_view text,
                               const std::function<Result<std::string>(const Reference&)>& value) {
  std::string out;
  Status failed;
  walk(
      text, [&](std::string_view plain) { out += plain; },
      [&](const Reference& reference) {
        auto resolved = value(reference);
        if (resolved) {
          out += *resolved;
        } else {
          failed = std::move(resolved).error();
        }
        return failed.has_value();
      });
  if (!failed) return std::move(failed).error();
  return out;
}

}  // namespace stack

std::string stack_literal(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    if (const auto found = stack::reference_at(text)) {
      out += stack::kOpen;
      out += text.substr(0, found->size);
      text.remove_prefix(found->size);
    } else {
      out += text.front();
      text.remove_prefix(1);
    }
  }
  return out;
}

}  // namespace cloudkit::inline v0
