#include "core/beneath.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/fs_error.h"
#include "core/log.h"
#include "core/perform.h"
#include "sync/backup_run.h"
#include "sync/overlap.h"
#include "sync/path_set.h"
#include "sync/rules.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace cloudkit::inline v0 {
namespace syncing {

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
  if (done && options_.tags && !from_.capabilities().tags) {
    done = core::unsupported("the bucket has no tags", "back it up without the option tags");
  }
  if (done && options_.dry_run) {
    done = dry_run();
  } else if (done) {
    const auto dir = BackupDir::open(directory_, BackupDir::Access::write);
    if (!dir) return dir.error();
    done = dir->clean(options_.context);
    if (done) done = open_previous(*dir);
    if (done) done = choose_name(*dir);
    if (done) done = plan(*dir);
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

  PathSet adopted;
  SortedEntries old(old_plan && old_journal ? std::optional(*std::move(old_plan)) : std::nullopt);
  for (std::uint64_t index = 0;; ++index) {
    const auto wanted = plan->next();
    if (!wanted) return wanted.error();
    if (!*wanted) break;
    const ObjectInfo& info = (*wanted)->info;
    if (old.find(info.key) == nullptr || (*wanted)->action == Entry::Action::directory) continue;
    const auto line = old_journal->line(old.index());
    if (!line) return line.error();
    auto done = *line ? parse_entry(core::trim(**line)) : Result<Entry>(Error());
    if (!done || done->path != (*wanted)->path || done->info.token != info.token || done->info.size != info.size ||
        done->info.version_id != info.version_id || done->info.modified != info.modified || done->info.token.empty()) {
      continue;
    }
    if (options_.tags && !done->tags) continue;
    // A state is no proof: after a power cut or a lost write the bytes may be others. Nor is another one a proof: the
    // directory may have moved.
    const auto state = tree->state(done->path);
    if (!state || state->size != done->file.size) continue;
    const auto file = tree->open_file(done->path);
    const auto digest = file ? hash_file(file->get(), done->path, options_.context) : Result<std::string>(file.error());
    if (!digest && ends_all(digest.error(), options_.context)) return digest.error();
    if (!digest || *digest != done->sha256) continue;
    done->file = *state;
    if (auto status = journal_->add(index, to_line(*done)); !status) return status;
    done_.add(*done);
    adopted.add(done->path);
  }
  adopted.sort();
  return tree->sweep([&](const std::string& path) { return adopted.has(path); }, options_.context);
}

Status BackupRun::begin(const BackupDir& dir) {
  const std::string journal = state_name(kJournal);
  auto created = RunJournal::create(dir.state(), journal, dir.state_path_of(journal));
  if (!created) return std::move(created).error();
  journal_.emplace(*std::move(created));
  if (!interrupted_.empty()) {
    if (auto status = adopt(dir); !status) return status;
    // Bytes and name, before the ended run's is removed.
    if (options_.sync) {
      if (auto status = journal_->sync(); !status) return status;
      if (!core::sync_directory(dir.state())) return core::fs_error("fsync " + dir.state_path_of(""), errno);
    }
    const std::string ended = interrupted_ + std::string(kPartial);
    if (auto status = dir.rename(ended, state_name(kPartial), options_.sync); !status) return status;
    for (const std::string_view suffix : {kPlan, kJournal, kManifest}) {
      dir.remove_state(interrupted_ + std::string(suffix));
    }
    if (auto status = open_tree(dir); !status) return status;
  }
  if (::mkdirat(dir.state(), kParts, 0700) != 0 && errno != EEXIST) {
    return core::fs_error("make the directory " + dir.state_path_of(kParts), errno);
  }
  parts_ = core::open_beneath(dir.state(), kParts, kDirectoryFlags);
  if (!parts_) return core::fs_error("open the directory " + dir.state_path_of(kParts), errno);
  fetcher_.emplace(ObjectSource(from_, options_.transfer, options_.tags),
                   ObjectFetcher::Target{&*tree_, parts_.get(), dir.state_path_of(kParts), options_.sync},
                   options_.transfer, reporter_);
  return {};
}

Status BackupRun::open_tree(const BackupDir& dir) {
  const std::string partial = state_name(kPartial);
  auto tree = FileTree::open(dir.root(), partial, dir.path_of(partial));
  if (!tree) return std::move(tree).error();
  tree_ = *std::move(tree);
  return {};
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
  report_.objects = done_.objects;
  report_.bytes = done_.bytes;
  if (auto status = make_manifest(dir); !status) return status;
  if (auto status = dir.rename(partial, report_.snapshot, options_.sync); !status) return status;
  report_.finished = true;
  // It is made, whatever comes now; the next run makes up for it.
  dir.set_latest(report_.snapshot, options_.sync);
  dir.remove_state(state_name(kPlan));
  dir.remove_state(state_name(kJournal));
  if (auto status = remove_tree(dir.state(), kParts, dir.state_path_of(kParts), {}); !status) {
    core::log(LogLevel::warn, "temporary files stay", {{"error", status.error().message}});
  }
  return {};
}

// A plan of which all was linked while it was made is the manifest.
Status BackupRun::make_manifest(const BackupDir& dir) {
  const std::string name = state_name(kManifest);
  if (all_linked()) {
    auto linked = dir.link_state(state_name(kPlan), name, options_.sync);
    if (!linked.has_value()) return std::move(linked).error();
    if (*linked) return {};
  }
  auto manifest = ManifestWriter::create(dir.state(), name, dir.state_path_of(name), header_);
  if (!manifest) return std::move(manifest).error();
  if (auto status = write_lines(dir, *manifest); !status) return status;
  manifest->set_counts(done_);
  return manifest->finish(options_.sync);
}

// In the plan's order: what was done with it, which it says itself of what was linked while it was made.
Status BackupRun::write_lines(const BackupDir& dir, ManifestWriter& manifest) {
  auto plan = open_plan(dir, state_name(kPlan));
  if (!plan) return std::move(plan).error();
  for (std::uint64_t index = 0;; ++index) {
    const auto planned = plan->next_text();
    if (!planned) return planned.error();
    if (!*planned && index == planned_.objects) return {};
    if (!*planned) return core::fail(ErrorCode::io, "the plan was changed by another program");
    Status written;
    if (is_linked(index)) {
      written = manifest.add_line(**planned);
    } else {
      const auto line = journal_->line(index);
      if (!line) return line.error();
      written = *line ? manifest.add_line(**line) : core::fail(ErrorCode::unknown, "an object was lost count of");
    }
    if (!written) return written;
  }
}

}  // namespace syncing

Result<BackupReport> backup(const Bucket& from, const std::string& directory, const BackupOptions& options) {
  return core::perform(
      "backup", [&] { return from.url() + " to " + directory; }, Status(),
      [&] { return syncing::BackupRun(from, directory, options).run(); });
}

}  // namespace cloudkit::inline v0
