#include "command.h"
#include "format.h"
#include "location.h"
#include "selection.h"
#include "transfer.h"

#include <cloudkit/open.h>

#include <fmt/format.h>

namespace cloudkit::tool {
namespace {

class Ls final : public Command {
 public:
  const char* name() const override { return "ls"; }
  const char* summary() const override { return "List buckets, prefixes and objects"; }

  void declare(Arguments& arguments) override {
    arguments.positional("URL", url_, "s3:// for the buckets; a bucket; what the keys begin with; or a pattern")
        .takes(Takes::url)
        .flag("-r,--recursive", recursive_, "every object, not only up to the next '/'")
        .flag("-H,--human", human_, "sizes as 1.2 MiB")
        .flag("--versions", versions_, "every version of every object, also of those that were removed")
        .flag("-s,--summarize", summarize_, "end with the number of objects and bytes")
        .examples(
            "  cloudkit ls s3://\n"
            "  cloudkit ls s3://reports/2026/\n"
            "  cloudkit ls 's3://reports/2026/*.pdf'\n"
            "  cloudkit ls --versions s3://reports/2026/report.pdf\n"
            "  cloudkit ls -rs --json 's3://reports?region=eu-west-1'");
  }

  int run(Session& session) override {
    const auto location = parse_source(url_);
    if (!location) return session.out.error(location.error());
    if (versions_) return list_versions(session, *location);
    return location->names_store() ? list_buckets(session, *location) : list_objects(session, *location);
  }

 private:
  static int list_buckets(Session& session, const Location& location) {
    const auto store = open_object_store(location.store_url);
    if (!store) return session.out.error(store.error());
    const auto buckets = store->list_buckets({session.context});
    if (!buckets) return session.out.error(buckets.error());
    for (const BucketEntry& bucket : *buckets) {
      if (session.out.json()) {
        session.out.object(Json().text("bucket", bucket.name).text("created", utc(bucket.created)));
      } else {
        session.out.line(fmt::format("{}  {}", utc(bucket.created), printable(bucket.name)));
      }
    }
    return 0;
  }

  int list_objects(Session& session, const Location& location) {
    const auto bucket = open(location);
    if (!bucket) return session.out.error(bucket.error());
    if (location.pattern) return list_matches(session, *bucket, location);
    ListOptions options;
    options.prefix = location.key;
    options.delimiter = recursive_ ? "" : "/";
    options.context = session.context;
    for (const auto& entry : bucket->list(options)) {
      if (!entry) return session.out.error(entry.error());
      print(session.out, *entry);
    }
    return end_listing(session, *bucket, location);
  }

  int end_listing(Session& session, const Bucket& bucket, const Location& location) const {
    if (objects_ + prefixes_ == 0 && !location.key.empty()) {
      return session.out.error(named(Error(ErrorCode::not_found, "no key begins with \"" + location.key + '"'), "ls",
                                     bucket.url(location.key)));
    }
    if (summarize_) print_total(session.out);
    return 0;
  }

  // No service groups them at a '/' as it does keys.
  int list_versions(Session& session, const Location& location) {
    if (location.names_store() || location.pattern) {
      return session.out.error(
          named(Error(ErrorCode::invalid_argument, "--versions wants a bucket or what keys begin with",
                      "write s3://BUCKET/PREFIX"),
                "ls", url_));
    }
    const auto bucket = open(location);
    if (!bucket) return session.out.error(bucket.error());
    ListVersionsOptions options;
    options.prefix = location.key;
    options.context = session.context;
    for (const auto& entry : bucket->list_versions(options)) {
      if (!entry) return session.out.error(entry.error());
      print(session.out, *entry);
    }
    return end_listing(session, *bucket, location);
  }

  int list_matches(Session& session, const Bucket& bucket, const Location& location) {
    const auto show = [&](const ListEntry& entry, const std::string&) { print(session.out, entry); };
    const auto status = recursive_ ? for_each_object(bucket, location, true, session.context, "ls", show)
                                   : for_each_entry(bucket, location, session.context, "ls", show);
    if (!status) return session.out.error(status.error());
    if (summarize_) print_total(session.out);
    return 0;
  }

  void print(Output& out, const ListEntry& entry) {
    if (entry.is_prefix) {
      ++prefixes_;
      if (out.json()) return out.object(Json().text("prefix", entry.key));
      return out.line(fmt::format("{:20}  {:>12}  {}", "", "prefix", printable(entry.key)));
    }
    ++objects_;
    bytes_ += entry.size;
    if (!out.json()) {
      return out.line(
          fmt::format("{}  {:>12}  {}", utc(entry.modified), size_text(entry.size, human_), printable(entry.key)));
    }
    Json json;
    json.text("key", entry.key).number("size", entry.size).text("modified", utc(entry.modified));
    json.text("token", entry.token).text_unless_empty("storage_class", entry.storage_class);
    out.object(json);
  }

  void print(Output& out, const VersionEntry& entry) {
    ++objects_;
    bytes_ += entry.size;
    if (!out.json()) {
      return out.line(fmt::format("{}  {:>12}  {}  {}", utc(entry.modified),
                                  entry.is_delete_marker ? "removed" : size_text(entry.size, human_),
                                  printable(entry.version_id), printable(entry.key)));
    }
    Json json;
    json.text("key", entry.key).text("version", entry.version_id).boolean("latest", entry.is_latest);
    json.boolean("removed", entry.is_delete_marker).number("size", entry.size).text("modified", utc(entry.modified));
    json.text_unless_empty("token", entry.token).text_unless_empty("storage_class", entry.storage_class);
    out.object(json);
  }

  void print_total(Output& out) const {
    if (out.json()) {
      const Json total = Json().number("objects", objects_).number("prefixes", prefixes_).number("bytes", bytes_);
      return out.object(Json().object("total", total));
    }
    out.line(fmt::format("{:20}  {:>12}  in {}, {}", "total", size_text(bytes_, human_),
                         count(objects_, versions_ ? "version" : "object"),
                         prefixes_ == 1 ? "1 prefix" : fmt::format("{} prefixes", prefixes_)));
  }

  std::string url_;
  bool recursive_ = false;
  bool human_ = false;
  bool summarize_ = false;
  bool versions_ = false;
  std::uint64_t objects_ = 0;
  std::uint64_t prefixes_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace

std::unique_ptr<Command> make_ls() { return std::make_unique<Ls>(); }

}  // namespace cloudkit::tool
