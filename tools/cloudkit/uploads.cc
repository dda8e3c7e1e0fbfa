#include "command.h"
#include "format.h"
#include "location.h"

#include <fmt/format.h>

#include <chrono>

namespace cloudkit::tool {
namespace {

class Uploads final : public Command {
 public:
  const char* name() const override { return "uploads"; }
  const char* summary() const override { return "Show uploads in parts that nobody has ended, or take them back"; }

  void declare(Arguments& arguments) override {
    arguments.positional("URL", url_, "a bucket, or what the keys begin with")
        .takes(Takes::url)
        .option("--older-than", age_text_, "TIME", "only those begun so long ago: 12h, 7d")
        .flag("--abort", abort_, "take them back; with --older-than, for those under way are shown, too")
        .flag("-n,--dry-run", dry_run_, "with --abort: say what would be taken back, and take nothing back")
        .examples(
            "  cloudkit uploads s3://reports\n"
            "  cloudkit uploads --older-than 7d --abort s3://reports");
  }

  int run(Session& session) override {
    const auto location = parse_location(url_);
    if (!location) return session.out.error(location.error());
    if (location->names_store()) {
      return usage(session, "it names no bucket", "write s3://BUCKET");
    }
    if (abort_ && age_text_.empty()) {
      return usage(session, "--abort wants --older-than", "of uploads under way the parts would be lost, too");
    }
    // Seven seconds, where seven days may be meant, would be the end of those under way.
    if (parse_number(age_text_)) {
      return usage(session, "--older-than " + age_text_ + " has no unit",
                   "write " + age_text_ + "d for days, or s, m, h");
    }
    const auto age = age_text_.empty() ? Result<std::chrono::seconds>(std::chrono::seconds(0))
                                       : duration_of("--older-than", age_text_);
    if (!age) return session.out.error(named(age.error(), name(), url_));
    const auto bucket = open(*location);
    if (!bucket) return session.out.error(bucket.error());
    return show(session, *bucket, location->key, std::chrono::system_clock::now() - *age);
  }

 private:
  int usage(Session& session, std::string message, std::string hint) const {
    return session.out.error(
        named(Error(ErrorCode::invalid_argument, std::move(message), std::move(hint)), name(), url_));
  }

  int show(Session& session, const Bucket& bucket, const std::string& prefix, TimePoint newest) const {
    std::uint64_t failed = 0;
    for (const auto& entry : bucket.list_uploads({prefix, session.context})) {
      if (!entry) return session.out.error(entry.error());
      if (entry->started > newest) continue;
      if (abort_ && dry_run_) {
        session.out.would("abort", entry->key, fmt::format(", {}, begun {}", entry->upload.value, utc(entry->started)));
        continue;
      }
      const Status done = abort_ ? bucket.abort_upload(entry->key, entry->upload, {session.context}) : Status();
      if (done) {
        print(session.out, *entry);
      } else if (done.error().code == ErrorCode::cancelled) {
        return session.out.error(done.error());
      } else {
        ++failed;
        session.out.error(done.error());
      }
    }
    return failed == 0 ? 0 : 1;
  }

  void print(Output& out, const UploadEntry& entry) const {
    if (!out.json()) {
      return out.line(fmt::format("{}{}  {}  {}", abort_ ? "aborted " : "", utc(entry.started), printable(entry.key),
                                  printable(entry.upload.value)));
    }
    Json json;
    json.text(abort_ ? "aborted" : "key", entry.key).text("started", utc(entry.started));
    out.object(json.text("upload", entry.upload.value));
  }

  std::string url_;
  std::string age_text_;
  bool abort_ = false;
  bool dry_run_ = false;
};

}  // namespace

std::unique_ptr<Command> make_uploads() { return std::make_unique<Uploads>(); }

}  // namespace cloudkit::tool
