#pragma once

#include "codec/json.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// JSON that people write: what is wrong with it is told with its place.
namespace cloudkit::inline v0::codec {

/// Both from 1; columns count characters.
struct JsonPlace {
  std::size_t line = 1;
  std::size_t column = 1;

  friend bool operator==(const JsonPlace&, const JsonPlace&) = default;
};

/// The way from a document's root: names of members, and indexes of items as digits.
using JsonPath = std::vector<std::string>;
/// "/resource/0/a~1b": https://www.rfc-editor.org/rfc/rfc6901
std::string to_pointer(const JsonPath& path);

/// Where the member of that name, or the item, begins in a text that `parse` has taken. Scans the text: for errors.
std::optional<JsonPlace> find_place(std::string_view text, const JsonPath& path);

/// Errors: `invalid_argument`: "main.tf.json:3:7: not JSON: …". They show nothing of the text but a name that an object
/// gives twice.
Result<JsonValue> parse_json_file(std::string_view text, std::string_view file_name, const JsonLimits& limits = {});

}  // namespace cloudkit::inline v0::codec
