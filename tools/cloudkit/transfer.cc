#include "transfer.h"

#include "format.h"
#include "spool.h"

#include <fmt/format.h>

namespace cloudkit::tool {
namespace {

Result<CopyOptions> copy_options(const Bucket& from, const std::string& key, const CopyChoices& choices,
                                 const Context& context) {
  CopyOptions options;
  if (choices.if_absent) options.condition = Condition::absent();
  options.context = context;
  options.transfer.bandwidth = choices.limit;
  if (choices.content_type.empty()) return options;
  // A service replaces all of the headers or none.
  auto info = from.head(key, {.context = context});
  if (!info) return std::move(info).error();
  options.content = std::move(info->content);
  options.content->type = choices.content_type;
  options.metadata = std::move(info->metadata);
  return options;
}

Result<std::uint64_t> copy_through_here(const Bucket& from, const std::string& from_key, const Bucket& to,
                                        const std::string& to_key, const CopyChoices& choices, const Context& context) {
  Spool spool;
  auto info = from.download(from_key, spool, get_options(choices, context));
  if (!info) return std::move(info).error();
  const auto source = spool.finish();
  if (!source) return source.error();
  PutOptions put = put_options(choices, context);
  put.content = std::move(info->content);
  if (!choices.content_type.empty()) put.content.type = choices.content_type;
  put.metadata = std::move(info->metadata);
  return to.put(to_key, **source, put).map([](const ObjectInfo& made) { return made.size; });
}

}  // namespace

PutOptions put_options(const CopyChoices& choices, const Context& context) {
  PutOptions options;
  if (choices.if_absent) options.condition = Condition::absent();
  options.content.type = choices.content_type;
  options.context = context;
  options.transfer.bandwidth = choices.limit;
  options.transfer.resume = choices.resume;
  return options;
}

GetOptions get_options(const CopyChoices& choices, const Context& context) {
  GetOptions options;
  options.context = context;
  options.transfer.bandwidth = choices.limit;
  options.transfer.resume = choices.resume;
  return options;
}

Result<std::uint64_t> upload(const Source& source, const Bucket& bucket, const std::string& key,
                             const CopyChoices& choices, const Context& context) {
  auto info = bucket.put(key, source, put_options(choices, context));
  if (!info) return std::move(info).error();
  return source.size();
}

Result<std::uint64_t> copy(const Bucket& from, const std::string& from_key, const Bucket& to, const std::string& to_key,
                           const CopyChoices& choices, const Context& context) {
  const auto options = copy_options(from, from_key, choices, context);
  if (!options) return options.error();
  auto info = to.copy_from(from, from_key, to_key, *options);
  if (info) return info->size;
  // Within one store: what the service copies in no way, or not under a condition that only a put can have.
  if (info.error().code != ErrorCode::unsupported) return std::move(info).error();
  return copy_through_here(from, from_key, to, to_key, choices, context);
}

int print_object(Session& session, const Bucket& bucket, const std::string& key, const GetOptions& options) {
  struct Stdout final : Sink {
    explicit Stdout(Output& output) : out(output) {}
    Status write(Bytes chunk) override { return out.bytes(chunk); }
    Output& out;
  };
  Stdout sink(session.out);
  const auto info = bucket.download(key, sink, options);
  return info ? 0 : session.out.error(info.error());
}

void report_copy(Output& out, const std::string& from, const std::string& to, std::uint64_t size, bool dry_run) {
  if (out.json()) {
    Json json;
    json.text("source", from).text("destination", to).number("size", size);
    if (dry_run) json.boolean("dry_run", true);
    return out.object(json);
  }
  out.line(fmt::format("{}{} -> {} ({})", dry_run ? "would copy " : "", printable(from), printable(to),
                       count(size, "byte")));
}

Error named(Error error, const char* operation, std::string resource) {
  if (!error.operation.empty()) return error;
  error.operation = operation;
  error.resource = std::move(resource);
  return error;
}

}  // namespace cloudkit::tool
