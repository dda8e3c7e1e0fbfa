#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "codec/json.h"
#include "core/encode.h"
#include "core/fail.h"

namespace cloudkit::inline v0::codec {
namespace {

bool needs_escape(char c) noexcept { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; }

}  // namespace

void JsonWriter::refuse(std::string_view why) {
  if (problem_.empty()) problem_ = why;
}

void JsonWriter::new_line() {
  if (indent_ != 0) out_.append("\n").append(indent_ * places_.size(), ' ');
}

// Puts the comma; false where no value may stand.
bool JsonWriter::begin_value() {
  if (places_.empty()) {
    if (!out_.empty()) refuse("a second value after the whole document");
    return problem_.empty();
  }
  Place& place = places_.back();
  switch (place) {
    case Place::first_item:
      place = Place::next_item;
      new_line();
      break;
    case Place::next_item:
      out_.push_back(',');
      new_line();
      break;
    case Place::value: place = Place::next_name; break;
    case Place::first_name:
    case Place::next_name: refuse("a value without a name in an object"); break;
  }
  return problem_.empty();
}

JsonWriter& JsonWriter::begin(char bracket, Place inside) {
  if (begin_value()) {
    out_.push_back(bracket);
    places_.push_back(inside);
  }
  return *this;
}

JsonWriter& JsonWriter::end(char bracket, bool object) {
  const Place place = places_.empty() ? Place::value : places_.back();
  const bool in_object = place == Place::first_name || place == Place::next_name;
  if (place == Place::value || in_object != object) {
    refuse("an end that does not belong to the innermost array or object");
    return *this;
  }
  places_.pop_back();
  if (place == Place::next_item || place == Place::next_name) new_line();
  out_.push_back(bracket);
  return *this;
}

JsonWriter& JsonWriter::begin_object() { return begin('{', Place::first_name); }
JsonWriter& JsonWriter::end_object() { return end('}', true); }
JsonWriter& JsonWriter::begin_array() { return begin('[', Place::first_item); }
JsonWriter& JsonWriter::end_array() { return end(']', false); }

JsonWriter& JsonWriter::name(std::string_view name) {
  const Place place = places_.empty() ? Place::value : places_.back();
  if (place != Place::first_name && place != Place::next_name) {
    refuse("a name where none belongs");
    return *this;
  }
  if (place == Place::next_name) out_.push_back(',');
  new_line();
  places_.back() = Place::value;
  quote(name);
  out_ += indent_ == 0 ? ":" : ": ";
  return *this;
}

JsonWriter& JsonWriter::raw(std::string_view text) {
  if (begin_value()) out_ += text;
  return *this;
}

JsonWriter& JsonWriter::string(std::string_view text) {
  if (begin_value()) quote(text);
  return *this;
}
JsonWriter& JsonWriter::number_unsigned(std::uint64_t value) { return raw(fmt::format_int(value).c_str()); }
JsonWriter& JsonWriter::number_signed(std::int64_t value) { return raw(fmt::format_int(value).c_str()); }
JsonWriter& JsonWriter::number(double value) {
  if (!std::isfinite(value)) refuse("a number that is not finite");
  return raw(fmt::format("{}", value));
}
JsonWriter& JsonWriter::boolean(bool value) { return raw(value ? "true" : "false"); }
JsonWriter& JsonWriter::null() { return raw("null"); }

// https://www.rfc-editor.org/rfc/rfc8259#section-7
void JsonWriter::quote(std::string_view text) {
  if (!core::is_valid_utf8(text)) refuse("a text that is not UTF-8");
  out_.push_back('"');
  while (!text.empty()) {
    const auto special = std::find_if(text.begin(), text.end(), needs_escape);
    out_.append(text.begin(), special);
    text.remove_prefix(static_cast<std::size_t>(special - text.begin()));
    if (text.empty()) break;
    switch (text[0]) {
      case '"': out_ += "\\\""; break;
      case '\\': out_ += "\\\\"; break;
      case '\n': out_ += "\\n"; break;
      case '\r': out_ += "\\r"; break;
      case '\t': out_ += "\\t"; break;
      default: out_ += fmt::format("\\u{:04x}", static_cast<unsigned>(text[0]));
    }
    text.remove_prefix(1);
  }
  out_.push_back('"');
}

JsonWriter& JsonWriter::value(const JsonValue& value) {
  if (value.is_object()) {
    begin_object();
    for (const JsonMember& member : value.members()) name(member.name).value(member.value);
    return end_object();
  }
  if (value.is_array()) {
    begin_array();
    for (const JsonValue& item : value.items()) this->value(item);
    return end_array();
  }
  if (const auto text = value.as_string()) return string(*text);
  if (const auto truth = value.as_bool()) return boolean(*truth);
  if (const auto whole = value.as_u64()) return number(*whole);
  if (const auto below_zero = value.as_i64()) return number(*below_zero);
  if (const auto any = value.as_double()) return number(*any);
  return null();
}

Result<std::string> JsonWriter::finish() {
  if (!places_.empty()) refuse("an array or object without its end");
  if (out_.empty()) refuse("no value at all");
  if (!problem_.empty()) return core::invalid_argument("cannot write JSON: " + problem_);
  return std::move(out_);
}

}  // namespace cloudkit::inline v0::codec
