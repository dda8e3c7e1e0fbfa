#include "command.h"
#include "format.h"
#include "location.h"
#include "sync_session.h"

#include <fmt/format.h>

namespace cloudkit::tool {
namespace {

class Sync final : public Command {
 public:
  const char* name() const override { return "sync"; }
  const char* summary() const override { return "Make one bucket or directory have the objects of another"; }

  void declare(Arguments& arguments) override {
    arguments.positional("FROM", from_, "a bucket, a prefix in one, or a directory")
        .takes(Takes::place)
        .positional("TO", to_, "the same; a directory is made")
        .takes(Takes::place)
        .flag("--delete", options_.remove_extras, "remove what FROM does not have, once all is copied")
        .flag("--delete-most", options_.remove_most, "with --delete: also more than half of TO")
        .flag("--checksum", checksum_, "compare bytes, by checksums that are kept or by reading")
        .flag("--size-only", size_only_, "compare sizes and nothing else")
        .flag("-n,--dry-run", options_.dry_run, "say what would be done, and do nothing");
    choices_.declare_rules(arguments);
    choices_.declare_transfer(arguments);
    arguments.examples(
        "  cloudkit sync s3://reports /srv/reports\n"
        "  cloudkit sync --delete --exclude '*.tmp' ./site 's3://site?region=eu-west-1'\n"
        "  cloudkit sync 's3://a?profile=old' 's3://a?profile=new'");
  }

  int run(Session& session) override {
    SyncSession sync_session(session, {"copied", "would copy"}, options_.dry_run);
    if (checksum_ && size_only_) {
      return session.out.error(Error(ErrorCode::invalid_argument, "--checksum and --size-only exclude each other"));
    }
    if (options_.remove_most && !options_.remove_extras) {
      return session.out.error(
          Error(ErrorCode::invalid_argument, "--delete-most needs --delete", "without --delete nothing is removed"));
    }
    const auto transfer = choices_.transfer();
    if (!transfer) return session.out.error(transfer.error());
    const auto from = open_place(from_);
    if (!from) return session.out.error(from.error());
    const auto to = open_destination(to_, options_.dry_run);
    if (!to) return session.out.error(to.error());
    options_.compare = checksum_ ? SyncCompare::checksum : size_only_ ? SyncCompare::size : SyncCompare::automatic;
    options_.rules = choices_.rules;
    options_.transfer = *transfer;
    options_.context = session.context;
    options_.event = [&](const SyncEvent& event) { sync_session.event(event); };
    options_.progress = [&](const SyncProgress& progress) { sync_session.progress(progress); };
    const auto report = cloudkit::sync(*from, *to, options_);
    if (!report) return session.out.error(of_destination(report.error(), *to, session.context));
    sync_session.total(fmt::format("{}copied {}, {}; {} unchanged, {} removed, {} excluded, {} failed{}",
                                   options_.dry_run ? "would have " : "", count(report->copied, "object"),
                                   count(report->copied_bytes, "byte"), report->unchanged, report->removed,
                                   report->excluded, report->failed, passed_over_text(report->passed_over)),
                       Json()
                           .number("copied", report->copied)
                           .number("bytes", report->copied_bytes)
                           .number("unchanged", report->unchanged)
                           .number("removed", report->removed)
                           .number("excluded", report->excluded)
                           .number("failed", report->failed)
                           .number("passed_over", report->passed_over));
    return report->failed == 0 ? 0 : 1;
  }

 private:
  std::string from_;
  std::string to_;
  bool checksum_ = false;
  bool size_only_ = false;
  SyncChoices choices_;
  SyncOptions options_;
};

}  // namespace

std::unique_ptr<Command> make_sync() { return std::make_unique<Sync>(); }

}  // namespace cloudkit::tool
