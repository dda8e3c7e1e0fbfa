#include "serve/failure.h"

#include "codec/json.h"
#include "core/encode.h"
#include "core/exception_type.h"

#include <exception>

namespace cloudkit::inline v0::serving {
namespace {

constexpr std::size_t kMostMessage = std::size_t{32} << 10;

std::string message_of(std::string_view text) {
  if (text.size() <= kMostMessage) return as_utf8(text);
  std::size_t end = kMostMessage;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // Not within a character.
  return as_utf8(text.substr(0, end)) + "…";
}

}  // namespace

std::string as_utf8(std::string_view text) {
  return core::is_valid_utf8(text) ? std::string(text) : core::printable_excerpt(text, text.size());
}

Failure failure_of(const Error& error) {
  const bool is_ours = error.service_code.empty();
  return {is_ours ? std::string(to_string(error.code)) : as_utf8(error.service_code), message_of(error.message),
          "Function.Error"};
}

Failure failure_of_exception() {
  const std::string name = core::current_exception_type();
  try {
    throw;
  } catch (const Exception& exception) {
    Failure failure = failure_of(exception.error());
    failure.category = "Function.Exception";
    return failure;
  } catch (const std::exception& exception) {
    return {name, message_of(exception.what()), "Function.Exception"};
  } catch (...) {
    return {name, "an exception that is no std::exception", "Function.Exception"};
  }
}

std::string to_json(const Failure& failure) {
  codec::JsonWriter json;
  json.begin_object().name("errorMessage").string(failure.message).name("errorType").string(failure.type);
  json.name("stackTrace").begin_array().end_array().end_object();
  return json.finish().value_or(R"({"errorMessage":"","errorType":"unknown","stackTrace":[]})");
}

}  // namespace cloudkit::inline v0::serving
