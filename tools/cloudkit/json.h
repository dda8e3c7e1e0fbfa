#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cloudkit::tool {

/// One JSON object, written as its members come. Bytes that are not UTF-8 become U+FFFD.
class Json {
 public:
  Json& text(std::string_view name, std::string_view value);
  /// Only when there is one.
  Json& text_unless_empty(std::string_view name, std::string_view value);
  Json& number(std::string_view name, std::uint64_t value);
  Json& boolean(std::string_view name, bool value);
  Json& object(std::string_view name, const Json& value);
  Json& list(std::string_view name, const std::vector<Json>& values);

  std::string finish() const { return '{' + members_ + '}'; }

 private:
  Json& raw(std::string_view name, std::string_view value);
  std::string members_;
};

}  // namespace cloudkit::tool
