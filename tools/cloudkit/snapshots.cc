#include "command.h"
#include "format.h"
#include "location.h"
#include "sync_session.h"

#include <fmt/format.h>

namespace cloudkit::tool {
namespace {

class Restore final : public Command {
 public:
  const char* name() const override { return "restore"; }
  const char* summary() const override { return "Put a snapshot's objects back into a bucket"; }

  void declare(Arguments& arguments) override {
    arguments.positional("DIR", directory_, "the directory, or of shards the URL, that backup was given")
        .takes(Takes::place)
        .positional("TO", to_, "a bucket, a prefix in one, or a directory")
        .takes(Takes::place)
        .option("--snapshot", options_.snapshot, "NAME", "which one (default: the newest)")
        .flag("--if-absent", options_.if_absent, "leave objects alone that are there")
        .flag("-n,--dry-run", options_.dry_run, "say what would be restored, and restore nothing");
    choices_.declare_rules(arguments);
    choices_.declare_transfer(arguments);
    arguments.examples(
        "  cloudkit restore /backups/reports s3://reports\n"
        "  cloudkit restore --snapshot 2026-11-23T01-00-00Z --include '/2026/**' --exclude '**' /backups/reports "
        "s3://reports");
  }

  int run(Session& session) override {
    SyncSession sync_session(session, {"restored", "would restore"}, options_.dry_run);
    const auto transfer = choices_.transfer();
    if (!transfer) return session.out.error(transfer.error());
    const auto to = open_destination(to_, options_.dry_run);
    if (!to) return session.out.error(to.error());
    options_.rules = choices_.rules;
    options_.transfer = *transfer;
    options_.context = session.context;
    options_.event = [&](const SyncEvent& event) { sync_session.event(event); };
    options_.progress = [&](const SyncProgress& progress) { sync_session.progress(progress); };
    const auto report = put_back(*to);
    if (!report) return session.out.error(of_destination(report.error(), *to, session.context));
    sync_session.total(fmt::format("{}restored {}, {}, of {}; {} skipped, {} excluded, {} failed",
                                   options_.dry_run ? "would have " : "", count(report->restored, "object"),
                                   count(report->restored_bytes, "byte"), report->snapshot, report->skipped,
                                   report->excluded, report->failed),
                       Json()
                           .text("snapshot", report->snapshot)
                           .number("restored", report->restored)
                           .number("bytes", report->restored_bytes)
                           .number("skipped", report->skipped)
                           .number("excluded", report->excluded)
                           .number("failed", report->failed));
    return report->failed == 0 ? 0 : 1;
  }

 private:
  Result<RestoreReport> put_back(const Bucket& to) const {
    // What shards have made; a directory is given by its path.
    if (!is_url(directory_)) return cloudkit::restore(directory_, to, options_);
    const auto backups = open_place(directory_);
    return backups ? cloudkit::restore(*backups, to, options_) : Result<RestoreReport>(backups.error());
  }

  std::string directory_;
  std::string to_;
  SyncChoices choices_;
  RestoreOptions options_;
};

class Verify final : public Command {
 public:
  const char* name() const override { return "verify"; }
  const char* summary() const override { return "Compare snapshots with their manifests; needs no network"; }

  void declare(Arguments& arguments) override {
    arguments.positional("DIR", directory_, "the directory, or of shards the URL, that backup was given")
        .takes(Takes::place)
        .option("--snapshot", options_.snapshot, "NAME", "which one (default: the newest)")
        .flag("--all", all_, "every snapshot")
        .flag("--quick", options_.quick, "compare sizes and times, and read no file")
        .examples(
            "  cloudkit verify /backups/reports\n"
            "  cloudkit verify --all --quick /backups/reports");
  }

  int run(Session& session) override {
    SyncSession sync_session(session, {"", ""}, false);
    options_.context = session.context;
    options_.event = [&](const SyncEvent& event) {
      sync_session.event(event);
      if (event.error != nullptr) worst_ = std::max(worst_, code_of(*event.error));
    };
    options_.progress = [&](const SyncProgress& progress) { sync_session.progress(progress); };
    if (all_ && !options_.snapshot.empty()) {
      return session.out.error(Error(ErrorCode::invalid_argument, "--all and --snapshot exclude each other",
                                     "--all is every snapshot, --snapshot NAME a single one"));
    }
    if (!all_) return verify_one(session, sync_session);
    if (is_url(directory_)) {
      return session.out.error(Error(ErrorCode::invalid_argument, "--all is for directories of snapshots",
                                     "name one in a bucket: --snapshot NAME"));
    }
    const auto snapshots = list_snapshots(directory_);
    if (!snapshots) return session.out.error(snapshots.error());
    // Without the name of one this says that there is none.
    if (snapshots->empty()) return verify_one(session, sync_session);
    int worst = 0;
    for (const Snapshot& snapshot : *snapshots) {
      options_.snapshot = snapshot.name;
      const int code = verify_one(session, sync_session);
      if (session.context.cancelled()) return code;
      worst = std::max(worst, code);
    }
    return worst;
  }

 private:
  Result<VerifyReport> compare() const {
    if (!is_url(directory_)) return cloudkit::verify(directory_, options_);
    const auto backups = open_place(directory_);
    return backups ? cloudkit::verify(*backups, options_) : Result<VerifyReport>(backups.error());
  }

  // Damage is what differs, and what a disk cannot read. That a service was not there, or refused, tells nothing of the
  // bytes.
  static int code_of(const Error& error) {
    return error.code == ErrorCode::io ? exit_code(ErrorCode::data_loss) : exit_code(error);
  }

  int verify_one(Session& session, SyncSession& sync_session) {
    worst_ = 0;
    const auto report = compare();
    if (!report) return session.out.error(report.error());
    if (report->missing > 0) {
      session.out.notice(fmt::format("{}: {} could not be backed up, and are not in it", report->snapshot,
                                     count(report->missing, "object")));
    }
    sync_session.total(
        fmt::format("{}: {}, {}: {}", report->snapshot, count(report->objects, "object"), count(report->bytes, "byte"),
                    report->failed == 0 ? "as they were backed up" : fmt::format("{} wrong", report->failed)),
        Json()
            .text("snapshot", report->snapshot)
            .number("objects", report->objects)
            .number("bytes", report->bytes)
            .number("missing", report->missing)
            .number("failed", report->failed));
    return report->failed == 0 ? 0 : std::max(worst_, 1);
  }

  std::string directory_;
  int worst_ = 0;  // Of what was wrong with one snapshot; the highest code is damage.
  bool all_ = false;
  VerifyOptions options_;
};

class Prune final : public Command {
 public:
  const char* name() const override { return "prune"; }
  const char* summary() const override { return "Remove old snapshots"; }

  void declare(Arguments& arguments) override {
    arguments.positional("DIR", directory_, "the directory that backup was given")
        .takes(Takes::directory)
        .option("--keep-last", options_.keep_last, "N", "the newest ones")
        .option("--keep-daily", options_.keep_daily, "N", "the newest one of each of the last days that have one")
        .option("--keep-weekly", options_.keep_weekly, "N", "the same for weeks, from Monday")
        .option("--keep-monthly", options_.keep_monthly, "N", "the same for months")
        .flag("-n,--dry-run", options_.dry_run, "say what would be removed, and remove nothing")
        .examples("  cloudkit prune --keep-daily 7 --keep-weekly 4 /backups/reports");
  }

  int run(Session& session) override {
    const Status is_path = check_is_path(
        directory_, "in a bucket remove a snapshot by name: cloudkit rm -r URL/SNAPSHOT, and its manifest");
    if (!is_path) return session.out.error(is_path.error());
    SyncSession sync_session(session, {"", ""}, options_.dry_run);
    options_.context = session.context;
    options_.event = [&](const SyncEvent& event) { sync_session.event(event); };
    const auto report = cloudkit::prune(directory_, options_);
    if (!report) return session.out.error(report.error());
    sync_session.total(
        fmt::format("{}removed {}; {} kept, {} failed", options_.dry_run ? "would have " : "",
                    count(report->removed.size(), "snapshot"), report->kept.size(), report->failures.size()),
        Json()
            .number("removed", report->removed.size())
            .number("kept", report->kept.size())
            .number("failed", report->failures.size()));
    return report->failures.empty() ? 0 : 1;
  }

 private:
  std::string directory_;
  PruneOptions options_;
};

}  // namespace

std::unique_ptr<Command> make_restore() { return std::make_unique<Restore>(); }
std::unique_ptr<Command> make_verify() { return std::make_unique<Verify>(); }
std::unique_ptr<Command> make_prune() { return std::make_unique<Prune>(); }

}  // namespace cloudkit::tool
