#include "core/beneath.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/fs_error.h"
#include "core/log.h"
#include "core/named_error.h"
#include "core/perform.h"
#include "sync/backup_run.h"
#include "sync/overlap.h"
#include "sync/rules.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace cloudkit::inline v0 {
namespace syncing {
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
  if (!folds_case || *folds_case) return folds_case;
  return is_one_name(dir, "form-probe-\xc3\xa9", "form-probe-e\xcc\x81");
}

constexpr const char* kShrunkenHint = "check that the source is the right one, and whole; if so, allow a shrunken one";

Error other_source(const std::string& directory, const std::string& source) {
  return core::fail(ErrorCode::conflict, fmt::format("{} holds backups of {}", directory, source),
                    "give each bucket a directory of its own");
}

}  // namespace

BackupRun::BackupRun(const Bucket& from, const std::string& directory, const BackupOptions& options)
    : from_(from), directory_(directory), options_(options), reporter_(options_.event, options_.progress) {}

Result<BackupReport> BackupRun::run() {
  Status done = check_rules(options_.rules);
  if (done) done = options_.context.check();
  if (done && is_within(directory_, directory_of(from_))) {
    done = core::invalid_argument("the directory of backups lies in what is to be backed up", "keep it elsewhere");
  }
  if (done && options_.versions && !from_.capabilities().versions) {
    done = core::unsupported("the bucket keeps no versions", "back it up without the option versions");
  }
  if (done && options_.dry_run) {
    done = dry_run();
  } else if (done) {
    const auto dir = BackupDir::open(directory_, BackupDir::Access::write);
    if (!dir) return dir.error();
    done = dir->clean(options_.context);
    if (done) done = open_previous(*dir);
    if (done) done = choose_name(*dir);
    if (done) done = write_plan(*dir);
    if (done) done = begin(*dir);
    if (done) done = work(*dir);
    if (done) done = finish(*dir);
  }
  if (!done) return std::move(done).error();
  reporter_.finish();
  report_.failed = reporter_.failed();
  report_.failures = reporter_.take_failures();
  return std::move(report_);
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
  const auto counts = make_plan(listing(), Names::exact, previous, [&](const Entry& entry) {
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
  if (!partial->empty()) {
    interrupted_ = partial->back();
    partial->pop_back();
  }
  // There is one at most, unless somebody renamed directories.
  for (const std::string& name : *partial) {
    const std::string directory = name + std::string(kPartial);
    if (auto status = remove_tree(dir.root(), directory, dir.path_of(directory), options_.context); !status) {
      return status;
    }
  }
  // A run may have ended between its last two steps.
  if (!names->empty()) point_to(dir, names->back());
  // When it began, even where the name is a later one.
  TimePoint time = header_.started = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  for (const std::string& last : {names->empty() ? std::string() : names->back(), interrupted_}) {
    if (const auto taken = time_of_snapshot(last)) time = std::max(time, *taken + std::chrono::seconds(1));
  }
  report_.snapshot = snapshot_name(time);
  header_.source = from_.url();
  header_.rules = options_.rules;
  header_.names = options_.portable_names ? Names::portable : Names::exact;
  if (header_.names == Names::portable) return {};
  const auto folds = folds_names(dir);
  if (!folds) return folds.error();
  if (*folds) header_.names = Names::portable;
  return {};
}

Status BackupRun::write_plan(const BackupDir& dir) {
  header_.listed = report_.listed = std::chrono::system_clock::now();
  const std::string name = state_name(kPlan);
  auto plan = ManifestWriter::create(dir.state(), name, dir.state_path_of(name), header_);
  if (!plan) return std::move(plan).error();
  SortedEntries previous(std::move(previous_));
  const auto counts =
      make_plan(listing(), header_.names, previous, [&](const Entry& entry) { return plan->add(entry); });
  if (!counts) return counts.error();
  planned_ = *counts;
  report_.excluded = counts->excluded;
  if (auto status = plan->finish(options_.sync); !status) return status;
  if (auto status = check_plan(); !status) return status;
  return check_room(dir);
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

Result<ManifestReader> BackupRun::open_plan(const BackupDir& dir, const std::string& name) const {
  return ManifestReader::open(dir.state(), name, dir.state_path_of(name));
}

// Takes over what an ended run has done, before its directory is renamed: until then that run can still be gone on
// with.
Status BackupRun::adopt(const BackupDir& dir) {
  auto old_plan = open_plan(dir, interrupted_ + std::string(kPlan));
  if (old_plan && old_plan->header().source != from_.url()) return other_source(directory_, old_plan->header().source);
  const std::string old_name = interrupted_ + std::string(kJournal);
  const auto old_journal = RunJournal::open(dir.state(), old_name, dir.state_path_of(old_name));
  auto plan = open_plan(dir, state_name(kPlan));
  if (!plan) return std::move(plan).error();
  const std::string partial = interrupted_ + std::string(kPartial);
  auto tree = FileTree::open(dir.root(), partial, dir.path_of(partial));
  if (!tree) return std::move(tree).error();

  std::vector<std::uint64_t> adopted;
  SortedEntries old(old_plan && old_journal ? std::optional(*std::move(old_plan)) : std::nullopt);
  for (std::uint64_t index = 0;; ++index) {
    const auto wanted = plan->next();
    if (!wanted) return wanted.error();
    if (!*wanted) break;
    const ObjectInfo& info = (*wanted)->info;
    if (old.find(info.key) == nullptr || (*wanted)->action == Entry::Action::directory) continue;
    const auto line = old_journal->line(old.index());
    if (!line) return line.error();
    const auto done = *line ? parse_entry(core::trim(**line)) : Result<Entry>(Error());
    if (!done || done->path != (*wanted)->path || done->info.token != info.token || done->info.size != info.size ||
        done->info.version_id != info.version_id || done->info.modified != info.modified || done->info.token.empty()) {
      continue;
    }
    if (tree->state(done->path) != done->file) continue;
    // A state is no proof: after a power cut or a lost write the bytes may be others.
    const auto file = tree->open_file(done->path);
    const auto digest = file ? hash_file(file->get(), done->path, options_.context) : Result<std::string>(file.error());
    if (!digest && ends_all(digest.error(), options_.context)) return digest.error();
    if (!digest || *digest != done->sha256) continue;
    if (auto status = journal_->add(index, **line); !status) return status;
    adopted.push_back(digest_of_path(done->path));
  }
  std::sort(adopted.begin(), adopted.end());
  return tree->sweep(
      [&](const std::string& path) { return std::binary_search(adopted.begin(), adopted.end(), digest_of_path(path)); },
      options_.context);
}

Status BackupRun::begin(const BackupDir& dir) {
  const std::string journal = state_name(kJournal);
  auto created = RunJournal::create(dir.state(), journal, dir.state_path_of(journal));
  if (!created) return std::move(created).error();
  journal_.emplace(*std::move(created));
  const std::string partial = state_name(kPartial);
  if (!interrupted_.empty()) {
    if (auto status = adopt(dir); !status) return status;
    if (options_.sync) {
      if (auto status = journal_->sync(); !status) return status;
    }
    if (auto status = dir.rename(interrupted_ + std::string(kPartial), partial, options_.sync); !status) return status;
    for (const std::string_view suffix : {kPlan, kJournal, kManifest}) {
      dir.remove_state(interrupted_ + std::string(suffix));
    }
  } else if (::mkdirat(dir.root(), partial.c_str(), 0777) != 0) {
    return core::fs_error("make the directory " + dir.path_of(partial), errno);
  }
  auto tree = FileTree::open(dir.root(), partial, dir.path_of(partial));
  if (!tree) return std::move(tree).error();
  tree_ = *std::move(tree);
  if (::mkdirat(dir.state(), kParts, 0700) != 0 && errno != EEXIST) {
    return core::fs_error("make the directory " + dir.state_path_of(kParts), errno);
  }
  parts_ = core::open_beneath(dir.state(), kParts, kDirectoryFlags);
  if (!parts_) return core::fs_error("open the directory " + dir.state_path_of(kParts), errno);
  fetcher_.emplace(from_, ObjectFetcher::Target{&*tree_, parts_.get(), dir.state_path_of(kParts), options_.sync},
                   options_.transfer, reporter_);
  return {};
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

Status BackupRun::finish(const BackupDir& dir) {
  const std::string partial = state_name(kPartial);
  report_.objects = report_.fetched + report_.linked + report_.kept;
  if (refuse_shrunken()) return {};
  if (reporter_.failed() > 0 && !options_.allow_incomplete) return {};
  // Files are on the disk already; their names are not.
#ifdef __linux__
  if (options_.sync && ::syncfs(tree_->directory()) != 0)
    return core::fs_error("write to the disk of " + directory_, errno);
#else
  if (options_.sync) ::sync();
#endif
  const std::string name = state_name(kManifest);
  auto manifest = ManifestWriter::create(dir.state(), name, dir.state_path_of(name), header_);
  if (!manifest) return std::move(manifest).error();
  for (std::uint64_t index = 0; index < planned_.objects; ++index) {
    const auto line = journal_->line(index);
    if (!line) return line.error();
    if (!*line) return core::fail(ErrorCode::unknown, "an object was lost count of");
    const auto entry = parse_entry(core::trim(**line));
    if (!entry) return entry.error();
    if (auto status = manifest->add_line(**line, *entry); !status) return status;
  }
  report_.objects = manifest->counts().objects;
  report_.bytes = manifest->counts().bytes;
  if (auto status = manifest->finish(options_.sync); !status) return status;
  if (auto status = dir.rename(partial, report_.snapshot, options_.sync); !status) return status;
  report_.finished = true;
  // It is made, whatever comes now; the next run makes up for it.
  point_to(dir, report_.snapshot);
  dir.remove_state(state_name(kPlan));
  dir.remove_state(state_name(kJournal));
  if (auto status = remove_tree(dir.state(), kParts, dir.state_path_of(kParts), {}); !status) {
    core::log(LogLevel::warn, "temporary files stay", {{"error", status.error().message}});
  }
  return {};
}

// For people; no snapshot depends on it.
void BackupRun::point_to(const BackupDir& dir, const std::string& name) const {
  if (auto status = dir.set_latest(name, options_.sync); !status) {
    core::log(LogLevel::warn, "the link to the newest snapshot was not set", {{"error", status.error().message}});
  }
}

}  // namespace syncing

Result<BackupReport> backup(const Bucket& from, const std::string& directory, const BackupOptions& options) {
  return core::perform(
      "backup", [&] { return from.url() + " to " + directory; }, Status(),
      [&] { return syncing::BackupRun(from, directory, options).run(); });
}

}  // namespace cloudkit::inline v0
