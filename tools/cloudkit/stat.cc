#include "command.h"
#include "format.h"
#include "location.h"
#include "transfer.h"

#include <cloudkit/open.h>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cloudkit::tool {
namespace {

class Stat final : public Command {
 public:
  const char* name() const override { return "stat"; }
  const char* summary() const override { return "Show all that is known of an object, or whether a bucket exists"; }

  void declare(Arguments& arguments) override {
    arguments.positional("URL", url_, "an object or a bucket")
        .takes(Takes::url)
        .examples(
            "  cloudkit stat s3://reports/2026/report.pdf\n"
            "  cloudkit stat s3://reports && echo it exists");
  }

  int run(Session& session) override {
    const auto location = parse_location(url_);
    if (!location) return session.out.error(location.error());
    if (location->names_store()) {
      return session.out.error(
          named(Error(ErrorCode::invalid_argument, "it names no bucket", "write s3://BUCKET/KEY"), "stat", url_));
    }
    return location->key.empty() ? show_bucket(session, *location) : show_object(session, *location);
  }

 private:
  using Lines = std::vector<std::pair<std::string, std::string>>;

  static int show_bucket(Session& session, const Location& location) {
    const auto store = open_object_store(location.store_url);
    if (!store) return session.out.error(store.error());
    const auto exists = store->bucket_exists(location.bucket_name, {session.context});
    if (!exists.has_value()) return session.out.error(exists.error());
    const auto bucket = open(location);
    if (!bucket) return session.out.error(bucket.error());
    if (session.out.json()) {
      session.out.object(Json().text("url", bucket->url()).boolean("exists", *exists));
    } else {
      print(session.out, {{"url", bucket->url()}, {"exists", *exists ? "yes" : "no"}});
    }
    return *exists ? 0 : exit_code(ErrorCode::not_found);
  }

  static int show_object(Session& session, const Location& location) {
    const auto bucket = open(location);
    if (!bucket) return session.out.error(bucket.error());
    const auto info = bucket->head(location.key, {.context = session.context});
    if (!info) return session.out.error(info.error());
    const std::string url = object_url(*bucket, location.key);
    if (session.out.json()) {
      session.out.object(json_of(url, *info));
    } else {
      print(session.out, lines_of(url, *info));
    }
    return 0;
  }

  static Lines lines_of(const std::string& url, const ObjectInfo& info) {
    Lines lines{{"url", url},
                {"size", fmt::to_string(info.size)},
                {"modified", utc(info.modified)},
                {"content-type", info.content.type},
                {"cache-control", info.content.cache_control},
                {"content-encoding", info.content.encoding},
                {"content-disposition", info.content.disposition},
                {"content-language", info.content.language},
                {"etag", info.etag},
                {"token", info.token},
                {"version", info.version_id},
                {"storage-class", info.storage_class}};
    for (const auto& [name, value] : info.metadata) lines.emplace_back("metadata " + name, value);
    return lines;
  }

  // What is empty is left out.
  static void print(Output& out, const Lines& lines) {
    std::size_t width = 0;
    for (const auto& [name, value] : lines) {
      if (!value.empty()) width = std::max(width, name.size());
    }
    for (const auto& [name, value] : lines) {
      if (!value.empty()) out.line(fmt::format("{:{}}  {}", printable(name), width, printable(value)));
    }
  }

  static Json json_of(const std::string& url, const ObjectInfo& info) {
    Json json;
    json.text("url", url).text("key", info.key).number("size", info.size).text("modified", utc(info.modified));
    json.text_unless_empty("content_type", info.content.type);
    json.text_unless_empty("cache_control", info.content.cache_control);
    json.text_unless_empty("content_encoding", info.content.encoding);
    json.text_unless_empty("content_disposition", info.content.disposition);
    json.text_unless_empty("content_language", info.content.language);
    json.text_unless_empty("etag", info.etag).text("token", info.token);
    json.text_unless_empty("version", info.version_id).text_unless_empty("storage_class", info.storage_class);
    Json metadata;
    for (const auto& [name, value] : info.metadata) metadata.text(name, value);
    return json.object("metadata", metadata);
  }

  std::string url_;
};

}  // namespace

std::unique_ptr<Command> make_stat() { return std::make_unique<Stat>(); }

}  // namespace cloudkit::tool
