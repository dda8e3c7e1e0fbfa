#include "sync/manifest_text.h"

#include "codec/json.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/time.h"

#include <cloudkit/version.h>

namespace cloudkit::inline v0::syncing {
namespace {

using codec::JsonValue;
using codec::JsonWriter;

constexpr std::uint64_t kFormat = 1;

}  // namespace

std::string to_line(const ManifestHeader& header) {
  JsonWriter json;
  json.begin_object().name("cloudkit_manifest").number(kFormat);
  json.name("source").string(core::is_valid_utf8(header.source) ? header.source : "?");
  json.name("started").string(core::format_rfc3339(header.started));
  json.name("listed").string(core::format_rfc3339(header.listed));
  json.name("names").string(header.names == Names::exact ? "exact" : "portable");
  json.name("tool").string(std::string("cloudkit ") + std::string(version()));
  json.name("rules").begin_array();
  for (const KeyRule& rule : header.rules) {
    json.string((rule.include ? "+" : "-") + (core::is_valid_utf8(rule.pattern) ? rule.pattern : "?"));
  }
  return json.end_array().end_object().finish().value_or("{}") + '\n';
}

Result<ManifestHeader> parse_header(std::string_view line) {
  const auto json = JsonValue::parse(line);
  const auto format = json ? json->find("cloudkit_manifest").as_u64() : std::nullopt;
  if (!format) return core::fail(ErrorCode::data_loss, "the first line is no header");
  if (*format != kFormat) return core::unsupported("it was written by a newer cloudkit");
  ManifestHeader header;
  header.source = json->find("source").as_string().value_or("");
  const auto started = core::parse_rfc3339(json->find("started").as_string().value_or(""));
  const auto listed = core::parse_rfc3339(json->find("listed").as_string().value_or(""));
  if (!started || !listed) return core::fail(ErrorCode::data_loss, "the header has no time");
  header.started = *started;
  header.listed = *listed;
  header.names = json->find("names").as_string() == "portable" ? Names::portable : Names::exact;
  for (const JsonValue& item : json->find("rules").items()) {
    const auto rule = item.as_string().value_or("");
    if (!rule.empty()) header.rules.push_back({rule[0] == '+', std::string(rule.substr(1))});
  }
  return header;
}

std::string to_line(const ManifestFooter& footer, std::string_view sha256) {
  JsonWriter json;
  json.begin_object().name("end").begin_object();
  json.name("objects").number(footer.objects).name("bytes").number(footer.bytes).name("failed").number(footer.failed);
  json.name("vanished").number(footer.vanished);
  json.name("sha256").string(sha256);
  return json.end_object().end_object().finish().value_or("{}") + '\n';
}

std::optional<std::pair<ManifestFooter, std::string>> parse_footer(std::string_view line) {
  const auto json = JsonValue::parse(line);
  if (!json) return std::nullopt;
  const JsonValue& end = json->find("end");
  const auto objects = end.find("objects").as_u64();
  const auto bytes = end.find("bytes").as_u64();
  const auto failed = end.find("failed").as_u64();
  const auto vanished = end.find("vanished").as_u64();
  const auto sha256 = end.find("sha256").as_string();
  if (!objects || !bytes || !failed || !vanished || !sha256) return std::nullopt;
  return std::pair(ManifestFooter{*objects, *bytes, *failed, *vanished}, std::string(*sha256));
}

}  // namespace cloudkit::inline v0::syncing
