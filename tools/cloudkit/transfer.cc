#include "transfer.h"

#include "format.h"
#include "location.h"
#include "spool.h"

#include <fmt/format.h>

#include <filesystem>

namespace cloudkit::tool {
namespace {

Result<CopyOptions> copy_options(const Bucket& from, const std::string& key, const CopyChoices& choices,
                                 const Context& context) {
  CopyOptions options;
  if (choices.if_absent) options.condition = Condition::absent();
  options.context = context;
  options.transfer.bandwidth = choices.limit;
  options.transfer.progress = choices.progress;
  options.storage_class = choices.storage_class;
  if (choices.content_type.empty() && choices.metadata.empty()) return options;
  // A service replaces all of the headers or none.
  auto info = from.head(key, {.context = context});
  if (!info) return std::move(info).error();
  options.content = std::move(info->content);
  if (!choices.content_type.empty()) options.content->type = choices.content_type;
  options.metadata = choices.metadata;
  options.metadata->merge(info->metadata);  // What is there already stays.
  return options;
}

Result<std::uint64_t> copy_through_here(const Bucket& from, const std::string& from_key, const Bucket& to,
                                        const std::string& to_key, const CopyChoices& choices, const Context& context) {
  Spool spool;
  auto info = from.download(from_key, spool, get_options(choices, context));
  if (!info) return of_source(std::move(info).error());
  const auto source = spool.finish();
  if (!source) return source.error();
  PutOptions put = put_options(choices, context);
  put.content = std::move(info->content);
  if (!choices.content_type.empty()) put.content.type = choices.content_type;
  put.metadata.merge(info->metadata);
  return to.put(to_key, **source, put).map([](const ObjectInfo& made) { return made.size; });
}

}  // namespace

Error of_source(Error error) {
  if (error.code != ErrorCode::precondition_failed) return error;
  error.code = ErrorCode::conflict;
  error.retryable = true;
  return error;
}

PutOptions put_options(const CopyChoices& choices, const Context& context) {
  PutOptions options;
  if (choices.if_absent) options.condition = Condition::absent();
  options.content.type = choices.content_type;
  options.metadata = choices.metadata;
  options.storage_class = choices.storage_class;
  options.tags = choices.tags;
  options.context = context;
  options.transfer.bandwidth = choices.limit;
  options.transfer.progress = choices.progress;
  options.transfer.resume = choices.resume;
  return options;
}

GetOptions get_options(const CopyChoices& choices, const Context& context) {
  GetOptions options;
  options.version_id = choices.version_id;
  options.context = context;
  options.transfer.bandwidth = choices.limit;
  options.transfer.progress = choices.progress;
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
  if (!choices.version_id.empty()) return copy_through_here(from, from_key, to, to_key, choices, context);
  const auto options = copy_options(from, from_key, choices, context);
  if (!options) return options.error();
  auto info = to.copy_from(from, from_key, to_key, *options);
  if (info) return info->size;
  // Within one store: what the service copies in no way, or not under a condition that only a put can have.
  if (info.error().code != ErrorCode::unsupported) return std::move(info).error();
  return copy_through_here(from, from_key, to, to_key, choices, context);
}

Result<std::uint64_t> download(const Bucket& from, const std::string& key, const LocalTree& to, const std::string& name,
                               const CopyChoices& choices, const Context& context) {
  if (choices.if_absent && to.exists(name)) {
    return Error(ErrorCode::precondition_failed, name + " exists already");
  }
  auto file = to.write(name);
  if (!file) return std::move(file).error();
  const auto info = from.download(key, **file, get_options(choices, context));
  if (!info) return of_source(info.error());
  if (auto status = (*file)->publish(choices.if_absent, choices.move); !status) return status.error();
  return info->size;
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

Status claim(const std::string& destination, const CopyChoices& choices) {
  if (!choices.made || choices.made->insert(destination).second) return {};
  return Error(ErrorCode::invalid_argument, "another FROM has become " + destination + " already",
               "copy one after the other");
}

Status check_absent(const Bucket& bucket, const std::string& key, const CopyChoices& choices, const Context& context) {
  if (!choices.dry_run || !choices.if_absent) return {};
  const auto there = bucket.head(key, {.context = context});
  if (!there) return there.error().code == ErrorCode::not_found ? Status() : Status(there.error());
  return Error(ErrorCode::precondition_failed, object_url(bucket, key) + " exists already");
}

Status check_absent(const std::string& path, const CopyChoices& choices) {
  std::error_code ignored;
  if (!choices.dry_run || !choices.if_absent ||
      !std::filesystem::exists(std::filesystem::symlink_status(path, ignored))) {
    return {};
  }
  return Error(ErrorCode::precondition_failed, path + " exists already");
}

void report_copy(Output& out, const std::string& from, const std::string& to, std::optional<std::uint64_t> size,
                 const CopyChoices& choices) {
  if (out.json()) {
    Json json;
    json.text("source", from).text("destination", to);
    if (size) json.number("size", *size);
    if (choices.move) json.boolean("moved", !choices.dry_run);
    if (choices.dry_run) json.boolean("dry_run", true);
    return out.object(json);
  }
  const char* const would = !choices.dry_run ? "" : choices.move ? "would move " : "would copy ";
  out.line(fmt::format("{}{} -> {}{}", would, printable(from), printable(to),
                       size ? fmt::format(" ({})", count(*size, "byte")) : ""));
}

}  // namespace cloudkit::tool
