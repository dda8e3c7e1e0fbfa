#include "codec/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <limits>
#include <new>
#include <nlohmann/json.hpp>
#include <numeric>
#include <utility>

#include "core/encode.h"
#include "core/fail.h"

namespace cloudkit::inline v0::codec {

namespace {

Error refused(JsonProblem problem, JsonProblem* out) {
  const std::string place = problem.byte ? fmt::format(" at byte {}", *problem.byte) : std::string();
  Error error = core::fail(ErrorCode::unknown, problem.what + place);
  if (out != nullptr) *out = std::move(problem);
  return error;
}

// nlohmann takes a NUL for the end of the text and would not look at what follows.
std::size_t find_nul(std::string_view text) { return text.find('\0'); }

}  // namespace

bool is_json(std::string_view text) {
  return find_nul(text) == std::string_view::npos && nlohmann::json::accept(text.begin(), text.end());
}

// Takes nlohmann's events and makes the tree under our bounds. Its own tree costs up to 80 times
// the text and dies of recursion when it is written out.
class JsonBuilder {
 public:
  JsonBuilder(const JsonLimits& limits, std::size_t size) : limits_(limits), size_(size) {}

  const JsonProblem& problem() const { return problem_; }
  JsonValue take() { return std::move(root_); }

  // What nlohmann calls; `false` ends the parse.
  bool null() { return add<std::monostate>() != nullptr; }
  bool boolean(bool value) { return add<bool>(value) != nullptr; }
  bool number_unsigned(std::uint64_t value) { return add<std::uint64_t>(value) != nullptr; }
  bool number_integer(std::int64_t value) { return add<std::int64_t>(value) != nullptr; }
  bool number_float(double value, const std::string&) { return add<double>(value) != nullptr; }
  // A copy has the room that it needs, and leaves nlohmann's buffer, which grows a letter at a time, to the next one.
  bool string(std::string& value) { return add<std::string>(value) != nullptr; }
  bool binary(nlohmann::json::binary_t&) { return refuse("JSON has no binary values"); }
  bool key(std::string& name) {
    name_.assign(name);
    return true;
  }
  bool start_object(std::size_t) { return open<JsonValue::Object>(); }
  bool start_array(std::size_t) { return open<JsonValue::Array>(); }
  bool end_object() { return close_object(); }
  bool end_array() {
    open_.pop_back();
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception& error) {
    constexpr int kNumberOutOfRange = 406;
    if (error.id == kNumberOutOfRange) return refuse("the JSON has a number too large", position);
    return position > size_ ? refuse("the JSON is cut off") : refuse("not JSON: unexpected text", position);
  }

 private:
  static constexpr std::size_t kUsualMembers = 16;

  bool refuse(std::string what, std::optional<std::size_t> byte = {}) {
    problem_ = {std::move(what), byte};
    return false;
  }

  // The place of the new value, or null when there are too many.
  template <class T, class... From>
  JsonValue* add(const From&... from) {
    if (++values_ > limits_.max_values) {
      refuse(fmt::format("the JSON has more than {} values", limits_.max_values));
      return nullptr;
    }
    JsonValue* place = &root_;
    if (!open_.empty()) {
      if (auto* array = std::get_if<JsonValue::Array>(&open_.back()->state_)) {
        place = &array->emplace_back();
      } else {
        auto& members = std::get<JsonValue::Object>(open_.back()->state_);
        place = &members.emplace_back(JsonMember{std::move(name_), {}}).value;
      }
    }
    place->state_.template emplace<T>(from...);
    return place;
  }

  template <class Container>
  bool open() {
    if (open_.size() >= limits_.max_depth) {
      return refuse(fmt::format("the JSON is nested deeper than {} levels", limits_.max_depth));
    }
    JsonValue* place = add<Container>();
    // Stays where it is while open: only the innermost container grows.
    if (place == nullptr) return false;
    open_.push_back(place);
    if constexpr (std::is_same_v<Container, JsonValue::Object>)
      std::get<Container>(place->state_).reserve(kUsualMembers);
    return true;
  }

  bool close_object() {
    auto& members = std::get<JsonValue::Object>(open_.back()->state_);
    open_.pop_back();
    // Sorting the members themselves would move each of them many times.
    order_.resize(members.size());
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    std::sort(order_.begin(), order_.end(), [&](auto a, auto b) { return members[a].name < members[b].name; });
    JsonValue::Object sorted;
    sorted.reserve(members.size());
    for (const std::size_t index : order_) sorted.push_back(std::move(members[index]));
    members = std::move(sorted);
    const auto twice = std::adjacent_find(members.begin(), members.end(),
                                          [](const auto& a, const auto& b) { return a.name == b.name; });
    return twice == members.end() || refuse("the JSON gives the same name twice in an object");
  }

  const JsonLimits& limits_;
  const std::size_t size_;
  std::size_t values_ = 0;
  JsonValue root_;
  std::vector<JsonValue*> open_;
  std::vector<std::size_t> order_;
  std::string name_;
  JsonProblem problem_;
};

JsonValue::JsonValue() noexcept = default;
JsonValue::JsonValue(JsonValue&&) noexcept = default;
JsonValue::JsonValue(const JsonValue&) = default;
JsonValue& JsonValue::operator=(JsonValue&&) noexcept = default;
JsonValue& JsonValue::operator=(const JsonValue&) = default;
JsonValue::~JsonValue() = default;

Result<JsonValue> JsonValue::parse(std::string_view text, const JsonLimits& limits, JsonProblem* problem) {
  if (text.size() > limits.max_size) {
    return refused({fmt::format("the JSON has {} bytes; the limit is {}", text.size(), limits.max_size)}, problem);
  }
  if (core::trim(text).empty()) return refused({"the reply is empty where JSON was expected"}, problem);
  if (const std::size_t nul = find_nul(text); nul != std::string_view::npos) {
    return refused({"not JSON: a NUL", nul + 1}, problem);
  }
  try {
    JsonBuilder builder(limits, text.size());
    if (!nlohmann::json::sax_parse(text.begin(), text.end(), &builder)) return refused(builder.problem(), problem);
    return builder.take();
  } catch (const std::exception&) {
    return refused({"the JSON could not be read"}, problem);  // what() may quote it
  }
}

const JsonMember* JsonValue::member(std::string_view name) const noexcept {
  const auto* object = std::get_if<Object>(&state_);
  if (object == nullptr) return nullptr;
  const auto place = std::lower_bound(object->begin(), object->end(), name,
                                      [](const JsonMember& one, std::string_view other) { return one.name < other; });
  return place != object->end() && place->name == name ? &*place : nullptr;
}

const JsonValue& JsonValue::find(std::string_view name) const noexcept {
  alignas(JsonValue) static std::byte room[sizeof(JsonValue)];
  static const auto* const missing = new (room) JsonValue;  // Never destroyed.
  const JsonMember* const found = member(name);
  return found != nullptr ? found->value : *missing;
}
bool JsonValue::contains(std::string_view name) const noexcept { return member(name) != nullptr; }

std::span<const JsonMember> JsonValue::members() const noexcept {
  const auto* object = std::get_if<Object>(&state_);
  return object != nullptr ? std::span<const JsonMember>(*object) : std::span<const JsonMember>();
}
std::span<const JsonValue> JsonValue::items() const noexcept {
  const auto* array = std::get_if<Array>(&state_);
  return array != nullptr ? std::span<const JsonValue>(*array) : std::span<const JsonValue>();
}

std::optional<std::string_view> JsonValue::as_string() const noexcept {
  const auto* text = std::get_if<std::string>(&state_);
  if (text == nullptr) return std::nullopt;
  return *text;
}
std::optional<bool> JsonValue::as_bool() const noexcept {
  const bool* value = std::get_if<bool>(&state_);
  if (value == nullptr) return std::nullopt;
  return *value;
}
std::optional<std::uint64_t> JsonValue::as_u64() const noexcept {
  const auto* value = std::get_if<std::uint64_t>(&state_);
  if (value == nullptr) return std::nullopt;
  return *value;
}
std::optional<std::int64_t> JsonValue::as_i64() const noexcept {
  if (const auto* value = std::get_if<std::int64_t>(&state_)) return *value;
  const std::optional<std::uint64_t> large = as_u64();
  if (!large || *large > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return std::nullopt;
  return static_cast<std::int64_t>(*large);
}
std::optional<double> JsonValue::as_double() const noexcept {
  if (const auto* value = std::get_if<double>(&state_)) return *value;
  if (const auto* value = std::get_if<std::int64_t>(&state_)) return static_cast<double>(*value);
  if (const auto* value = std::get_if<std::uint64_t>(&state_)) return static_cast<double>(*value);
  return std::nullopt;
}

}  // namespace cloudkit::inline v0::codec
