#include "core/fail.h"
#include "core/perform.h"
#include "core/without_value.h"
#include "object_store/local_io.h"
#include "object_store/transfer/crew.h"
#include "sync/overlap.h"
#include "sync/put_back.h"
#include "sync/reporter.h"
#include "sync/rules.h"
#include "sync/snapshot.h"

#include <cloudkit/sync.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <mutex>
#include <unordered_map>

namespace cloudkit::inline v0 {
namespace syncing {
namespace {

using object_store::FileSource;

class Restorer {
 public:
  Restorer(OpenSnapshot& snapshot, const Bucket& to, const RestoreOptions& options)
      : snapshot_(snapshot),
        to_(to),
        options_(options),
        takes_part_(options.rules),
        reporter_(options_.event, options_.progress) {}

  Result<RestoreReport> run() {
    report_.snapshot = snapshot_.name;
    // Nothing is sent by the word of a line before all lines were found right.
    if (auto status = snapshot_.manifest.check_digest(options_.context); !status) return status.error();
    object_store::Crew crew(object_store::workers_for(options_.transfer.workers), options_.context,
                            [this](std::uint64_t index, const Context& context) { return settle(index, context); });
    crew.start();
    for (std::uint64_t index = 0; !crew.failed(); ++index) {
      if (auto status = options_.context.check(); !status) return status.error();
      auto entry = snapshot_.manifest.next();
      if (!entry) return std::move(entry).error();
      if (!*entry) break;
      if (!is_wanted(**entry)) continue;
      reporter_.expect(1, (*entry)->info.size);
      {
        const std::scoped_lock lock(mutex_);
        under_way_.emplace(index, Item{*std::move(*entry)});
      }
      crew.add(index);
      if (!crew.wait_for_room()) break;
    }
    if (auto status = crew.run(); !status) return status.error();
    reporter_.finish();
    report_.failed = reporter_.failed();
    report_.failures = reporter_.take_failures();
    return std::move(report_);
  }

 private:
  struct Item {
    Entry entry = {};
    bool is_put = false;  // By an earlier try, whose tags the service had no time for.
  };

  bool is_wanted(const Entry& entry) {
    if (!takes_part_(entry.info.key)) {
      ++report_.excluded;
      return false;
    }
    if (entry.action == Entry::Action::vanished) return false;
    if (entry.action == Entry::Action::failed) {
      reporter_.fail(entry.info.key,
                     core::named(core::fail(ErrorCode::not_found, "the backup could not take it: " + entry.error),
                                 "restore", to_.url(entry.info.key)));
      return false;
    }
    return true;
  }

  // Errors are those that end it.
  Result<std::uint64_t> settle(std::uint64_t index, const Context& context) {
    Item item;
    {
      const std::scoped_lock lock(mutex_);
      item = under_way_.at(index);
    }
    const Entry& entry = item.entry;
    auto put = options_.dry_run ? would_send(entry, context) : send(index, item, context);
    // The crew tries again what is throttled.
    if (!put.has_value() && ends_all(put.error(), context)) return std::move(put).error();
    if (outage_.is_total(core::without_value(put))) return std::move(put).error();
    const std::scoped_lock lock(mutex_);
    under_way_.erase(index);
    reporter_.add(1, entry.info.size);
    if (!put.has_value()) {
      reporter_.fail(entry.info.key, core::named(std::move(put).error(), "restore", to_.url(entry.info.key)));
    } else if (*put) {
      ++report_.restored;
      report_.restored_bytes += entry.info.size;
      reporter_.tell(SyncAction::copied, entry.info.key, entry.info.size);
    } else {
      ++report_.skipped;
    }
    return entry.info.size;
  }

  Result<bool> would_send(const Entry& entry, const Context& context) {
    if (!options_.if_absent) return true;
    const auto there = to_.exists(entry.info.key, {.context = context});
    if (!there.has_value()) return there.error();
    if (*there) reporter_.tell(SyncAction::skipped, entry.info.key, entry.info.size);
    return !*there;
  }

  // False: it is there already.
  Result<bool> send(std::uint64_t index, const Item& item, const Context& context) {
    const Entry& entry = item.entry;
    auto sent = item.is_put ? Result<bool>(true) : put(entry, context);
    if (!sent.has_value() || !*sent || !entry.tags || entry.tags->empty() || !to_.capabilities().tags) return sent;
    {
      const std::scoped_lock lock(mutex_);
      under_way_.at(index).is_put = true;
    }
    if (auto status = to_.set_tags(entry.info.key, *entry.tags, {.context = context}); !status) return status.error();
    return true;
  }

  Result<bool> put(const Entry& entry, const Context& context) {
    PutOptions options;
    options.context = context;
    options.content = entry.info.content;
    options.metadata = entry.info.metadata;
    // Elsewhere a class of that name may be another one, or none.
    const std::string& source = snapshot_.manifest.header().source;
    if (to_.capabilities().storage_class && to_.url() == source) options.storage_class = entry.info.storage_class;
    options.transfer = options_.transfer;
    options.transfer.workers = 0;
    options.transfer.progress = {};
    if (options_.if_absent) options.condition = Condition::absent();
    Status done = put_back(options, [&](const PutOptions& given) { return put_bytes(entry, given); });
    if (done) return true;
    if (options_.if_absent && done.error().code == ErrorCode::precondition_failed) {
      reporter_.tell(SyncAction::skipped, entry.info.key, entry.info.size, &done.error());
      return false;
    }
    return std::move(done).error();
  }

  Status put_bytes(const Entry& entry, const PutOptions& options) {
    if (entry.action == Entry::Action::directory) {
      return core::without_value(to_.put(entry.info.key, Bytes(""), options));
    }
    auto file = open_checked(snapshot_.tree, entry);
    if (!file) return std::move(file).error();
    if (auto status = check_bytes(file->get(), snapshot_.tree, entry, options.context); !status) return status;
    struct stat state{};
    if (::fstat(file->get(), &state) != 0) return core::io_error("stat " + entry.path, errno);
    const int fd = ::fcntl(file->get(), F_DUPFD_CLOEXEC, 0);
    if (fd < 0) return core::io_error("open " + entry.path, errno);
    // What is written into it from here on is an error of its reads.
    return core::without_value(
        to_.put(entry.info.key, FileSource(fd, snapshot_.tree.path_of(entry.path), state), options));
  }

  OpenSnapshot& snapshot_;
  const Bucket& to_;
  const RestoreOptions& options_;
  const TakesPart takes_part_;
  Reporter reporter_;
  Outage outage_;
  std::mutex mutex_;  // Of what follows.
  std::unordered_map<std::uint64_t, Item> under_way_;
  RestoreReport report_;
};

}  // namespace
}  // namespace syncing

Result<RestoreReport> restore(const std::string& directory, const Bucket& to, const RestoreOptions& options) {
  Status checked = syncing::check_rules(options.rules);
  if (checked) checked = options.context.check();
  if (checked && syncing::is_within(syncing::directory_of(to), directory)) {
    checked = core::invalid_argument("the target lies in the directory of backups", "restore to a place of its own");
  }
  return core::perform(
      "restore", [&] { return directory + " to " + to.url(); }, checked,
      [&]() -> Result<RestoreReport> {
        const auto dir = syncing::BackupDir::open(directory, syncing::BackupDir::Access::read);
        if (!dir) return dir.error();
        auto snapshot = syncing::open_snapshot(*dir, options.snapshot, options.context);
        if (!snapshot) return std::move(snapshot).error();
        return syncing::Restorer(*snapshot, to, options).run();
      });
}

}  // namespace cloudkit::inline v0
