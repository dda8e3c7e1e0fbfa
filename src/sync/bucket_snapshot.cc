#include "core/encode.h"
#include "core/fail.h"
#include "core/perform.h"
#include "core/without_value.h"
#include "object_store/transfer/crew.h"
#include "sync/backup_dir.h"
#include "sync/bucket_copy.h"
#include "sync/digest_sink.h"
#include "sync/file_tree.h"
#include "sync/overlap.h"
#include "sync/put_back.h"
#include "sync/reporter.h"
#include "sync/rules.h"
#include "sync/shard_state.h"

#include <algorithm>
#include <functional>
#include <mutex>

// Snapshots that shards have made in a bucket: verify, restore.
namespace cloudkit::inline v0 {
namespace syncing {
namespace {

using Action = Entry::Action;

constexpr std::size_t kAtOnce = 1000;

// The newest one that is finished, or the one that is named.
Result<std::string> resolve(const Bucket& bucket, const std::string& name, const Context& context) {
  std::string newest;
  for (const auto& entry : bucket.list({.prefix = ".cloudkit/", .delimiter = "/", .context = context})) {
    if (!entry) return entry.error();
    std::string_view found = std::string_view(entry->key).substr(std::string_view(".cloudkit/").size());
    if (!found.ends_with(kManifest)) continue;
    found.remove_suffix(kManifest.size());
    if (found == name) return name;
    if (name.empty() && time_of_snapshot(found)) newest = std::max(newest, std::string(found));
  }
  if (!newest.empty()) return newest;
  if (name.empty()) return core::fail(ErrorCode::not_found, "there is no finished snapshot in " + bucket.url());
  return core::fail(ErrorCode::not_found,
                    "there is no finished snapshot " + core::printable_excerpt(name, 60) + " in " + bucket.url());
}

// Calls `take` for each thousand entries of the manifest.
Status for_each_batch(const Bucket& bucket, const std::string& snapshot, const Context& context,
                      const std::function<Status(std::vector<Entry>&, const ManifestHeader&)>& take) {
  const std::string key = manifest_key(snapshot);
  GetOptions options;
  options.context = context;
  auto object = bucket.open_reader(key, options);
  if (!object) return std::move(object).error();
  auto manifest = ManifestReader::read_from([&](std::span<char> out) { return object->read(out); }, bucket.url(key));
  if (!manifest) return std::move(manifest).error();
  std::vector<Entry> batch;
  while (true) {
    if (auto status = context.check(); !status) return status;
    auto entry = manifest->next();
    if (!entry) return std::move(entry).error();
    if (*entry) batch.push_back(*std::move(*entry));
    if (!batch.empty() && (!*entry || batch.size() == kAtOnce)) {
      if (auto status = take(batch, manifest->header()); !status) return status;
      batch.clear();
    }
    if (!*entry) return {};
  }
}

Error not_as_written(std::string why) { return core::fail(ErrorCode::data_loss, std::move(why)); }

class BucketVerifier {
 public:
  BucketVerifier(const Bucket& bucket, const VerifyOptions& options)
      : bucket_(bucket), options_(options), reporter_(options.event, options.progress) {}

  Result<VerifyReport> run() {
    auto name = resolve(bucket_, options_.snapshot, options_.context);
    if (!name) return std::move(name).error();
    report_.snapshot = *std::move(name);
    const Status read =
        for_each_batch(bucket_, report_.snapshot, options_.context,
                       [this](std::vector<Entry>& batch, const ManifestHeader&) { return check(batch); });
    if (!read) return read.error();
    if (auto status = find_extras(); !status) return status.error();
    reporter_.finish();
    report_.failed = reporter_.failed();
    report_.failures = reporter_.take_failures();
    return std::move(report_);
  }

 private:
  Status check(const std::vector<Entry>& batch) {
    for (const Entry& entry : batch) {
      report_.missing += entry.action == Action::failed ? 1 : 0;
      report_.vanished += entry.action == Action::vanished ? 1 : 0;
      if (entry.is_missing()) continue;
      ++report_.objects;
      report_.bytes += entry.info.size;
      if (has_copy(entry)) known_.add(entry.path);
    }
    if (!options_.quick) {
      return object_store::for_each_part(batch.size(), object_store::workers_for(0), options_.context,
                                         [&](std::uint64_t index, const Context& context) {
                                           return read(batch[static_cast<std::size_t>(index)], context);
                                         });
    }
    const auto wrong = find_wrong_copies(bucket_, report_.snapshot, batch, options_.context);
    if (!wrong) return wrong.error();
    for (const std::size_t index : *wrong) {
      fail(batch[index],
           not_as_written("the object is missing, or was written since: its size or token is another one"));
    }
    reporter_.add(batch.size(), 0);
    return {};
  }

  // Errors are those that end it.
  Result<std::uint64_t> read(const Entry& entry, const Context& context) {
    if (!has_copy(entry)) return std::uint64_t{0};
    DigestSink sink;
    GetOptions options;
    options.context = context;
    const auto info = bucket_.download(report_.snapshot + '/' + entry.path, sink, options);
    if (!info && ends_all(info.error(), context)) return info.error();
    if (outage_.is_total(core::without_value(info))) return info.error();
    reporter_.add(1, entry.info.size);
    if (!info) {
      fail(entry, info.error());
    } else if (sink.size() != entry.info.size || sink.finish() != entry.sha256) {
      fail(entry, not_as_written("the object's bytes have changed: their SHA-256 is another one"));
    }
    return sink.size();
  }

  void fail(const Entry& entry, Error error) {
    // Whatever kept it from being read, it is not what was backed up.
    if (error.code == ErrorCode::not_found) error.code = ErrorCode::data_loss;
    reporter_.fail(entry.info.key,
                   core::named(std::move(error), "verify", bucket_.url(report_.snapshot + '/' + entry.path)));
  }

  Status find_extras() {
    known_.sort();
    return for_each_extra(bucket_, report_.snapshot, known_, options_.context, [this](const std::string& path) {
      reporter_.fail(path, core::named(not_as_written("the object belongs to none that was backed up"), "verify",
                                       bucket_.url(report_.snapshot + '/' + path)));
      return Status();
    });
  }

  const Bucket& bucket_;
  const VerifyOptions& options_;
  Reporter reporter_;
  Outage outage_;
  VerifyReport report_;
  PathSet known_;
};

class BucketRestorer {
 public:
  BucketRestorer(const Bucket& bucket, const Bucket& to, const RestoreOptions& options)
      : bucket_(bucket),
        to_(to),
        options_(options),
        takes_part_(options.rules),
        reporter_(options.event, options.progress) {}

  Result<RestoreReport> run() {
    auto name = resolve(bucket_, options_.snapshot, options_.context);
    if (!name) return std::move(name).error();
    report_.snapshot = *std::move(name);
    // Nothing is sent by the word of a line before all lines were found right.
    const auto pass = [](std::vector<Entry>&, const ManifestHeader&) { return Status(); };
    if (auto status = for_each_batch(bucket_, report_.snapshot, options_.context, pass); !status) return status.error();
    const Status sent =
        for_each_batch(bucket_, report_.snapshot, options_.context,
                       [this](std::vector<Entry>& batch, const ManifestHeader& header) { return send(batch, header); });
    if (!sent) return sent.error();
    reporter_.finish();
    report_.failed = reporter_.failed();
    report_.failures = reporter_.take_failures();
    return std::move(report_);
  }

 private:
  Status send(std::vector<Entry>& batch, const ManifestHeader& header) {
    std::erase_if(batch, [this](const Entry& entry) { return !is_wanted(entry); });
    return object_store::for_each_part(batch.size(), object_store::workers_for(options_.transfer.workers),
                                       options_.context, [&](std::uint64_t index, const Context& context) {
                                         return settle(batch[static_cast<std::size_t>(index)], header, context);
                                       });
  }

  bool is_wanted(const Entry& entry) {
    if (!takes_part_(entry.info.key)) {
      ++report_.excluded;
      return false;
    }
    if (entry.action == Action::failed) {
      reporter_.fail(entry.info.key,
                     core::named(core::fail(ErrorCode::not_found, "the backup could not take it: " + entry.error),
                                 "restore", to_.url(entry.info.key)));
    }
    return !entry.is_missing();
  }

  // Errors are those that end it.
  Result<std::uint64_t> settle(const Entry& entry, const ManifestHeader& header, const Context& context) {
    const auto put = options_.dry_run ? would_put(entry, context) : put_back(entry, header, context);
    if (!put.has_value() && ends_all(put.error(), context)) return put.error();
    if (outage_.is_total(core::without_value(put))) return put.error();
    reporter_.add(1, entry.info.size);
    if (!put.has_value()) {
      reporter_.fail(entry.info.key, core::named(put.error(), "restore", to_.url(entry.info.key)));
      return std::uint64_t{0};
    }
    reporter_.tell(*put ? SyncAction::copied : SyncAction::skipped, entry.info.key, entry.info.size);
    const std::scoped_lock lock(mutex_);
    report_.restored += *put ? 1 : 0;
    report_.restored_bytes += *put ? entry.info.size : 0;
    report_.skipped += *put ? 0 : 1;
    return entry.info.size;
  }

  Result<bool> would_put(const Entry& entry, const Context& context) {
    if (!options_.if_absent) return true;
    const auto there = to_.exists(entry.info.key, {.context = context});
    if (!there.has_value()) return there.error();
    return !*there;
  }

  // False: it is there already.
  Result<bool> put_back(const Entry& entry, const ManifestHeader& header, const Context& context) {
    BucketCopy copy{.from = bucket_, .to = to_};
    copy.from_key = report_.snapshot + '/' + entry.path;
    copy.get.context = context;
    copy.get.transfer.bandwidth = options_.transfer.bandwidth;
    copy.size = entry.info.size;
    copy.to_key = entry.info.key;
    copy.sha256 = entry.sha256;
    copy.with_headers = false;
    copy.put.context = context;
    copy.put.content = entry.info.content;
    copy.put.metadata = entry.info.metadata;
    copy.put.transfer.part_size = options_.transfer.part_size;
    // Elsewhere a class of that name may be another one, or none.
    if (to_.capabilities().storage_class && to_.url() == header.source)
      copy.put.storage_class = entry.info.storage_class;
    if (options_.if_absent) copy.put.condition = Condition::absent();
    bool at_target = false;
    Status put = syncing::put_back(copy.put, [&](const PutOptions& given) {
      copy.put = given;
      if (entry.action != Action::directory) return core::without_value(copy_bytes(copy, at_target));
      at_target = true;
      return core::without_value(to_.put(copy.to_key, Bytes(""), given));
    });
    if (put) return true;
    if (at_target && options_.if_absent && put.error().code == ErrorCode::precondition_failed) return false;
    return std::move(put).error();
  }

  const Bucket& bucket_;
  const Bucket& to_;
  const RestoreOptions& options_;
  const TakesPart takes_part_;
  Reporter reporter_;
  Outage outage_;
  std::mutex mutex_;  // Of the counts in report_.
  RestoreReport report_;
};

}  // namespace
}  // namespace syncing

Result<VerifyReport> verify(const Bucket& backups, const VerifyOptions& options) {
  return core::perform(
      "verify", [&] { return backups.url(); }, options.context.check(),
      [&] { return syncing::BucketVerifier(backups, options).run(); });
}

Result<RestoreReport> restore(const Bucket& backups, const Bucket& to, const RestoreOptions& options) {
  Status checked = syncing::check_rules(options.rules);
  if (checked) checked = options.context.check();
  if (checked) checked = syncing::check_apart(backups, to);
  return core::perform(
      "restore", [&] { return backups.url() + " to " + to.url(); }, checked,
      [&] { return syncing::BucketRestorer(backups, to, options).run(); });
}

}  // namespace cloudkit::inline v0
