#include "serve/custom_handler.h"

#include "codec/json.h"
#include "serve/failure.h"

namespace cloudkit::inline v0::serving {
namespace {

using codec::JsonValue;

codec::JsonLimits binding_limits() {
  codec::JsonLimits limits;
  limits.max_size = SIZE_MAX;  // What the server took.
  return limits;
}

}  // namespace

std::optional<std::string> payload_of_bindings(std::string_view body) {
  const auto json = JsonValue::parse(body, binding_limits());
  if (!json || !json->find("Data").is_object() || !json->find("Metadata").is_object()) return std::nullopt;
  const JsonValue& data = json->find("Data");
  const JsonValue& payload = data.members().size() == 1 ? data.members().front().value : data;
  if (const auto text = payload.as_string(); text && codec::is_json(*text)) return std::string(*text);
  auto written = codec::JsonWriter().value(payload).finish();
  if (!written) return std::nullopt;
  return *std::move(written);
}

std::string reply_for_bindings(std::string_view reply) {
  codec::JsonWriter json;
  json.begin_object().name("Outputs").begin_object().end_object().name("Logs").begin_array().end_array();
  json.name("ReturnValue");
  if (const auto value = JsonValue::parse(reply, binding_limits())) {
    json.value(*value);
  } else {
    json.string(as_utf8(reply));
  }
  return json.end_object().finish().value_or("{}");
}

}  // namespace cloudkit::inline v0::serving
