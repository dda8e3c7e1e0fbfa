#include "codec/xml_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <utility>

#include "codec/xml_text.h"
#include "core/encode.h"
#include "core/fail.h"

namespace cloudkit::inline v0::codec {
namespace {

constexpr auto kNowhere = std::string_view::npos;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

Error refusal(std::string message) { return core::fail(ErrorCode::unknown, std::move(message)); }

Error not_xml(std::string_view what, std::size_t position) {
  return core::fail(ErrorCode::unknown, fmt::format("not XML: {} at byte {}", what, position),
                    "a proxy or another service may have answered");
}

Error cut_off(std::string_view where) { return refusal(fmt::format("the XML is cut off {}", where)); }

bool is_blank(char c) noexcept { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }
bool is_blank(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) { return is_blank(c); });
}

// Bytes of UTF-8 beyond ASCII may stand in names; which characters they are is not looked at.
constexpr unsigned kContinues = 1;
constexpr unsigned kBegins = 2;
constexpr unsigned kColon = 4;
constexpr std::array<std::uint8_t, 256> name_bytes() {
  std::array<std::uint8_t, 256> table{};
  for (unsigned c = 0; c < 256; ++c) {
    const bool begins = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':' || c >= 0x80;
    const bool continues = begins || (c >= '0' && c <= '9') || c == '-' || c == '.';
    table[c] =
        static_cast<std::uint8_t>((begins ? kBegins : 0) | (continues ? kContinues : 0) | (c == ':' ? kColon : 0));
  }
  return table;
}
constexpr auto kNameBytes = name_bytes();
unsigned name_byte(char c) noexcept { return kNameBytes[static_cast<unsigned char>(c)]; }
bool begins_name(char c) noexcept { return (name_byte(c) & kBegins) != 0; }

// As far as a name goes on from `at`.
std::size_t end_of_name(std::string_view text, std::size_t at) noexcept {
  while (at < text.size() && name_byte(text[at]) != 0) ++at;
  return at;
}
std::size_t skip_blanks(std::string_view text, std::size_t at) noexcept {
  while (at < text.size() && is_blank(text[at])) ++at;
  return at;
}

constexpr std::uint64_t kEachByte = 0x0101010101010101;
constexpr std::uint64_t kHighBits = 0x80 * kEachByte;

std::uint64_t load_eight(const char* data) noexcept {
  std::uint64_t word;
  std::memcpy(&word, data, sizeof word);
  return word;
}
// Has a high bit set if, and only if, some byte of `word` is `c`: which one it is need not show.
std::uint64_t holds(std::uint64_t word, char c) noexcept {
  const std::uint64_t difference = word ^ (static_cast<unsigned char>(c) * kEachByte);
  return (difference - kEachByte) & ~difference & kHighBits;
}

// Text up to the next `<`.
struct Run {
  std::size_t length = 0;
  bool has_references = false;
};
Run find_run(std::string_view text) noexcept {
  Run run;
  std::uint64_t references = 0;
  // Eight at a time: most texts are short, and two searches of the library would cost more than they find.
  while (text.size() - run.length >= 8) {
    const std::uint64_t word = load_eight(text.data() + run.length);
    if (holds(word, '<') != 0) break;
    references |= holds(word, '&');
    run.length += 8;
  }
  run.has_references = references != 0;
  for (; run.length < text.size() && text[run.length] != '<'; ++run.length) {
    if (text[run.length] == '&') run.has_references = true;
  }
  return run;
}

// Of 64 bytes, each from 0x20 to 0x7F, as nearly all of a reply is.
bool are_64_plain(const char* data) noexcept {
  std::uint64_t odd = 0;
  for (int i = 0; i < 8; ++i) {
    const std::uint64_t word = load_eight(data + 8 * i);
    odd |= word | (word - 0x20 * kEachByte);
  }
  return (odd & kHighBits) == 0;
}

}  // namespace

XmlReader::XmlReader(std::string_view text, const XmlLimits& limits) : whole_(text), limits_(limits) {
  if (check_whole(limits.max_size)) (void)check_characters();
}

bool XmlReader::refuse(Error error) {
  error_ = std::move(error);
  return false;
}

XmlReader::Step XmlReader::fail(Error error) {
  error_ = std::move(error);
  return Step::failed;
}

bool XmlReader::check_whole(std::size_t max_size) {
  if (whole_.size() > max_size) {
    return refuse(refusal(fmt::format("the XML has {} bytes; the limit is {}", whole_.size(), max_size)));
  }
  if (whole_.starts_with(kByteOrderMark)) whole_.remove_prefix(kByteOrderMark.size());
  whole_ = core::trim(whole_);  // Servers send spaces while they work, even before <?xml.
  if (whole_.starts_with(kByteOrderMark)) whole_.remove_prefix(kByteOrderMark.size());
  if (!is_blank(whole_)) return true;
  return refuse(refusal("the reply is empty where XML was expected"));
}

// Every byte belongs to an XML character: https://www.w3.org/TR/xml/#charsets
bool XmlReader::check_characters() {
  constexpr std::size_t kBlock = 64;
  for (std::size_t at = 0; at < whole_.size();) {
    if (whole_.size() - at >= kBlock && are_64_plain(whole_.data() + at)) {
      at += kBlock;
      continue;
    }
    // To the end of the block, and of a character that goes beyond it.
    std::size_t end = std::min(whole_.size(), at + kBlock);
    while (end < whole_.size() && (static_cast<unsigned char>(whole_[end]) & 0xC0) == 0x80) ++end;
    if (!check_odd_bytes(at, end)) return false;
    at = end;
  }
  return true;
}

bool XmlReader::check_odd_bytes(std::size_t from, std::size_t end) {
  for (std::size_t at = from; at < end;) {
    const auto byte = static_cast<unsigned char>(whole_[at]);
    if (byte >= 0x80) {
      std::size_t after = at;
      while (after < end && static_cast<unsigned char>(whole_[after]) >= 0x80) ++after;
      if (!core::is_valid_utf8(whole_.substr(at, after - at))) return refuse(not_xml("bytes that are not UTF-8", at));
      at = after;
      continue;
    }
    if (byte == 0) return refuse(not_xml("a NUL", at));
    if (byte < 0x20 && !is_blank(whole_[at])) {
      return refuse(not_xml(fmt::format("a control character (0x{:02X})", byte), at));
    }
    has_returns_ = has_returns_ || byte == '\r';
    ++at;
  }
  return true;
}

XmlReader::Step XmlReader::next() {
  if (error_) return Step::failed;
  if (std::exchange(has_ended_, false)) open_.pop_back();
  if (std::exchange(is_empty_element_, false)) return end_element();
  while (at_ < whole_.size()) {
    const char second = at_ + 1 < whole_.size() ? whole_[at_ + 1] : '\0';
    if (whole_[at_] != '<') {
      if (!characters()) return Step::failed;
    } else if (second == '/') {
      return end_tag();
    } else if (second == '!' || second == '?') {
      if (!aside()) return Step::failed;
    } else {
      return start_tag();
    }
  }
  if (!open_.empty()) return fail(cut_off("before its root element ends"));
  if (!had_root_) return fail(not_xml("no element", whole_.size()));
  return Step::done;
}

bool XmlReader::refuse_nodes() {
  return refuse(refusal(fmt::format("the XML has more than {} elements, attributes and texts", limits_.max_nodes)));
}

bool XmlReader::cut_off_in_tag() { return refuse(cut_off(fmt::format("inside the tag that starts at byte {}", at_))); }

XmlReader::Step XmlReader::start_tag() {
  if (open_.empty() && had_root_) return fail(not_xml("more than one root element", at_));
  if (!count_node()) return Step::failed;
  const std::size_t begin = at_ + 1;
  std::size_t end = begin;
  unsigned seen = 0;
  for (unsigned byte = 0; end < whole_.size() && (byte = name_byte(whole_[end])) != 0; ++end) seen |= byte;
  const std::string_view name = whole_.substr(begin, end - begin);
  if (begin < whole_.size() && !begins_name(whole_[begin])) return fail(not_xml("an element without a name", at_));
  if (end == whole_.size()) {
    (void)cut_off_in_tag();
    return Step::failed;
  }
  attributes_ = whole_.substr(end, 0);
  if (whole_[end] != '>' && !attributes(end)) return Step::failed;
  attributes_ =
      std::string_view(attributes_.data(), static_cast<std::size_t>(whole_.data() + end - attributes_.data()));
  if (open_.size() >= limits_.max_depth) {
    return fail(refusal(fmt::format("the XML is nested deeper than {} elements", limits_.max_depth)));
  }
  if (!open_.empty()) open_.back().has_children = true;
  Element& element = open_.emplace_back();
  element.name = name;
  if ((seen & kColon) != 0) element.prefix = name.find(':') + 1;
  had_root_ = true;
  at_ = end + 1;
  return Step::start;
}

// From the end of the element's name, and to the end of its tag.
bool XmlReader::attributes(std::size_t& at) {
  while (true) {
    const std::size_t begin = skip_blanks(whole_, at);
    if (begin == whole_.size()) return cut_off_in_tag();
    const bool is_apart = begin > at;
    at = begin;
    if (whole_[at] == '>') return true;
    if (whole_[at] == '/') {
      if (++at == whole_.size()) return cut_off_in_tag();
      is_empty_element_ = true;
      return whole_[at] == '>' || refuse(not_xml("a tag that does not end behind its /", at - 1));
    }
    if (!is_apart || !begins_name(whole_[at])) return refuse(not_xml("an attribute without a name", at));
    if (!count_node()) return false;
    const std::size_t equals = skip_blanks(whole_, end_of_name(whole_, at));
    if (equals == whole_.size()) return cut_off_in_tag();
    if (whole_[equals] != '=') return refuse(not_xml("an attribute without a value", at));
    const std::size_t quote = skip_blanks(whole_, equals + 1);
    if (quote == whole_.size()) return cut_off_in_tag();
    if (whole_[quote] != '"' && whole_[quote] != '\'') {
      return refuse(not_xml("an attribute without quotes", equals));
    }
    const std::size_t closing = whole_.find(whole_[quote], quote + 1);
    if (closing == kNowhere || closing + 1 == whole_.size()) return cut_off_in_tag();
    at = closing + 1;
  }
}

// They are well formed: `attributes` has seen them.
std::string_view XmlReader::attribute(std::string_view name) const noexcept {
  std::string_view rest = attributes_;
  for (std::size_t equals = rest.find('='); equals != kNowhere; equals = rest.find('=')) {
    const std::string_view found = core::trim(rest.substr(0, equals));
    const std::size_t quote = rest.find_first_of("\"'", equals);
    const std::size_t closing = rest.find(rest[quote], quote + 1);
    if (found == name) return rest.substr(quote + 1, closing - quote - 1);
    rest.remove_prefix(closing + 1);
  }
  return {};
}

XmlReader::Step XmlReader::end_tag() {
  if (open_.empty()) return fail(not_xml("an end tag without a start", at_));
  const std::string_view name = open_.back().name;
  const std::string_view rest = whole_.substr(at_ + 2);
  const bool is_same = rest.starts_with(name);
  const std::size_t after = is_same ? skip_blanks(rest, name.size()) : end_of_name(rest, 0);
  if (after == rest.size()) return fail(cut_off("inside an end tag"));
  if (!is_same || rest[after] != '>') {
    // Without its name: a reply that was garbled may have a secret there.
    return fail(not_xml("an end tag of another element", at_));
  }
  at_ += 2 + after + 1;
  return end_element();
}

XmlReader::Step XmlReader::end_element() {
  const Element& element = open_.back();
  text_ = element.joined != nullptr ? std::string_view(*element.joined) : element.text;
  if (element.has_children) {
    if (!element.has_letters) text_ = {};  // Layout.
    if (element.has_letters && element.pieces > 1) has_split_text_ = true;
  } else if (element.pieces > 1 || (element.pieces == 1 && element.has_interruptions)) {
    has_split_text_ = true;
  }
  has_ended_ = true;
  return Step::end;
}

bool XmlReader::aside() {
  const std::string_view rest = whole_.substr(at_);
  if (rest.starts_with("<![CDATA[")) return cdata();
  if (!open_.empty()) open_.back().has_interruptions = true;
  if (rest.starts_with("<!--")) return skip_past("-->", 4, "inside a comment");
  if (rest.starts_with("<?")) {
    if (rest.size() > 2 && !begins_name(rest[2]))
      return refuse(not_xml("a processing instruction without a name", at_));
    return skip_past("?>", 2, "inside a processing instruction");
  }
  if (core::equals_ignoring_case(rest.substr(0, 9), "<!DOCTYPE")) {
    return refuse(refusal("the XML has a DOCTYPE, which cloudkit refuses: it can define entities"));
  }
  return refuse(not_xml("an unknown declaration", at_));
}

bool XmlReader::skip_past(std::string_view closing, std::size_t opening_length, std::string_view where) {
  const std::size_t end = whole_.find(closing, at_ + opening_length);
  if (end == kNowhere) return refuse(cut_off(where));
  at_ = end + closing.size();
  return true;
}

bool XmlReader::cdata() {
  constexpr std::size_t kOpening = 9;
  if (open_.empty()) return refuse(not_xml("CDATA outside of the root element", at_));
  const std::size_t begin = at_ + kOpening;
  if (!skip_past("]]>", kOpening, "inside CDATA")) return false;
  return add_text(*decoded(whole_.substr(begin, at_ - 3 - begin), false), false);
}

bool XmlReader::characters() {
  const Run found = find_run(whole_.substr(at_));
  const std::size_t end = at_ + found.length;
  const std::string_view run = whole_.substr(at_, found.length);
  const bool is_layout = is_blank(run.front()) && is_blank(run);
  if (open_.empty() && !is_layout) return refuse(not_xml("text outside of the root element", at_));
  const auto text = decoded(run, found.has_references);
  if (!text) return false;
  at_ = end;
  return open_.empty() || add_text(*text, is_layout);
}

// As it reads; the same bytes when nothing in it is written otherwise.
std::optional<std::string_view> XmlReader::decoded(std::string_view run, bool has_references) {
  if (!has_references && !(has_returns_ && run.find('\r') != kNowhere)) return run;
  if (decoded_.capacity() < whole_.size()) decoded_.reserve(whole_.size());
  const std::size_t begin = decoded_.size();
  if (const auto wrong = decode_xml_text(run, has_references, decoded_)) {
    (void)refuse(not_xml("a reference to no character", at_ + *wrong));
    return std::nullopt;
  }
  return std::string_view(decoded_).substr(begin);
}

bool XmlReader::add_text(std::string_view piece, bool is_layout) {
  Element& element = open_.back();
  if (++element.pieces == 1) {
    element.text = piece;
  } else {
    if (element.joined == nullptr) element.joined = &joined_.emplace_back(element.text);
    element.joined->append(piece);
  }
  if (!is_layout) {
    if (is_blank(piece)) {
      has_split_text_ = true;
    } else {
      element.has_letters = true;
    }
  }
  return count_node();
}

}  // namespace cloudkit::inline v0::codec
