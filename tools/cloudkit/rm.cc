#include "command.h"
#include "format.h"
#include "location.h"
#include "selection.h"
#include "workers.h"

#include <fmt/format.h>

#include <atomic>
#include <functional>

namespace cloudkit::tool {
namespace {

class Rm final : public Command {
 public:
  const char* name() const override { return "rm"; }
  const char* summary() const override { return "Remove objects"; }

  void declare(Arguments& arguments) override {
    arguments.positionals("URL", urls_, "objects and patterns, or with -r prefixes and buckets")
        .takes(Takes::url)
        .flag("-r,--recursive", recursive_, "everything below a prefix or in a bucket")
        .option("--version-id", version_id_, "ID", "of one object: this version for good, as ls --versions shows it")
        .flag("--versions", versions_, "with -r: every version for good, also of what was removed before")
        .flag("-n,--dry-run", dry_run_, "say what would be removed, and remove nothing")
        .option("-j,--jobs", jobs_, "N", "requests at once, with -r and patterns")
        .examples(
            "  cloudkit rm s3://reports/2026/draft.pdf\n"
            "  cloudkit rm 's3://reports/2026/*.tmp'\n"
            "  cloudkit rm -r --dry-run s3://reports/2019/");
  }

  int run(Session& session) override {
    if (auto status = check_jobs(jobs_); !status) return session.out.error(status.error());
    if (!version_id_.empty() && (recursive_ || urls_.size() != 1)) {
      return session.out.error(one_object(name(), urls_.front()));
    }
    if (versions_ && !recursive_) {
      return session.out.error(
          Error(ErrorCode::invalid_argument, "--versions needs -r", "--version-id ID removes one version"));
    }
    int worst = 0;
    for (const std::string& url : urls_) {
      const int code = remove(session, url);
      if (code == exit_code(ErrorCode::cancelled)) return code;
      // Of several, that one failed says more than why.
      if (code != 0) worst = urls_.size() == 1 ? code : 1;
    }
    return worst;
  }

 private:
  int remove(Session& session, const std::string& url) {
    const auto location = parse_source(url);
    if (!location) return session.out.error(location.error());
    if (!recursive_ && location->names_tree()) {
      return session.out.error(
          named(Error(ErrorCode::invalid_argument, "it names a bucket or a prefix", "-r removes what is below it"),
                "rm", url));
    }
    if (location->pattern && !version_id_.empty()) return session.out.error(one_object(name(), url));
    if (location->pattern && versions_) {
      return session.out.error(named(Error(ErrorCode::invalid_argument, "--versions takes no pattern",
                                           "name a prefix: all versions below it are removed"),
                                     "rm", url));
    }
    const auto bucket = open(*location);
    if (!bucket) return session.out.error(bucket.error());
    if (recursive_ || location->pattern) return remove_below(session, *bucket, *location);
    if (auto status = remove_one(session, *bucket, {location->key, version_id_}); !status)
      return session.out.error(status.error());
    return 0;
  }

  // Without a version: as the bucket removes, which may keep what was there.
  struct Target {
    std::string key = {};
    std::string version_id = {};
  };
  using Remove = std::function<void(const Target& target)>;

  Status remove_one(Session& session, const Bucket& bucket, const Target& target) const {
    const std::string url = object_url(bucket, target.key);
    const std::string version = target.version_id.empty() ? "" : " (version " + printable(target.version_id) + ")";
    if (dry_run_) return session.out.would("remove", url, version), Status();
    const Status status = target.version_id.empty()
                              ? bucket.remove(target.key, {.context = session.context})
                              : bucket.remove_version(target.key, target.version_id, {session.context});
    if (!status) return status;
    if (session.out.json()) {
      session.out.object(Json().text("removed", url).text_unless_empty("version", target.version_id));
    } else {
      session.out.line("removed " + url + version);
    }
    return {};
  }

  static Status each_below(Session& session, const Bucket& bucket, const Location& location, const Remove& remove) {
    ListOptions options;
    options.prefix = location.prefix();
    options.context = session.context;
    options.prefetch = true;
    bool found = false;
    for (const auto& entry : bucket.list(options)) {
      if (!entry) return entry.error();
      found = true;
      remove({entry->key, {}});
    }
    if (found || location.key.empty()) return {};
    return itself(session, bucket, location, remove);
  }

  // Delete markers are versions, too: without them the bucket is empty.
  static Status each_version(Session& session, const Bucket& bucket, const Location& location, const Remove& remove) {
    ListVersionsOptions options;
    options.prefix = location.prefix();
    options.context = session.context;
    bool found = false;
    for (const auto& entry : bucket.list_versions(options)) {
      if (!entry) return entry.error();
      found = true;
      remove({entry->key, entry->version_id});
    }
    return found || location.key.empty() ? Status() : Status(nothing_at(bucket, location, "rm"));
  }

  // An object and nothing below it: -r removes a file, too.
  static Status itself(Session& session, const Bucket& bucket, const Location& location, const Remove& remove) {
    if (!location.names_object()) return nothing_at(bucket, location, "rm");
    const auto there = bucket.exists(location.key, {.context = session.context});
    if (!there.has_value()) return there.error();
    if (!*there) return nothing_at(bucket, location, "rm");
    remove({location.key, {}});
    return {};
  }

  int remove_below(Session& session, const Bucket& bucket, const Location& location) const {
    std::atomic<std::uint64_t> removed{0};
    std::atomic<std::uint64_t> failed{0};
    Workers workers(jobs_);
    const Remove remove = [&](const Target& object) {
      workers.run([&, target = object] {
        if (session.context.cancelled()) return;
        const auto status = remove_one(session, bucket, target);
        if (status) {
          ++removed;
        } else if (status.error().code != ErrorCode::cancelled) {
          ++failed;
          session.out.error(status.error());
        }
        session.out.progress((dry_run_ ? "would remove " : "removed ") +
                             count(removed, versions_ ? "version" : "object"));
      });
    };
    const auto visit = [&](const ListEntry& entry, const std::string&) { remove({entry.key, {}}); };
    const Status listed = location.pattern ? for_each_object(bucket, location, recursive_, session.context, "rm", visit)
                          : versions_      ? each_version(session, bucket, location, remove)
                                           : each_below(session, bucket, location, remove);
    const int listing_code = listed ? 0 : session.out.error(listed.error());
    workers.finish();
    if (session.out.json()) {
      session.out.object(Json().object("total", Json().number("removed", removed).number("failed", failed)));
    } else {
      session.out.line(fmt::format("{}removed {}; {} failed", dry_run_ ? "would have " : "",
                                   count(removed, versions_ ? "version" : "object"), failed.load()));
    }
    if (session.context.cancelled() && listing_code == 0) {
      return session.out.error(Error(ErrorCode::cancelled, "interrupted"));
    }
    if (listing_code != 0) return listing_code;
    return failed == 0 ? 0 : 1;
  }

  std::vector<std::string> urls_;
  bool recursive_ = false;
  bool dry_run_ = false;
  bool versions_ = false;
  std::string version_id_;
  int jobs_ = 8;
};

}  // namespace

std::unique_ptr<Command> make_rm() { return std::make_unique<Rm>(); }

}  // namespace cloudkit::tool
