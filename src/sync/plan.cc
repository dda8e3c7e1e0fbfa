#include "sync/plan.h"

#include "core/encode.h"
#include "core/fail.h"
#include "core/log.h"
#include "sync/key_map.h"
#include "sync/rules.h"

#include <fmt/format.h>

#include <utility>

namespace cloudkit::inline v0::syncing {
namespace {

using Action = Entry::Action;

ObjectInfo info_of(const ListEntry& entry) {
  ObjectInfo info;
  info.key = entry.key;
  info.size = entry.size;
  info.token = entry.token;
  info.modified = entry.modified;
  info.storage_class = entry.storage_class;
  return info;
}

// A manifest keeps milliseconds.
bool is_same_time(TimePoint a, TimePoint b) {
  using std::chrono::milliseconds;
  return std::chrono::floor<milliseconds>(a) == std::chrono::floor<milliseconds>(b);
}

// The bytes that the last snapshot has, and no others, as far as a listing can tell.
bool is_same(const ObjectInfo& old, const ObjectInfo& now) {
  if (old.size != now.size || old.token != now.token || old.version_id != now.version_id) return false;
  return !now.token.empty() || is_same_time(old.modified, now.modified);
}

Entry planned(ObjectInfo info, Place place, Entry* old, bool tags) {
  const bool same = old != nullptr && !old->is_missing() && is_same(old->info, info) &&
                    (old->action == Action::directory) == place.is_directory;
  Entry entry = same ? std::move(*old) : Entry();
  entry.action = place.is_directory ? Action::directory : Action::fetch;
  if (!same) {
    entry.info = std::move(info);
    entry.path = std::move(place.path);
    return entry;
  }
  // Headers may be set anew while the bytes stay: the time tells.
  const bool refreshed = !is_same_time(entry.info.modified, info.modified) || (tags && !entry.tags);
  entry.info.modified = info.modified;
  entry.from = std::exchange(entry.path, std::move(place.path));
  if (!place.is_directory) entry.action = refreshed ? Action::refresh : Action::link;
  if (place.is_directory && refreshed) entry.from.clear();
  return entry;
}

}  // namespace

Status KeyOrder::next(std::string_view key) {
  if (last_.empty() || key > last_) {
    last_ = key;
    return {};
  }
  return core::fail(ErrorCode::unsupported,
                    fmt::format("the listing is not in byte order: \"{}\" comes after \"{}\"",
                                core::printable_excerpt(key, 80), core::printable_excerpt(last_, 80)),
                    "directory buckets of S3 Express list so; they cannot be synchronised");
}

Result<std::uint64_t> for_each_object(const EachObject& what, const std::function<Status(ObjectInfo)>& take) {
  std::uint64_t excluded = 0;
  KeyOrder order;
  const TakesPart takes_part(what.rules);
  const auto visit = [&](ObjectInfo info) -> Status {
    if (auto status = order.next(info.key); !status) return status;
    if (takes_part(info.key)) return take(std::move(info));
    ++excluded;
    return {};
  };
  if (!what.versions) {
    ListOptions options;
    options.start_after = what.after;
    options.context = what.context;
    options.prefetch = what.prefetch;
    if (what.passed_over) {
      options.passed_over = [&](std::string_view key, std::string_view kind) {
        if (takes_part(key) && (what.until.empty() || key <= what.until)) what.passed_over(key, kind);
      };
    }
    for (const auto& entry : what.from.list(options)) {
      if (!entry) return entry.error();
      if (!what.until.empty() && entry->key > what.until) break;
      if (auto status = visit(info_of(*entry)); !status) return status.error();
    }
    return excluded;
  }
  for (const auto& entry : what.from.list_versions({.context = what.context, .prefetch = what.prefetch})) {
    if (!entry) return entry.error();
    if (!entry->is_latest || entry->is_delete_marker) continue;
    ObjectInfo info;
    info.key = entry->key;
    info.size = entry->size;
    info.token = entry->token;
    info.modified = entry->modified;
    info.storage_class = entry->storage_class;
    info.version_id = entry->version_id;
    if (auto status = visit(std::move(info)); !status) return status.error();
  }
  return excluded;
}

Entry* SortedEntries::find(std::string_view key) {
  while (reader_ && (!started_ || (entry_ && entry_->info.key < key))) {
    started_ = true;
    auto next = reader_->next();
    if (!next) {
      core::log(LogLevel::warn, "reading an earlier snapshot's manifest failed", {{"error", next.error().message}});
      entry_.reset();
      reader_.reset();
    } else {
      entry_ = *std::move(next);
      ++read_;
      if (!entry_) reader_.reset();
    }
  }
  return entry_ && entry_->info.key == key ? &*entry_ : nullptr;
}

Result<PlanCounts> make_plan(const EachObject& what, Names names, bool tags, SortedEntries& previous,
                             const std::function<Status(Entry&)>& take) {
  PlanCounts counts;
  KeyMap map(names);
  const auto excluded = for_each_object(what, [&](ObjectInfo info) -> Status {
    Place place = map.place_of(info.key, info.size);
    Entry* const old = previous.find(info.key);
    Entry entry = planned(std::move(info), std::move(place), old, tags);
    ++counts.objects;
    counts.bytes += entry.info.size;
    if (entry.action == Action::fetch) {
      ++counts.fetched;
      counts.fetched_bytes += entry.info.size;
    }
    return take(entry);
  });
  if (!excluded) return excluded.error();
  counts.excluded = *excluded;
  return counts;
}

}  // namespace cloudkit::inline v0::syncing
