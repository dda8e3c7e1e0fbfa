#include "codec/xml_scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "core/encode.h"
#include "core/fail.h"

namespace cloudkit::inline v0::codec {
namespace {

constexpr auto kNotFound = std::string_view::npos;
constexpr std::string_view kBlanks = " \t\r\n";

Error refused(std::string message) { return core::fail(ErrorCode::unknown, std::move(message)); }

Error not_xml(std::string_view what, std::size_t position) {
  return core::fail(ErrorCode::unknown, fmt::format("not XML: {} at byte {}", what, position),
                    "a proxy or another service may have answered");
}

Error cut_off(std::string_view where) { return refused(fmt::format("the XML is cut off {}", where)); }

bool is_plain(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= 0x20 && byte < 0x80) || c == '\n' || c == '\t' || c == '\r';
}

// Eight bytes of 0x20 to 0x7F, which is nearly all of a reply.
bool are_eight_plain(const char* data) noexcept {
  constexpr std::uint64_t kEach = 0x0101010101010101;
  std::uint64_t word;
  std::memcpy(&word, data, sizeof word);
  return ((word | (word - 0x20 * kEach)) & (0x80 * kEach)) == 0;
}

/// Every byte belongs to an XML character: https://www.w3.org/TR/xml/#charsets
Status check_characters(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    if (text.size() - i >= 8 && are_eight_plain(text.data() + i)) {
      i += 8;
      continue;
    }
    const auto byte = static_cast<unsigned char>(text[i]);
    if (is_plain(text[i])) {
      ++i;
    } else if (byte == 0) {
      return not_xml("a NUL", i);
    } else if (byte < 0x20) {
      return not_xml(fmt::format("a control character (0x{:02X})", byte), i);
    } else {
      std::size_t end = i;
      while (end < text.size() && static_cast<unsigned char>(text[end]) >= 0x80) ++end;
      if (!core::is_valid_utf8(text.substr(i, end - i))) return not_xml("bytes that are not UTF-8", i);
      i = end;
    }
  }
  return {};
}

/// `text` starts with `&`. A reference to NUL would end pugixml's string early, one above
/// 0x10FFFF or to a surrogate would make bytes that are not UTF-8. Others pass: unknown names and
/// a lonely `&` are left as they are, for the sake of servers that do not escape their messages.
bool is_sound_reference(std::string_view text) noexcept {
  if (!text.starts_with("&#")) return true;
  text.remove_prefix(2);
  const int base = text.starts_with('x') ? 16 : 10;
  if (base == 16) text.remove_prefix(1);
  std::uint64_t code = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), code, base);
  if (error == std::errc::result_out_of_range) return false;
  if (error != std::errc{} || end == text.data() + text.size() || *end != ';') return true;
  return code != 0 && code <= 0x10FFFF && !(code >= 0xD800 && code < 0xE000);
}

class Scanner {
 public:
  Scanner(std::string_view text, const XmlLimits& limits) : text_(text), limits_(limits) {}

  Result<XmlScan> run() {
    while (at_ < text_.size()) {
      const Status status = text_[at_] == '<' ? markup() : characters();
      if (!status) return status.error();
    }
    if (!open_.empty()) return cut_off("before its root element ends");
    if (!had_root_) return not_xml("no element", text_.size());
    return result_;
  }

 private:
  // The text pieces directly inside an open element.
  struct Element {
    bool has_text = false;     // a piece, be it only white space
    bool has_letters = false;  // a piece that is more than white space
  };

  Status markup() {
    switch (at_ + 1 < text_.size() ? text_[at_ + 1] : '\0') {
      case '/': return end_tag();
      case '?': return skip_past("?>", 2, "inside a processing instruction");
      case '!': return declaration();
      default: return start_tag();
    }
  }

  Status declaration() {
    const std::string_view rest = text_.substr(at_);
    if (rest.starts_with("<!--")) return skip_past("-->", 4, "inside a comment");
    if (rest.starts_with("<![CDATA[")) return cdata();
    if (core::equals_ignoring_case(rest.substr(0, 9), "<!DOCTYPE")) {
      return refused("the XML has a DOCTYPE, which cloudkit refuses: it can define entities");
    }
    return not_xml("an unknown declaration", at_);
  }

  Status skip_past(std::string_view closing, std::size_t opening_length, std::string_view where) {
    const std::size_t end = text_.find(closing, at_ + opening_length);
    if (end == kNotFound) return cut_off(where);
    at_ = end + closing.size();
    return {};
  }

  Status cdata() {
    if (open_.empty()) return not_xml("CDATA outside of the root element", at_);
    if (Status status = skip_past("]]>", 9, "inside CDATA"); !status) return status;
    return add_text(true);
  }

  Status characters() {
    const std::size_t end = std::min(text_.find('<', at_), text_.size());
    const std::string_view run = text_.substr(at_, end - at_);
    const bool blank = kBlanks.find(run.front()) != kNotFound && run.find_first_not_of(kBlanks) == kNotFound;
    if (open_.empty() && !blank) return not_xml("text outside of the root element", at_);
    for (std::size_t i = run.find('&'); i != kNotFound; i = run.find('&', i + 1)) {
      if (!is_sound_reference(run.substr(i))) return not_xml("a reference to no character", at_ + i);
    }
    at_ = end;
    return open_.empty() ? Status{} : add_text(!blank);
  }

  Status add_text(bool letters) {
    Element& element = open_.back();
    const bool several = element.has_text;
    element.has_text = true;
    element.has_letters = element.has_letters || letters;
    if (several && element.has_letters) result_.split_text = true;
    return add_node();
  }

  Status add_node() {
    if (++nodes_ <= limits_.max_nodes) return {};
    return refused(fmt::format("the XML has more than {} elements, attributes and texts", limits_.max_nodes));
  }

  Status end_tag() {
    if (open_.empty()) return not_xml("an end tag without a start", at_);
    open_.pop_back();
    std::size_t end = at_ + 2;
    while (end < text_.size() && text_[end] != '>') ++end;
    if (end == text_.size()) return cut_off("inside an end tag");
    at_ = end + 1;
    return {};
  }

  Status start_tag() {
    if (open_.empty() && had_root_) return not_xml("more than one root element", at_);
    if (Status status = add_node(); !status) return status;
    std::size_t from = at_ + 1;
    std::size_t end = from;
    // Most tags are a short name alone, for which a search costs more than a look.
    while (end < text_.size() && text_[end] != '>' && text_[end] != '=') ++end;
    if (end < text_.size() && text_[end] == '>') return finish_start_tag(end);
    end = 0;
    while (true) {
      // Found anew only when an attribute's value held it: a search for each would be quadratic.
      if (end < from) end = text_.find('>', from);
      if (end == kNotFound) break;
      const std::size_t equals = text_.substr(0, end).find('=', from);
      if (equals == kNotFound) return finish_start_tag(end);
      if (Status status = add_node(); !status) return status;
      const std::size_t quote = text_.find_first_not_of(kBlanks, equals + 1);
      if (quote == kNotFound) break;
      if (text_[quote] != '"' && text_[quote] != '\'') return not_xml("an attribute without quotes", equals);
      const std::size_t closing = text_.find(text_[quote], quote + 1);
      if (closing == kNotFound) break;
      from = closing + 1;
    }
    return cut_off(fmt::format("inside the tag that starts at byte {}", at_));
  }

  Status finish_start_tag(std::size_t end) {
    const bool empty = text_[end - 1] == '/';
    at_ = end + 1;
    had_root_ = true;
    if (open_.size() >= limits_.max_depth) {
      return refused(fmt::format("the XML is nested deeper than {} elements", limits_.max_depth));
    }
    if (!empty) open_.push_back({});
    return {};
  }

  std::string_view text_;
  const XmlLimits& limits_;
  std::size_t at_ = 0;
  std::size_t nodes_ = 0;
  bool had_root_ = false;
  std::vector<Element> open_;
  XmlScan result_;
};

}  // namespace

Result<XmlScan> scan_xml(std::string_view text, const XmlLimits& limits) {
  if (text.find_first_not_of(kBlanks) == kNotFound) return refused("the reply is empty where XML was expected");
  if (Status status = check_characters(text); !status) return status.error();
  return Scanner(text, limits).run();
}

}  // namespace cloudkit::inline v0::codec
