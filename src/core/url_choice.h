#pragma once

#include "core/encode.h"
#include "core/fail.h"

#include <cloudkit/result.h>

#include <fmt/format.h>

#include <string>
#include <string_view>

/// Words in the queries of URLs.
namespace cloudkit::inline v0::core {

template <class T>
struct Choice {
  std::string_view name;
  T value;
};

inline constexpr Choice<bool> kBooleans[] = {{"true", true}, {"false", false}};

template <class T>
T value_of(const Choice<T>& choice) {
  return choice.value;
}

/// `value` becomes what the URL says; nothing changes when it says nothing. `choices` have a `name`, and a `value_of`.
/// Errors: `invalid_argument`, listing what is known.
template <class Url, class Choices, class Value>
Status choose(const Url& url, std::string_view key, const Choices& choices, Value& value) {
  if (url.query.find(std::string(key)) == url.query.end()) return {};
  const std::string text = url.get(key);
  std::string known;
  for (const auto& choice : choices) {
    if (choice.name == text) {
      value = value_of(choice);
      return {};
    }
    append_listed(known, choice.name);
  }
  return invalid_argument(fmt::format("{}={} is not known", key, printable_excerpt(text, 80)),
                          fmt::format("{} is one of {}", key, known));
}

}  // namespace cloudkit::inline v0::core
