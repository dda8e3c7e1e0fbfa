#include "core/fail.h"
#include "core/fs_error.h"
#include "core/log.h"
#include "core/named_error.h"
#include "sync/backup_run.h"
#include "sync/plan_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

// What is to be done, and whether it may be.
namespace cloudkit::inline v0::syncing {
namespace {

using core::UniqueFd;

// Whether the file system takes `name` and `other` for one.
Result<bool> is_one_name(const BackupDir& dir, const std::string& name, const std::string& other) {
  const UniqueFd file(::openat(dir.state(), name.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  // Where bytes that are no UTF-8 in this form cannot be a name they are not kept as they are, either.
  if (!file && errno == EILSEQ) return true;
  if (!file) return core::fs_error("create " + dir.state_path_of(name), errno);
  const bool is_one = ::faccessat(dir.state(), other.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
  ::unlinkat(dir.state(), name.c_str(), 0);
  return is_one;
}

// "a" and "A", or two ways to write a letter with an accent, as APFS and some ZFS do.
Result<bool> folds_names(const BackupDir& dir) {
  auto folds_case = is_one_name(dir, "case-probe", "CASE-PROBE");
  if (!folds_case.has_value() || *folds_case) return folds_case;
  return is_one_name(dir, "form-probe-\xc3\xa9", "form-probe-e\xcc\x81");
}

constexpr const char* kShrunkenHint = "check that the source is the right one, and whole; if so, allow a shrunken one";

}  // namespace

Error other_source(const std::string& directory, const std::string& source) {
  return core::fail(ErrorCode::conflict, fmt::format("{} holds backups of {}", directory, source),
                    "give each bucket a directory of its own");
}

// The newest snapshot whose manifest can be read.
Status BackupRun::open_previous(const BackupDir& dir) {
  const auto names = dir.names(options_.context);
  if (!names) return names.error();
  for (auto name = names->rbegin(); name != names->rend() && !previous_; ++name) {
    const std::string file = *name + std::string(kManifest);
    auto reader = ManifestReader::open(dir.state(), file, dir.state_path_of(file));
    const auto summary = read_summary(dir.state(), file, dir.state_path_of(file));
    Status sound = reader ? Status() : Status(reader.error());
    if (sound && !summary) sound = summary.error();
    // Wholly before any line of it is believed: one that rotted would be carried on below a digest that holds.
    if (sound) sound = reader->check_digest(options_.context);
    if (!sound && ends_all(sound.error(), options_.context)) return sound;
    if (!sound) {
      core::log(LogLevel::warn, "an earlier snapshot is not used",
                {{"snapshot", *name}, {"error", sound.error().message}});
      continue;
    }
    if (reader->header().source != from_.url()) return other_source(directory_, reader->header().source);
    auto tree = FileTree::open(dir.root(), *name, dir.path_of(*name));
    if (!tree) return std::move(tree).error();
    damaged_ = DamagedFiles::read(dir.state());
    previous_name_ = *name;
    previous_counts_ = summary->second;
    previous_ = *std::move(reader);
    old_tree_ = *std::move(tree);
  }
  return {};
}

Status BackupRun::dry_run() {
  if (const auto dir = BackupDir::open(directory_, BackupDir::Access::read)) {
    if (auto status = open_previous(*dir); !status) return status;
  } else if (dir.error().code != ErrorCode::not_found) {
    return dir.error();
  }
  report_.listed = std::chrono::system_clock::now();
  report_.snapshot = snapshot_name(report_.listed);
  SortedEntries previous(std::move(previous_));
  const auto counts = make_plan(listing(), Names::exact, options_.tags, previous, [&](const Entry& entry) {
    const bool fetched = entry.action == Entry::Action::fetch;
    reporter_.tell(fetched ? SyncAction::copied : SyncAction::linked, entry.info.key, entry.info.size);
    return options_.context.check();
  });
  if (!counts) return counts.error();
  planned_ = *counts;
  if (auto status = check_plan(); !status) return status;
  report_.objects = counts->objects;
  report_.bytes = counts->bytes;
  report_.fetched = counts->fetched;
  report_.fetched_bytes = counts->fetched_bytes;
  report_.linked = counts->objects - counts->fetched;
  report_.excluded = counts->excluded;
  return {};
}

// Later than every other one, even where the clock was set back.
Status BackupRun::choose_name(const BackupDir& dir) {
  auto names = dir.names(options_.context);
  if (!names) return std::move(names).error();
  auto partial = dir.partial_names(options_.context);
  if (!partial) return std::move(partial).error();
  // One that ended before it had a journal has done nothing that would not be done anew as soon.
  if (!partial->empty() && dir.has_state(partial->back() + std::string(kPlan)) &&
      dir.has_state(partial->back() + std::string(kJournal))) {
    interrupted_ = partial->back();
    partial->pop_back();
  }
  // All others go.
  for (const std::string& name : *partial) {
    const std::string directory = name + std::string(kPartial);
    if (auto status = remove_tree(dir.root(), directory, dir.path_of(directory), options_.context); !status) {
      return status;
    }
  }
  // A run may have ended between its last two steps.
  if (!names->empty()) dir.set_latest(names->back(), options_.sync);
  // When it began, even where the name is a later one.
  TimePoint time = header_.started = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const std::string ended = partial->empty() ? interrupted_ : std::max(interrupted_, partial->back());
  for (const std::string& last : {names->empty() ? std::string() : names->back(), ended}) {
    if (const auto taken = time_of_snapshot(last)) time = std::max(time, *taken + std::chrono::seconds(1));
  }
  report_.snapshot = snapshot_name(time);
  header_.source = from_.url();
  header_.rules = options_.rules;
  header_.names = options_.portable_names ? Names::portable : Names::exact;
  if (header_.names == Names::portable) return {};
  const auto folds = folds_names(dir);
  if (!folds.has_value()) return folds.error();
  if (*folds) header_.names = Names::portable;
  return {};
}

// Where no ended run's directory waits to be taken over, this one's is filled while the listing comes.
Status BackupRun::plan(const BackupDir& dir) {
  const std::string partial = state_name(kPartial);
  if (interrupted_.empty()) {
    if (::mkdirat(dir.root(), partial.c_str(), 0777) != 0) {
      return core::fs_error("make the directory " + dir.path_of(partial), errno);
    }
    if (auto status = open_tree(dir); !status) return status;
  }
  Status planned = write_plan(dir);
  if (planned) planned = check_plan();
  if (planned) planned = check_room(dir);
  if (planned || !tree_) return planned;
  tree_.reset();
  dir.remove_state(state_name(kPlan));
  // Who was cancelled does not wait for that: the next run removes them.
  if (auto status = remove_tree(dir.root(), partial, dir.path_of(partial), options_.context); !status) {
    core::log(LogLevel::info, "the beginnings of a snapshot stay", {{"error", status.error().message}});
  }
  return planned;
}

// Lines of the plan are the manifest's then, and no journal needs to tell of them: after a crash they are linked anew.
Status BackupRun::link_at_once(std::vector<Entry>& entries) {
  for (Entry& entry : entries) {
    if (auto status = options_.context.check(); !status) return status;
    const auto linked = link_unchanged(entry);
    if (!linked.has_value()) return linked.error();
    linked_.push_back(*linked);
    if (!*linked) continue;
    entry.from.clear();
    reporter_.expect(1, 0);
    count(entry);
  }
  return {};
}

Status BackupRun::write_plan(const BackupDir& dir) {
  header_.listed = report_.listed = std::chrono::system_clock::now();
  const std::string name = state_name(kPlan);
  auto plan = ManifestWriter::create(dir.state(), name, dir.state_path_of(name), header_);
  if (!plan) return std::move(plan).error();
  SortedEntries previous(std::move(previous_));
  const bool links = tree_ && old_tree_;
  PlanWriter writer(*plan,
                    links ? [this](std::vector<Entry>& entries) { return link_at_once(entries); } : PlanWriter::Work());
  const auto counts = make_plan(listing(), header_.names, options_.tags, previous,
                                [&](Entry& entry) { return writer.add(std::move(entry)); });
  if (!counts) return counts.error();
  planned_ = *counts;
  report_.excluded = counts->excluded;
  return writer.finish(options_.sync);
}

Status BackupRun::check_plan() const {
  const std::uint64_t now = planned_.objects + planned_.excluded;
  const std::uint64_t before = previous_counts_.objects + previous_counts_.failed;
  if (options_.allow_shrunken || now >= before - before / 2) return {};
  return core::fail(
      ErrorCode::conflict,
      fmt::format("the bucket has {} objects, and {} has {}: less than half are left", now, previous_name_, before),
      kShrunkenHint);
}

Status BackupRun::check_room(const BackupDir& dir) const {
  struct statvfs state{};
  // What an ended run has fetched is on the disk already.
  if (!interrupted_.empty() || ::fstatvfs(dir.root(), &state) != 0) return {};
  const std::uint64_t free = static_cast<std::uint64_t>(state.f_bavail) * state.f_frsize;
  const std::uint64_t needed = planned_.fetched_bytes + planned_.fetched_bytes / 20;
  if (needed <= free) return {};
  return core::fail(
      ErrorCode::io,
      fmt::format("{} bytes are to be fetched, and the disk has room for {}", planned_.fetched_bytes, free),
      "make room, or remove old snapshots: cloudkit prune");
}

// Few objects vanish while a backup runs. Many do when the source is not what it was: then the last snapshot is the
// better one, and a smaller one is not to stand in its place.
bool BackupRun::refuse_shrunken() {
  if (options_.allow_shrunken) return false;
  const bool many = report_.vanished > 1 && report_.vanished > planned_.objects / 10;
  const bool shrunken = report_.vanished > 0 &&
                        report_.objects + reporter_.failed() + report_.excluded < (previous_counts_.objects + 1) / 2;
  if (!many && !shrunken) return false;
  Error error =
      core::fail(ErrorCode::conflict,
                 fmt::format("{} of {} objects vanished after they were listed", report_.vanished, planned_.objects),
                 kShrunkenHint);
  reporter_.fail("", core::named(std::move(error), "backup", from_.url()));
  return true;
}

}  // namespace cloudkit::inline v0::syncing
