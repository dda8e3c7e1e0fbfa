#pragma once

#include <cloudkit/result.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace cloudkit::inline v0::codec {

struct JsonLimits {
  std::size_t max_size = std::size_t{1} << 20;
  std::size_t max_depth = 64;
  std::size_t max_values = 100'000;
};

/// What is wrong with a text, and at which of its bytes, counted from 1.
struct JsonProblem {
  std::string what = {};
  std::optional<std::size_t> byte = {};
};

/// Whether `text` is one JSON value, of any size and depth: for what only travels through.
bool is_json(std::string_view text);

struct JsonMember;

/// A JSON value that owns what it holds. What is missing, or is not what was asked for, reads as
/// null or as nothing, so that a chain of look-ups needs one check at its end:
///   json.find("Credentials").find("Expiration").as_string()
class JsonValue {
 public:
  /// Errors: `unknown`, naming what is wrong: empty, cut off, not JSON, a name given twice (which
  /// readers understand differently), too large, too deep, too many values. No error shows any of
  /// the text: it may hold credentials. `problem`, where it is wanted, gets the same in its parts.
  static Result<JsonValue> parse(std::string_view text, const JsonLimits& limits = {}, JsonProblem* problem = nullptr);

  JsonValue() noexcept;  ///< null
  JsonValue(JsonValue&&) noexcept;
  JsonValue(const JsonValue&);
  JsonValue& operator=(JsonValue&&) noexcept;
  JsonValue& operator=(const JsonValue&);
  ~JsonValue();

  bool is_null() const noexcept { return std::holds_alternative<std::monostate>(state_); }
  bool is_object() const noexcept { return std::holds_alternative<Object>(state_); }
  bool is_array() const noexcept { return std::holds_alternative<Array>(state_); }

  /// The member of an object. Null when there is none; see `contains`.
  const JsonValue& find(std::string_view name) const noexcept;
  bool contains(std::string_view name) const noexcept;
  /// In order of their names.
  std::span<const JsonMember> members() const noexcept;
  std::span<const JsonValue> items() const noexcept;

  std::optional<std::string_view> as_string() const noexcept;
  std::optional<bool> as_bool() const noexcept;
  /// Only a number that is written as an integer, and fits; not 1.0, not "1".
  std::optional<std::uint64_t> as_u64() const noexcept;
  std::optional<std::int64_t> as_i64() const noexcept;
  std::optional<double> as_double() const noexcept;  ///< Any number; large integers are rounded.

 private:
  friend class JsonBuilder;
  using Array = std::vector<JsonValue>;
  using Object = std::vector<JsonMember>;  // sorted by name

  const JsonMember* member(std::string_view name) const noexcept;

  // Integers below zero are int64_t, others uint64_t.
  std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string, Array, Object> state_;
};

struct JsonMember {
  std::string name;
  JsonValue value;
};

/// Writes JSON without spaces, or for people with `indent` of them for each level; ASCII control characters escaped.
/// Commas come by themselves:
///   JsonWriter().begin_object().name("n").number(3).end_object().finish()
class JsonWriter {
 public:
  explicit JsonWriter(std::size_t indent = 0) : indent_(indent) { out_.reserve(kUsualSize); }

  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& name(std::string_view name);

  JsonWriter& string(std::string_view text);
  template <std::integral T>
    requires(!std::is_same_v<T, bool>)
  JsonWriter& number(T value) {
    if constexpr (std::is_signed_v<T>) return number_signed(value);
    return number_unsigned(static_cast<std::uint64_t>(value));
  }
  JsonWriter& number(double value);  ///< With as many digits as reading it back needs.
  JsonWriter& boolean(bool value);
  JsonWriter& null();
  JsonWriter& value(const JsonValue& value);

  /// The text. Errors: `invalid_argument` when a text was not UTF-8, a number not finite, or the
  /// calls did not make exactly one value.
  Result<std::string> finish();

 private:
  enum class Place : unsigned char { first_item, next_item, first_name, next_name, value };

  JsonWriter& number_unsigned(std::uint64_t value);
  JsonWriter& number_signed(std::int64_t value);
  bool begin_value();
  JsonWriter& begin(char bracket, Place inside);
  JsonWriter& end(char bracket, bool object);
  JsonWriter& raw(std::string_view text);
  void quote(std::string_view text);
  void refuse(std::string_view why);
  void new_line();

  static constexpr std::size_t kUsualSize = 500;  // A line of a manifest takes less.

  const std::size_t indent_;
  std::string out_;
  std::string problem_;        // the first one
  std::vector<Place> places_;  // one for each open array or object
};

}  // namespace cloudkit::inline v0::codec
