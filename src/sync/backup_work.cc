#include "core/fail.h"
#include "core/fs_error.h"
#include "core/named_error.h"
#include "sync/backup_run.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace cloudkit::inline v0::syncing {
namespace {

using Action = Entry::Action;
using Outcome = Fetched::Outcome;

}  // namespace

Status BackupRun::work(const BackupDir& dir) {
  if (all_linked()) return options_.context.check();
  reporter_.expect(planned_.objects - report_.linked, planned_.fetched_bytes);
  auto plan = open_plan(dir, state_name(kPlan));
  if (!plan) return std::move(plan).error();
  object_store::Crew crew(object_store::workers_for(options_.transfer.workers), options_.context,
                          [this](std::uint64_t index, const Context& context) { return settle(index, context); });
  crew.start();
  for (std::uint64_t index = 0; !crew.failed(); ++index) {
    if (auto status = options_.context.check(); !status) return status;
    if (is_linked(index)) {
      if (const auto line = plan->next_text(); !line) return line.error();
      continue;
    }
    auto entry = plan->next();
    if (!entry) return std::move(entry).error();
    if (!*entry) break;
    const auto settled = settle_here(index, **entry);
    if (!settled.has_value()) return settled.error();
    if (*settled) continue;
    {
      const std::scoped_lock lock(mutex_);
      under_way_.emplace(index, *std::move(*entry));
    }
    crew.add(index);
    if (!crew.wait_for_room()) break;
  }
  return crew.run();
}

Result<bool> BackupRun::settle_here(std::uint64_t index, Entry& entry) {
  if (journal_->has(index)) {
    {
      const std::scoped_lock lock(mutex_);
      ++report_.kept;
    }
    reporter_.add(1, entry.action == Action::fetch ? entry.info.size : 0);
    return true;
  }
  auto linked = link_unchanged(entry);
  if (linked.has_value() && !*linked && entry.action == Action::link) linked = link_or_copy(entry);
  if (!linked.has_value() || !*linked) return linked;
  if (auto status = keep(index, entry); !status) return status.error();
  return true;
}

// What is in the last snapshot as its manifest says, by a call or two. False: that takes more.
Result<bool> BackupRun::link_unchanged(const Entry& entry) {
  if (entry.action == Action::directory && !entry.from.empty()) {
    if (auto status = tree_->make_directory(entry.path); !status) return status.error();
    return true;
  }
  if (entry.action != Action::link) return false;
  const auto state = old_state(entry);
  return state && *state == entry.file ? link_old(entry) : Result<bool>(false);
}

// Of a file that the last snapshot has. Nothing for one whose bytes are known to be others.
std::optional<FileState> BackupRun::old_state(const Entry& entry) {
  if (!old_tree_ || entry.from.empty() || entry.sha256.empty()) return std::nullopt;
  const auto state = old_tree_->state(entry.from);
  return state && !damaged_.has(*state) ? state : std::nullopt;
}

Result<bool> BackupRun::link_old(const Entry& entry) {
  auto linked = tree_->link(*old_tree_, entry.from, entry.path);
  // The place is taken: the fetch finds that, too, as an error of this object alone.
  if (!linked.has_value() && linked.error().code == ErrorCode::conflict) return false;
  return linked;
}

// The file of the last snapshot, where its bytes are still what that one's manifest says. False: they must be fetched.
Result<bool> BackupRun::link_or_copy(Entry& entry) {
  const auto state = old_state(entry);
  if (!state) return false;
  if (*state != entry.file) {
    // Moved to another disk, or changed: the bytes tell.
    const auto file = old_tree_->open_file(entry.from);
    const auto digest = file ? hash_file(file->get(), old_tree_->path_of(entry.from), options_.context)
                             : Result<std::string>(file.error());
    if (!digest || *digest != entry.sha256) return false;
    entry.file = *state;
  }
  auto linked = link_old(entry);
  if (!linked.has_value() || *linked) return linked;

  // No hard links here, or too many of this file.
  const auto from = old_tree_->open_file(entry.from);
  if (!from) return false;
  const std::string name = fmt::format("copy-{:016x}", digest_of_path(entry.path));
  const std::string path = tree_->path_of(entry.path);
  ::unlinkat(parts_.get(), name.c_str(), 0);
  const core::UniqueFd to(
      ::openat(parts_.get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!to) return core::fs_error("create a file for " + path, errno);
  if (auto status = clone_file(from->get(), to.get(), path, options_.context); !status) return status.error();
  if (auto status = seal(to.get(), path, entry.info.modified); !status) return status.error();
  struct stat made{};
  if (options_.sync && ::fsync(to.get()) != 0) return core::fs_error("fsync " + path, errno);
  if (::fstat(to.get(), &made) != 0) return core::fs_error("stat " + path, errno);
  entry.file = state_of(made);
  const Status taken = tree_->take(parts_.get(), name, entry.path);
  if (!taken && taken.error().code == ErrorCode::conflict) return false;
  return taken ? Result<bool>(true) : Result<bool>(taken.error());
}

Result<std::uint64_t> BackupRun::settle(std::uint64_t index, const Context& context) {
  Entry entry;
  {
    const std::scoped_lock lock(mutex_);
    entry = under_way_.at(index);
  }
  Fetched fetched;
  if (entry.action == Action::link) entry.action = Action::fetch;
  if (entry.action != Action::fetch) fetched = fetcher_->refresh(entry, context);
  if (fetched.outcome == Outcome::done && entry.action == Action::refresh) {
    const auto linked = link_or_copy(entry);
    if (!linked.has_value()) return linked.error();
    if (!*linked) entry.action = Action::fetch;
  }
  if (fetched.outcome == Outcome::done && entry.action == Action::directory) {
    if (auto status = tree_->make_directory(entry.path); !status) return status.error();
  }
  if (fetched.outcome == Outcome::done && entry.action == Action::fetch) fetched = fetcher_->fetch(entry, context);

  // The crew tries again what the service had no time for.
  if (fetched.outcome == Outcome::stopped) return std::move(fetched.error);
  const bool failed = fetched.outcome == Outcome::failed;
  if (outage_.is_total(failed ? Status(fetched.error) : Status())) return std::move(fetched.error);
  {
    const std::scoped_lock lock(mutex_);
    under_way_.erase(index);
    if (fetched.outcome == Outcome::vanished) ++report_.vanished;
  }
  const std::uint64_t size = entry.info.size;
  Status kept;
  if (fetched.outcome == Outcome::done) {
    kept = keep(index, entry);
  } else {
    if (fetched.error.resource.empty()) {
      fetched.error = core::named(std::move(fetched.error), "backup", from_.url(entry.info.key));
    }
    kept = miss(index, std::move(entry), failed ? Action::failed : Action::vanished, fetched.error);
  }
  if (!kept) return kept.error();
  return size;
}

Status BackupRun::keep(std::uint64_t index, Entry entry) {
  entry.from.clear();
  if (entry.action == Action::refresh) entry.action = Action::link;
  if (auto status = journal_->add(index, to_line(entry)); !status) return status;
  count(entry);
  return {};
}

void BackupRun::count(const Entry& done) {
  const bool fetched = done.action == Action::fetch;
  {
    const std::scoped_lock lock(mutex_);
    if (fetched) {
      ++report_.fetched;
      report_.fetched_bytes += done.info.size;
    } else {
      ++report_.linked;
    }
    done_.add(done);
  }
  reporter_.add(1, 0);
  reporter_.tell(fetched ? SyncAction::copied : SyncAction::linked, done.info.key, done.info.size);
}

Status BackupRun::miss(std::uint64_t index, Entry entry, Action action, const Error& error) {
  entry.action = action;
  entry.from.clear();
  entry.sha256.clear();
  entry.error = error.to_string();
  if (auto status = journal_->note(index, to_line(entry)); !status) return status;
  {
    const std::scoped_lock lock(mutex_);
    done_.add(entry);
  }
  reporter_.add(1, 0);
  if (action == Action::failed) reporter_.fail(entry.info.key, error);
  if (action == Action::vanished) reporter_.tell(SyncAction::skipped, entry.info.key, 0, &error);
  return {};
}

}  // namespace cloudkit::inline v0::syncing
