#include "command.h"
#include "format.h"
#include "location.h"
#include "schedule_lines.h"
#include "sync_session.h"

#include <fmt/format.h>

#include <filesystem>

namespace cloudkit::tool {
namespace {

namespace fs = std::filesystem;

class Backup final : public Command {
 public:
  const char* name() const override { return "backup"; }
  const char* summary() const override { return "Copy a bucket into a dated, verified snapshot"; }

  void declare(Arguments& arguments) override {
    arguments.positional("FROM", from_, "a bucket, a prefix in one, or a directory")
        .takes(Takes::place)
        .positional("DIR", directory_, "where snapshots are kept, of this bucket alone")
        .takes(Takes::directory)
        .flag("--allow-incomplete", options_.allow_incomplete, "finish a snapshot though objects failed")
        .flag("--allow-shrunken", options_.allow_shrunken, "also when FROM has lost most of its objects")
        .flag("--versions", options_.versions, "of a bucket with versions: all as it was when it was listed")
        .flag("--tags", options_.tags, "the tags of objects, too: a request more for each one that is fetched")
        .flag("--portable-names", options_.portable_names, "file names that any system takes")
        .option("--shard", shard_, "I/N", "this is one of N processes that make one snapshot in a bucket: DIR is a URL")
        .option("--run", run_, "NAME", "of --shard: the same for all N, and for no other backup: a job's name")
        .flag("--merge", merge_only_, "of --shard: the last step alone, where every shard is done")
        .flag("-n,--dry-run", options_.dry_run, "say what would be fetched, and write nothing")
        .option("--daily-at", daily_at_, "HH:MM", "stay, and do it on every day at this time")
        .option("--time-zone", zone_, "ZONE", "of --daily-at: UTC, local, or a name: Europe/Berlin")
        .flag("--print-systemd", print_systemd_, "with --daily-at: units for systemd instead of doing it")
        .flag("--print-cron", print_cron_, "with --daily-at: lines for cron instead of doing it");
    choices_.declare_rules(arguments);
    choices_.declare_transfer(arguments);
    arguments.examples(
        "  cloudkit backup s3://reports /backups/reports\n"
        "  cloudkit backup --daily-at 01:00 s3://reports /backups/reports\n"
        "  cloudkit backup --shard 3/16 --run nightly-42 s3://reports s3://backups/reports\n"
        "  cloudkit backup --daily-at 01:00 --print-systemd s3://reports /backups/reports");
  }

  int run(Session& session) override {
    const auto transfer = choices_.transfer();
    if (!transfer) return session.out.error(transfer.error());
    options_.rules = choices_.rules;
    options_.transfer = *transfer;
    options_.context = session.context;
    if (daily_at_.empty() && (print_systemd_ || print_cron_)) {
      return session.out.error(
          Error(ErrorCode::invalid_argument, "no time was given for the schedule", "add --daily-at 01:00"));
    }
    const bool is_shard = !shard_.empty() || !run_.empty() || merge_only_;
    if (!is_shard) {
      const Status is_path =
          check_is_path(directory_, "a backup into a bucket is made of shards: --shard 1/1 --run NAME");
      if (!is_path) return session.out.error(is_path.error());
    }
    const auto from = open_place(from_);
    if (!from) return session.out.error(from.error());
    if (is_shard) return back_up_shard(session, *from);
    return daily_at_.empty() ? back_up(session, *from) : schedule(session, *from);
  }

 private:
  int schedule(Session& session, const Bucket& from) {
    const auto time = parse_daily_time(daily_at_, zone_);
    if (!time) return session.out.error(time.error());
    const auto next = next_time(*time);
    if (!next) return session.out.error(next.error());
    if (print_systemd_ || print_cron_) return print_lines(session.out, *time);
    if (const auto first = (*next)(std::chrono::system_clock::now())) {
      session.out.notice("the next backup is at " + utc(*first));
    }
    const auto status = run_on_schedule(
        *next,
        [&](TimePoint) {
          // What fails today may succeed tomorrow.
          back_up(session, from);
          session.out.flush();
          return session.context.check();
        },
        session.context);
    return status ? 0 : session.out.error(status.error());
  }

  int print_lines(Output& out, const DailyTime& time) const {
    const std::vector<std::string> words = command_line();
    if (auto status = check_one_line(words); !status) return out.error(status.error());
    if (print_systemd_) print(out, "systemd", systemd_units(time, words));
    if (print_cron_) print(out, "cron", cron_lines(time, words));
    return 0;
  }

  static void print(Output& out, const char* name, const std::string& text) {
    if (out.json()) return out.object(Json().text(name, text));
    out.line(text);
  }

  int back_up(Session& session, const Bucket& from) {
    SyncSession sync_session(session, {"fetched", "would fetch"}, options_.dry_run);
    BackupOptions options = options_;
    options.event = [&](const SyncEvent& event) { sync_session.event(event); };
    options.progress = [&](const SyncProgress& progress) { sync_session.progress(progress); };
    const auto report = cloudkit::backup(from, directory_, options);
    if (!report) return session.out.error(report.error());
    const std::string fetched = fmt::format(
        "{} fetched, {}; {} unchanged, {} from an earlier run, {} vanished, {} excluded, {} failed{}",
        count(report->fetched, "object"), count(report->fetched_bytes, "byte"), report->linked, report->kept,
        report->vanished, report->excluded, report->failed, passed_over_text(report->passed_over));
    sync_session.total((options_.dry_run   ? "would make "
                        : report->finished ? "made "
                                           : "not finished: ") +
                           report->snapshot + (report->finished || options_.dry_run ? "" : ".partial") + ": " + fetched,
                       Json()
                           .text("snapshot", report->snapshot)
                           .boolean("finished", report->finished)
                           .text("listed", utc(report->listed))
                           .number("objects", report->objects)
                           .number("bytes", report->bytes)
                           .number("fetched", report->fetched)
                           .number("fetched_bytes", report->fetched_bytes)
                           .number("unchanged", report->linked)
                           .number("kept", report->kept)
                           .number("vanished", report->vanished)
                           .number("excluded", report->excluded)
                           .number("failed", report->failed)
                           .number("passed_over", report->passed_over));
    return report->failed == 0 ? 0 : 1;
  }

  Status read_shard(ShardOptions& options) const {
    const std::size_t slash = shard_.find('/');
    const auto shard = parse_number(shard_.substr(0, slash));
    // An empty text is no number, either.
    const auto shards = parse_number(slash == std::string::npos ? "" : shard_.substr(slash + 1));
    if (!shard || !shards || *shards > 1'000'000 || *shard > 1'000'000) {
      return Error(ErrorCode::invalid_argument, "--shard is no part of a whole: " + printable(shard_),
                   "write --shard 3/16, from 1/16 to 16/16");
    }
    if (run_.empty()) {
      return Error(ErrorCode::invalid_argument, "--shard needs --run",
                   "name the backup, the same for all its shards: --run \"$SLURM_ARRAY_JOB_ID\"");
    }
    if (!daily_at_.empty() || options_.versions || options_.allow_shrunken || options_.tags) {
      return Error(ErrorCode::invalid_argument,
                   "--shard goes with none of --daily-at, --versions, --tags and --allow-shrunken");
    }
    options.run = run_;
    options.shard = static_cast<int>(*shard);
    options.shards = static_cast<int>(*shards);
    return {};
  }

  int back_up_shard(Session& session, const Bucket& from) {
    ShardOptions options;
    if (auto status = read_shard(options); !status) return session.out.error(status.error());
    const auto to = open_destination(directory_, options_.dry_run);
    if (!to) return session.out.error(to.error());
    SyncSession sync_session(session, {"copied", "would copy"}, options_.dry_run);
    options.rules = options_.rules;
    options.portable_names = options_.portable_names;
    options.allow_incomplete = options_.allow_incomplete;
    options.merge_only = merge_only_;
    options.dry_run = options_.dry_run;
    options.transfer = options_.transfer;
    options.context = options_.context;
    options.event = [&](const SyncEvent& event) { sync_session.event(event); };
    options.progress = [&](const SyncProgress& progress) { sync_session.progress(progress); };
    const auto report = backup_shard(from, *to, options);
    if (!report) return session.out.error(report.error());
    if (options.dry_run) return show_ranges(session, *report);
    const std::string state = report->finished ? "made " : report->done ? "done, waits for others: " : "not done: ";
    sync_session.total(
        fmt::format("shard {}: {}{}: {} copied, {}; {} from an earlier run, {} vanished, {} excluded, {} failed",
                    shard_, state, report->snapshot, count(report->fetched, "object"),
                    count(report->fetched_bytes, "byte"), report->kept, report->vanished, report->excluded,
                    report->failed),
        Json()
            .text("snapshot", report->snapshot)
            .boolean("done", report->done)
            .boolean("finished", report->finished)
            .number("objects", report->objects)
            .number("bytes", report->bytes)
            .number("fetched", report->fetched)
            .number("fetched_bytes", report->fetched_bytes)
            .number("kept", report->kept)
            .number("vanished", report->vanished)
            .number("excluded", report->excluded)
            .number("failed", report->failed));
    return report->failed == 0 && (report->finished || !merge_only_) ? 0 : 1;
  }

  static int show_ranges(Session& session, const ShardReport& report) {
    for (std::size_t i = 0; i < report.ranges.size(); ++i) {
      const ShardRange& range = report.ranges[i];
      if (session.out.json()) {
        session.out.object(Json()
                               .number("shard", i + 1)
                               .text("after", range.after)
                               .text("until", range.until)
                               .number("objects", range.objects)
                               .number("bytes", range.bytes));
        continue;
      }
      const std::string end = i + 1 == report.ranges.size() ? "the end" : '"' + printable(range.until) + '"';
      session.out.line(fmt::format("shard {}/{}: {}, {}, after \"{}\" to {}", i + 1, report.ranges.size(),
                                   count(range.objects, "object"), count(range.bytes, "byte"), printable(range.after),
                                   end));
    }
    return 0;
  }

  // The same without what makes it wait, and with paths that mean the same anywhere.
  std::vector<std::string> command_line() const {
    std::error_code ignored;
    const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
    std::vector<std::string> words{program.empty() ? "cloudkit" : program.string(), "backup"};
    if (options_.allow_incomplete) words.emplace_back("--allow-incomplete");
    if (options_.allow_shrunken) words.emplace_back("--allow-shrunken");
    if (options_.versions) words.emplace_back("--versions");
    if (options_.tags) words.emplace_back("--tags");
    if (options_.portable_names) words.emplace_back("--portable-names");
    for (const KeyRule& rule : options_.rules) {
      words.push_back((rule.include ? "--include=" : "--exclude=") + rule.pattern);
    }
    if (choices_.jobs != SyncChoices().jobs) words.push_back("--jobs=" + std::to_string(choices_.jobs));
    if (!choices_.limit.empty()) words.push_back("--limit=" + choices_.limit);
    const bool is_path = from_.find("://") == std::string::npos;
    words.push_back(is_path ? fs::absolute(from_, ignored).lexically_normal().string() : from_);
    words.push_back(fs::absolute(directory_, ignored).lexically_normal().string());
    return words;
  }

  std::string from_;
  std::string directory_;
  std::string shard_;
  std::string run_;
  bool merge_only_ = false;
  std::string daily_at_;
  std::string zone_ = "UTC";
  bool print_systemd_ = false;
  bool print_cron_ = false;
  SyncChoices choices_;
  BackupOptions options_;
};

}  // namespace

std::unique_ptr<Command> make_backup() { return std::make_unique<Backup>(); }

}  // namespace cloudkit::tool
