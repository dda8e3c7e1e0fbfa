#pragma once

#include "auth/text.h"
#include "core/encode.h"

#include <functional>
#include <span>
#include <string_view>
#include <utility>

/// What the signatures of two clouds are made with.
namespace cloudkit::inline v0::auth {

constexpr char to_lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 32) : c; }

/// By insertion: a request has a handful of headers and parameters, for which std::sort is a lot of code.
template <class Iterator, class Less = std::less<>>
void sort_few(Iterator begin, Iterator end, Less less = {}) {
  for (Iterator next = begin; next != end; ++next) {
    if (next == begin || !less(*next, next[-1])) continue;
    Iterator place = next;
    auto item = std::move(*next);
    for (; place != begin && less(item, place[-1]); --place) *place = std::move(place[-1]);
    *place = std::move(item);
  }
}

/// As it goes out in a URL.
inline void append_encoded(Text& out, std::string_view text, core::Slash slash) {
  const auto encode = [&] {
    return core::percent_encode_into(std::span(out.data() + out.size(), out.capacity() - out.size()), text, slash);
  };
  auto length = encode();
  if (!length) {
    out.reserve(3 * text.size());
    length = encode();
  }
  out.extend(*length);
}

}  // namespace cloudkit::inline v0::auth
