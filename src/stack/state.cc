#include "stack/state.h"

#include "codec/json.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/time.h"
#include "crypto/digest.h"
#include "stack/specs.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::inline v0::stack {
namespace {

using codec::JsonValue;
using codec::JsonWriter;

constexpr std::uint64_t kFormat = 1;
constexpr codec::JsonLimits kLimits = {std::size_t{64} << 20U, 64, 10'000'000};

std::string digest_of(std::string_view json) { return core::hex_encode(crypto::sha256(json)); }

void write_texts(JsonWriter& writer, std::string_view name, const std::map<std::string, std::string>& texts) {
  if (texts.empty()) return;
  writer.name(name).begin_object();
  for (const auto& [key, text] : texts) writer.name(key).string(text);
  writer.end_object();
}

Status write_attributes(JsonWriter& writer, std::string_view name, const Attributes& attributes) {
  if (attributes.empty()) return {};
  writer.name(name).begin_object();
  for (const auto& [key, json] : attributes) {
    auto value = JsonValue::parse(json, kLimits);
    if (!value) return std::move(value).error();
    writer.name(key).value(*value);
  }
  writer.end_object();
  return {};
}

// Members by name, as a reader gives them back.
Status write_entry(JsonWriter& writer, const Entry& entry) {
  writer.begin_object();
  if (!entry.place.account.empty()) writer.name("account").string(entry.place.account);
  writer.name("begun").string(core::format_rfc3339(entry.begun));
  if (auto ok = write_attributes(writer, "facts", entry.facts); !ok) return ok;
  if (!entry.former_tag.empty()) writer.name("former_tag").string(entry.former_tag);
  if (!entry.id.empty()) writer.name("id").string(entry.id);
  if (auto ok = write_attributes(writer, "inputs", entry.inputs); !ok) return ok;
  if (!entry.needs.empty()) {
    writer.name("needs").begin_array();
    for (const std::string& address : entry.needs) writer.string(address);
    writer.end_array();
  }
  write_texts(writer, "outputs", entry.outputs);
  if (entry.protect) writer.name("protect").boolean(true);
  writer.name("provider").string(entry.place.provider);
  writer.name("status").string(entry.created ? "created" : "creating");
  if (!entry.token.empty()) writer.name("token").string(entry.token);
  writer.end_object();
  return {};
}

Result<std::string> state_json(const Document& document) {
  JsonWriter writer;
  writer.begin_object().name("lineage").string(document.lineage);
  write_texts(writer, "outputs", document.outputs);
  writer.name("resources").begin_object();
  for (const auto& [address, entry] : document.entries) {
    writer.name(address);
    if (auto ok = write_entry(writer, entry); !ok) return std::move(ok).error();
  }
  writer.end_object();
  writer.name("serial").number(document.serial).name("stack").string(document.stack).end_object();
  return writer.finish();
}

std::string text(const JsonValue& value) { return std::string(value.as_string().value_or("")); }

std::string again(const JsonValue& value) { return JsonWriter().value(value).finish().value_or(""); }

std::map<std::string, std::string> read_texts(const JsonValue& value) {
  std::map<std::string, std::string> texts;
  for (const codec::JsonMember& member : value.members()) texts[member.name] = text(member.value);
  return texts;
}

Attributes read_attributes(const JsonValue& value) {
  Attributes attributes;
  for (const codec::JsonMember& member : value.members()) attributes[member.name] = again(member.value);
  return attributes;
}

Error no_state(std::string_view why) {
  return core::fail(ErrorCode::data_loss, fmt::format("the state is none: {}", why),
                    "restore an earlier one: the bucket may keep versions; nothing was changed");
}

Result<Entry> read_entry(const codec::JsonMember& member) {
  const JsonValue& value = member.value;
  Entry entry;
  const std::string status = text(value.find("status"));
  const auto begun = core::parse_rfc3339(text(value.find("begun")));
  if (member.name.find('.') == std::string::npos || !begun || (status != "created" && status != "creating")) {
    return no_state(fmt::format("what it says of {} is not complete", core::printable_excerpt(member.name, 80)));
  }
  const auto& known = types();
  if (std::find(known.begin(), known.end(), type_of(member.name)) == known.end()) {
    return core::unsupported(fmt::format("the state has {}, of a type that this version of cloudkit does not know",
                                         core::printable_excerpt(member.name, 80)),
                             "use the version that wrote it, or a newer one");
  }
  entry.place = {text(value.find("provider")), text(value.find("account"))};
  entry.id = text(value.find("id"));
  entry.created = status == "created";
  entry.token = text(value.find("token"));
  entry.former_tag = text(value.find("former_tag"));
  entry.begun = *begun;
  entry.protect = value.find("protect").as_bool().value_or(false);
  for (const JsonValue& need : value.find("needs").items()) entry.needs.push_back(text(need));
  entry.inputs = read_attributes(value.find("inputs"));
  entry.facts = read_attributes(value.find("facts"));
  entry.outputs = read_texts(value.find("outputs"));
  return entry;
}

Result<Document> read_state(const JsonValue& state) {
  Document document;
  document.stack = text(state.find("stack"));
  document.lineage = text(state.find("lineage"));
  document.serial = state.find("serial").as_u64().value_or(0);
  document.outputs = read_texts(state.find("outputs"));
  if (document.stack.empty() || document.lineage.empty() || document.serial == 0) {
    return no_state("it has no stack, lineage or serial");
  }
  for (const codec::JsonMember& member : state.find("resources").members()) {
    auto entry = read_entry(member);
    if (!entry) return std::move(entry).error();
    document.entries.emplace(member.name, *std::move(entry));
  }
  return document;
}

}  // namespace

std::string_view type_of(std::string_view address) { return address.substr(0, address.find('.')); }

Result<std::string> to_json(const Document& document) {
  auto state = state_json(document);
  if (!state) return std::move(state).error();
  return fmt::format("{{\"digest\":\"{}\",\"format\":{},\"state\":{}}}", digest_of(*state), kFormat, *state);
}

Result<Document> read_document(std::string_view json, bool accept_edited) {
  auto outer = JsonValue::parse(json, kLimits);
  if (!outer) return no_state(outer.error().message);
  const std::uint64_t format = outer->find("format").as_u64().value_or(0);
  if (format > kFormat) {
    return core::unsupported(
        fmt::format("the state has format {}; this version of cloudkit knows formats up to {}", format, kFormat),
        "use the version that wrote it, or a newer one");
  }
  const JsonValue& state = outer->find("state");
  if (format == 0 || !state.is_object()) return no_state("it has no format, or nothing in it");
  const bool edited = text(outer->find("digest")) != digest_of(again(state));
  if (edited && !accept_edited) {
    return core::fail(
        ErrorCode::data_loss, "the state is not as cloudkit wrote it: somebody has edited it",
        "restore what was there; or say that it is right: --accept-edited, StackApplyOptions::accept_edited");
  }
  auto document = read_state(state);
  if (document) document->edited = edited;
  return document;
}

}  // namespace cloudkit::inline v0::stack
