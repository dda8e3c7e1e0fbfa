#include "ssh/host_pattern.h"

#include "core/encode.h"
#include "core/fail.h"
#include "ssh/host_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

namespace cloudkit::inline v0::ssh {
namespace {

// A name has at most 255 characters; ranges multiply, and each is a level of the stack.
constexpr std::size_t kMaxWord = 1024;
constexpr std::ptrdiff_t kMaxRanges = 8;
constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

Error bad_range(std::string_view range, std::string_view why) {
  const std::string which = may_hold_secret(range) ? "a range" : "the range " + shown(fmt::format("[{}]", range));
  return core::invalid_argument(fmt::format("{} {}", which, why),
                                "a range looks like [1:10], [01:10], [1:10:2] or [a:f]");
}

struct Bounds {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::uint64_t step = 1;
  bool letters = false;
  std::size_t width = 0;  // To which numbers are filled with zeros.
};

std::optional<std::uint64_t> letter_index(std::string_view text) {
  const std::size_t index = text.size() == 1 ? kLetters.find(text) : std::string_view::npos;
  if (index == std::string_view::npos) return std::nullopt;
  return index;
}

Result<Bounds> parse_range(std::string_view range) {
  const std::size_t colon = range.find(':');
  std::string_view first = range.substr(0, colon);
  std::string_view last = colon == std::string_view::npos ? std::string_view() : range.substr(colon + 1);
  Bounds bounds;
  if (const std::size_t second = last.find(':'); second != std::string_view::npos) {
    const auto step = core::parse_u64(last.substr(second + 1));
    if (!step || *step == 0) return bad_range(range, "has no step");
    bounds.step = *step;
    last = last.substr(0, second);
  }
  if (first.empty()) first = "0";
  const auto from_letter = letter_index(first);
  const auto to_letter = letter_index(last);
  bounds.letters = from_letter && to_letter;
  const auto from = bounds.letters ? from_letter : core::parse_u64(first);
  const auto to = bounds.letters ? to_letter : core::parse_u64(last);
  if (!from || !to) return bad_range(range, "does not have two ends of one kind");
  if (*from > *to) return bad_range(range, "runs backwards");
  if (!bounds.letters && first.size() > 1 && first.front() == '0') {
    if (first.size() != last.size()) return bad_range(range, "has ends of different lengths");
    bounds.width = first.size();
  }
  bounds.first = *from;
  bounds.last = *to;
  return bounds;
}

std::string element(const Bounds& bounds, std::uint64_t value) {
  if (bounds.letters) return std::string(1, kLetters[value]);
  return fmt::format("{:0{}}", value, bounds.width);
}

Status expand(const std::string& prefix, std::string_view rest, std::size_t limit, std::vector<std::string>& names) {
  const std::size_t open = rest.find('[');
  const std::size_t close = rest.find(']', open == std::string_view::npos ? 0 : open);
  if (open == std::string_view::npos && close == std::string_view::npos) {
    if (names.size() >= limit) return core::invalid_argument(fmt::format("these are more than {} hosts", limit));
    names.push_back(prefix + std::string(rest));
    return {};
  }
  if (open == std::string_view::npos || close == std::string_view::npos) {
    return core::invalid_argument("a bracket has no counterpart");
  }
  const auto bounds = parse_range(rest.substr(open + 1, close - open - 1));
  if (!bounds) return bounds.error();
  const std::string before = prefix + std::string(rest.substr(0, open));
  for (std::uint64_t value = bounds->first;; value += bounds->step) {
    if (auto status = expand(before + element(*bounds, value), rest.substr(close + 1), limit, names); !status) {
      return status;
    }
    if (bounds->last - value < bounds->step) return {};
  }
}

// The colon before a port: the only one that is not within brackets.
std::size_t port_colon(std::string_view word) {
  std::size_t found = std::string_view::npos;
  int depth = 0;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (word[i] == '[') ++depth;
    if (word[i] == ']') --depth;
    if (word[i] != ':' || depth != 0) continue;
    if (found != std::string_view::npos) return std::string_view::npos;  // An IPv6 address without brackets.
    found = i;
  }
  return found;
}

// Not a range: those have no "::", and no seven colons.
bool is_address_in_brackets(std::string_view word) {
  if (word.size() < 4 || word.front() != '[' || word.find(']') != word.size() - 1) return false;
  const std::string_view inside = word.substr(1, word.size() - 2);
  return inside.find("::") != std::string_view::npos || std::count(inside.begin(), inside.end(), ':') == 7;
}

}  // namespace

Result<HostPattern> expand_hosts(std::string_view word, std::size_t limit) {
  if (word.size() > kMaxWord) {
    return core::invalid_argument(fmt::format("the name of a host is longer than {} bytes", kMaxWord));
  }
  if (std::count(word.begin(), word.end(), '[') > kMaxRanges) {
    return core::invalid_argument(fmt::format("the name of a host has more than {} ranges", kMaxRanges));
  }
  HostPattern pattern;
  if (const std::size_t colon = port_colon(word); colon != std::string_view::npos) {
    const auto port = parse_port(word.substr(colon + 1));
    if (!port) return core::invalid_argument("what follows the ':' of a host is a port, from 1 to 65535");
    pattern.port = *port;
    word = word.substr(0, colon);
  }
  if (is_address_in_brackets(word)) {
    pattern.names.emplace_back(word.substr(1, word.size() - 2));
    return pattern;
  }
  if (auto status = expand("", word, limit, pattern.names); !status) return std::move(status).error();
  return pattern;
}

}  // namespace cloudkit::inline v0::ssh
