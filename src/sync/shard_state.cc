#include "sync/shard_state.h"

#include "core/encode.h"
#include "core/fail.h"
#include "core/log.h"
#include "core/without_value.h"
#include "sync/backup_dir.h"
#include "sync/bucket_copy.h"
#include "sync/manifest_text.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::syncing {
namespace {

constexpr const char* kSource = ".cloudkit/source";
// Snapshots that began in one second.
constexpr int kMostNames = 100;

std::string plan_key(const std::string& snapshot) { return ".cloudkit/" + snapshot + ".plan.json"; }
std::string work_prefix(const std::string& snapshot) { return ".cloudkit/" + snapshot + '/'; }
std::string shard_prefix(const ShardPlan& plan, int shard) {
  return fmt::format("{}{:03}/", work_prefix(plan.snapshot), shard);
}
std::string chunk_key(const ShardPlan& plan, int shard, std::size_t chunk) {
  return fmt::format("{}{:06}.jsonl", shard_prefix(plan, shard), chunk);
}
std::string done_key(const ShardPlan& plan, int shard) { return shard_prefix(plan, shard) + "done"; }

bool are_same(const std::vector<KeyRule>& a, const std::vector<KeyRule>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].include != b[i].include || a[i].pattern != b[i].pattern) return false;
  }
  return true;
}

Error another_does(int shard) {
  Error error = core::fail(ErrorCode::conflict, fmt::format("another process does shard {} of this run", shard),
                           "let one process at a time do a shard; run it again once the other one has ended: it goes "
                           "on from there");
  error.retryable = true;
  return error;
}

class ManifestText {
 public:
  explicit ManifestText(const ManifestHeader& header) { add_line(to_line(header)); }
  void add(const Entry& entry) {
    counts_.add(entry);
    add_line(to_line(entry));
  }
  void end() { text_ += to_line(counts_, core::hex_encode(digest_.finish())); }
  std::string take() { return std::exchange(text_, {}); }

 private:
  void add_line(const std::string& line) {
    digest_.update(line);
    text_ += line;
  }

  std::string text_;
  crypto::Sha256 digest_;
  ManifestFooter counts_;
};

std::string chunk_text(const ShardPlan& plan, const std::vector<Entry>& entries) {
  ManifestText text(plan.header);
  for (const Entry& entry : entries) text.add(entry);
  text.end();
  return text.take();
}

}  // namespace

std::string manifest_key(const std::string& snapshot) { return ".cloudkit/" + snapshot + std::string(kManifest); }

Result<std::optional<std::string>> ShardState::read(const std::string& key) const {
  auto object = to_.get(key, {.context = options_.context});
  if (object) return std::optional(std::move(object->data));
  if (object.error().code == ErrorCode::not_found) return std::optional<std::string>();
  return std::move(object).error();
}

Result<bool> ShardState::put_if_absent(const std::string& key, const std::string& text) const {
  PutOptions options;
  options.condition = Condition::absent();
  options.context = options_.context;
  const auto put = to_.put(key, text, options);
  if (put) return true;
  if (put.error().code == ErrorCode::precondition_failed) return false;
  return put.error();
}

Status ShardState::claim(const std::string& source) const {
  auto there = read(kSource);
  if (there && !*there && !options_.dry_run) {
    const auto put = put_if_absent(kSource, source);
    if (!put.has_value()) return put.error();
    if (!*put) there = read(kSource);
  }
  if (!there) return std::move(there).error();
  if (!*there || **there == source) return {};
  return core::fail(ErrorCode::conflict,
                    fmt::format("{} holds backups of {}", to_.url(), core::printable_excerpt(**there, 200)),
                    "give each bucket a prefix of its own");
}

Status ShardState::check(const ShardPlan& plan, const std::string& source) const {
  const auto differs = [&](const std::string& what) {
    return core::fail(ErrorCode::conflict, fmt::format("the run {} began {}", options_.run, what),
                      "give all shards of a run the same options, and another backup another name");
  };
  if (plan.header.source != source) return differs("with the source " + plan.header.source);
  if (plan.ranges.size() != static_cast<std::size_t>(options_.shards)) {
    return differs(fmt::format("with {} shards", plan.ranges.size()));
  }
  if (!are_same(plan.header.rules, options_.rules)) return differs("with other rules");
  if ((plan.header.names == Names::portable) != options_.portable_names) return differs("with other names of files");
  return {};
}

bool ShardState::has_plan() const { return to_.exists(run_key(), {.context = options_.context}).value_or(false); }

Result<ShardPlan> ShardState::join(const std::string& source, const std::function<Result<ShardPlan>()>& make) const {
  if (auto status = claim(source); !status) return status.error();
  while (true) {
    if (auto status = options_.context.check(); !status) return status.error();
    const auto name = read(run_key());
    if (!name) return name.error();
    if (*name) {
      const auto text =
          time_of_snapshot(**name) ? read(plan_key(**name)) : Result<std::optional<std::string>>(std::nullopt);
      if (!text) return text.error();
      auto plan = parse_plan(text->value_or(""));
      if (!plan) return plan;
      if (auto status = check(*plan, source); !status) return status.error();
      return plan;
    }
    auto plan = make();
    // Another shard's came first.
    if (!plan && plan.error().code == ErrorCode::already_exists) continue;
    if (!plan || options_.dry_run) return plan;
    for (int tries = 0;; ++tries) {
      const auto taken = is_taken(plan->snapshot);
      if (!taken.has_value()) return taken.error();
      const auto put = *taken ? Result<bool>(false) : put_if_absent(plan_key(plan->snapshot), to_text(*plan));
      if (!put.has_value()) return put.error();
      if (*put) break;
      if (tries == kMostNames) return core::fail(ErrorCode::conflict, "too many snapshots began in this second");
      plan->snapshot = snapshot_name(*time_of_snapshot(plan->snapshot) + std::chrono::seconds(1));
    }
    const auto put = put_if_absent(run_key(), plan->snapshot);
    if (!put.has_value()) return put.error();
    if (*put) return plan;
    // Of no use to anybody; if it stays it is in nobody's way.
    static_cast<void>(to_.remove(plan_key(plan->snapshot), {.context = options_.context}));
  }
}

Result<std::size_t> ShardState::count_chunks(const ShardPlan& plan, int shard) const {
  std::size_t count = 0;
  for (const auto& entry : to_.list({.prefix = shard_prefix(plan, shard), .context = options_.context})) {
    if (!entry) return entry.error();
    if (entry->key == done_key(plan, shard)) continue;
    if (entry->key == chunk_key(plan, shard, count + 1)) {
      ++count;
      continue;
    }
    return core::fail(ErrorCode::data_loss,
                      fmt::format("{} is not there, and a later one is", to_.url(chunk_key(plan, shard, count + 1))),
                      "begin a new run: this one's state was changed");
  }
  return count;
}

Result<std::vector<Entry>> ShardState::read_chunk(const ShardPlan& plan, int shard, std::size_t chunk) const {
  auto object = to_.get(chunk_key(plan, shard, chunk), {.context = options_.context});
  if (!object) return std::move(object).error();
  auto reader = ManifestReader::read_from(
      [&, at = std::size_t{0}](std::span<char> out) mutable -> Result<std::size_t> {
        const std::size_t size = object->data.copy(out.data(), out.size(), at);
        at += size;
        return size;
      },
      to_.url(chunk_key(plan, shard, chunk)));
  if (!reader) return std::move(reader).error();
  std::vector<Entry> entries;
  while (true) {
    auto entry = reader->next();
    if (!entry) return std::move(entry).error();
    if (!*entry) return entries;
    entries.push_back(*std::move(*entry));
  }
}

// Where two processes do one shard, chunks of both would leave keys out or have them twice: the bucket may have changed
// between their listings.
Status ShardState::add_chunk(const ShardPlan& plan, int shard, std::size_t chunk,
                             const std::vector<Entry>& entries) const {
  const auto put = put_if_absent(chunk_key(plan, shard, chunk), chunk_text(plan, entries));
  if (!put.has_value()) return put.error();
  return *put ? keep_chunk(plan, shard, chunk) : Status(another_does(shard));
}

Status ShardState::rewrite_chunk(const ShardPlan& plan, int shard, std::size_t chunk,
                                 const std::vector<Entry>& entries) const {
  PutOptions options;
  options.context = options_.context;
  const auto put = to_.put(chunk_key(plan, shard, chunk), chunk_text(plan, entries), options);
  return put ? keep_chunk(plan, shard, chunk) : Status(put.error());
}

// The merge removes the chunks, so that the key of one that another process had put is free again. Its manifest is
// there before that: who asks after the put sees it.
Status ShardState::keep_chunk(const ShardPlan& plan, int shard, std::size_t chunk) const {
  auto status = check_unfinished(plan, shard);
  if (!status && status.error().code == ErrorCode::conflict) {
    // Of no use to anybody; if it stays it is in nobody's way.
    static_cast<void>(to_.remove(chunk_key(plan, shard, chunk), {.context = options_.context}));
  }
  return status;
}

Status ShardState::set_done(const ShardPlan& plan, int shard, std::size_t chunks) const {
  PutOptions options;
  options.context = options_.context;
  return core::without_value(to_.put(done_key(plan, shard), std::to_string(chunks), options));
}

Status ShardState::unset_done(const ShardPlan& plan, int shard) const {
  return to_.remove(done_key(plan, shard), {.context = options_.context});
}

Result<bool> ShardState::is_taken(const std::string& snapshot) const {
  // NAME/…, and NAME.partial/… of one that is being made.
  for (const auto& entry : to_.list({.prefix = snapshot, .context = options_.context})) {
    return entry ? Result<bool>(true) : entry.error();
  }
  return to_.exists(manifest_key(snapshot), {.context = options_.context});
}

Result<bool> ShardState::is_finished(const ShardPlan& plan) const {
  return to_.exists(manifest_key(plan.snapshot), {.context = options_.context});
}

Status ShardState::check_own(const ShardPlan& plan) const {
  const std::string key = manifest_key(plan.snapshot);
  auto object = to_.open_reader(key, {.context = options_.context});
  if (!object) return std::move(object).error();
  auto manifest = ManifestReader::read_from([&](std::span<char> out) { return object->read(out); }, to_.url(key));
  if (!manifest) return std::move(manifest).error();
  const ManifestHeader& there = manifest->header();
  const ManifestHeader& own = plan.header;
  if (there.source == own.source && there.started == own.started && there.listed == own.listed &&
      there.names == own.names && are_same(there.rules, own.rules)) {
    return {};
  }
  return core::fail(ErrorCode::conflict, "another backup has made the snapshot " + plan.snapshot + " meanwhile",
                    "begin a new run; give shards a directory of their own");
}

Status ShardState::check_unfinished(const ShardPlan& plan, int shard) const {
  const auto finished = is_finished(plan);
  if (!finished.has_value()) return finished.error();
  return *finished ? Status(another_does(shard)) : Status();
}

// For each shard how many chunks it has; fewer shards when not all are done.
Result<std::vector<std::size_t>> ShardState::done_shards(const ShardPlan& plan) const {
  std::vector<std::size_t> chunks;
  for (std::size_t i = 0; i < plan.ranges.size(); ++i) {
    const auto text = read(done_key(plan, static_cast<int>(i) + 1));
    if (!text) return text.error();
    if (!*text) break;
    const auto count = core::parse_u64(**text);
    if (!count)
      return core::fail(ErrorCode::data_loss, to_.url(done_key(plan, static_cast<int>(i) + 1)) + " is damaged");
    chunks.push_back(static_cast<std::size_t>(*count));
  }
  return chunks;
}

Result<bool> ShardState::merge(const ShardPlan& plan) const {
  const auto chunks = done_shards(plan);
  if (!chunks) return chunks.error();
  if (chunks->size() < plan.ranges.size()) return is_finished(plan);
  if (auto written = write_manifest(plan, *chunks); !written) {
    // Another shard was done at the same moment: its manifest is the same, and the chunks may be gone.
    const auto finished = is_finished(plan);
    if (!finished.has_value() || !*finished) return written.error();
  }
  const auto removed = to_.remove_all(work_prefix(plan.snapshot), {.context = options_.context});
  if (auto status = removed.status(); !status) {
    core::log(LogLevel::warn, "what the shards have written down stays", {{"error", status.error().message}});
  }
  return true;
}

Status ShardState::write_manifest(const ShardPlan& plan, const std::vector<std::size_t>& chunks) const {
  PutOptions options;
  options.context = options_.context;
  options.condition = Condition::absent();
  auto writer = to_.open_writer(manifest_key(plan.snapshot), options);
  if (!writer) return std::move(writer).error();
  ManifestText text(plan.header);
  PathSet copies;
  std::string last;
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    for (std::size_t chunk = 1; chunk <= chunks[i]; ++chunk) {
      const int shard = static_cast<int>(i) + 1;
      const auto entries = read_chunk(plan, shard, chunk);
      if (!entries) return entries.error();
      if (entries->empty()) continue;
      // Within a chunk its reader has looked.
      if (entries->front().info.key <= last) {
        return core::fail(
            ErrorCode::data_loss,
            fmt::format("{} begins before the end of what precedes it", to_.url(chunk_key(plan, shard, chunk))),
            "begin a new run: this one's state was changed");
      }
      last = entries->back().info.key;
      for (const Entry& entry : *entries) {
        text.add(entry);
        if (has_copy(entry)) copies.add(entry.path);
      }
      if (auto status = writer->write(text.take()); !status) return status;
    }
  }
  text.end();
  if (auto status = writer->write(text.take()); !status) return status;
  copies.sort();
  // These chunks may be those of a process whose place another one has taken: what they do not name, its manifest may.
  const auto finished = is_finished(plan);
  if (!finished.has_value()) return finished.error();
  if (*finished) return core::fail(ErrorCode::already_exists, "another shard has made the snapshot");
  if (auto status = remove_extras(plan, copies); !status) return status;
  return core::without_value(writer->finish());
}

// A process that was killed may have copied an object that was gone when another went on, and noted it nowhere.
Status ShardState::remove_extras(const ShardPlan& plan, const PathSet& copies) const {
  std::vector<std::string> extras;
  const auto remove = [&]() -> Status {
    const auto removed = to_.remove_many(extras, {.context = options_.context});
    extras.clear();
    if (auto status = options_.context.check(); !status) return status;
    // The snapshot is whole without. One who may not remove gets it, and verify names what is too much.
    if (auto status = removed.status(); !status) {
      core::log(LogLevel::warn, "what a killed shard copied stays", {{"error", status.error().message}});
    }
    return {};
  };
  const Status listed =
      for_each_extra(to_, plan.snapshot, copies, options_.context, [&](const std::string& path) -> Status {
        extras.push_back(plan.snapshot + '/' + path);
        return extras.size() < 1000 ? Status() : remove();
      });
  return listed && !extras.empty() ? remove() : listed;
}

}  // namespace cloudkit::inline v0::syncing
