#include "log_objects.h"

#include "gunzip.h"
#include "printable.h"

#include <algorithm>
#include <iostream>
#include <optional>

using namespace cloudkit;

namespace {

// Logs arrive within an hour of the newest one.
constexpr std::chrono::hours kLate{1};

struct LogSink final : Sink {
  explicit LogSink(LogStatistics& statistics) : text([&](std::string_view bytes) { statistics.add(bytes); }) {}
  Status write(Bytes chunk) override {
    size += chunk.size();
    return text.write(chunk.view());
  }
  Gunzip text;
  std::uint64_t size = 0;
};

}  // namespace

Status LogObjects::read_new(LogStatistics& statistics) {
  const bool first = newest_ == TimePoint();
  // What is older was read, though it may be forgotten.
  const TimePoint horizon = first ? (TimePoint::min)() : newest_ - kLate;
  ListOptions options;
  options.context = context_;
  for (const auto& entry : bucket_.list(options)) {
    if (!entry) return entry.error();
    const bool again = again_.erase(entry->key) > 0;
    const auto known = known_.find(entry->key);
    if (known == known_.end()) {
      if (again || entry->modified >= horizon) read(*entry, {}, statistics);
    } else if (known->second.size != entry->size) {
      read(*entry, known->second, statistics);
    }
    newest_ = std::max(newest_, entry->modified);
    forget_old();
  }
  return context_.check();
}

void LogObjects::read(const ListEntry& entry, Known known, LogStatistics& statistics) {
  // What has become shorter is a new log.
  if (entry.size < known.size) known = {};
  known.size = entry.size;
  known.modified = entry.modified;
  // It was named, and what has been added is no beginning.
  if (known.ends_within_member) {
    known_[entry.key] = known;
    return;
  }
  std::optional<LogStatistics> before;
  if (follow_) before = statistics;
  LogSink log(statistics);
  if (known.ends_within_line) statistics.skip_line();
  GetOptions options;
  options.context = context_;
  if (known.read > 0) options.range = ByteRange::from(known.read);
  const auto info = bucket_.download(entry.key, log, options);
  if (!info && before && (info.error().retryable || info.error().code == ErrorCode::conflict)) {
    statistics = *std::move(before);
    again_.insert(entry.key);
    std::cerr << "will read " << printable(bucket_.url(entry.key)) << " again: " << info.error().message << '\n';
    return;
  }
  const Status status = info ? log.text.finish() : Status(info.error());
  known.ends_within_member = log.text.is_packed() && !log.text.finish();
  const std::uint64_t unfinished = statistics.unfinished();
  const bool counted = statistics.end_of_object(follow_ && !log.text.is_packed());
  known.ends_within_line = counted && unfinished > 0;
  known.read += log.size - (counted ? 0 : unfinished);
  if (follow_) known_[entry.key] = known;
  if (!status && status.error().code != ErrorCode::cancelled) give_up(entry.key, status.error().message);
}

void LogObjects::give_up(const std::string& key, const std::string& why) {
  ++unread_;
  std::cerr << "skipped the rest of " << printable(bucket_.url(key)) << ": " << why << '\n';
}

void LogObjects::forget_old() {
  if (known_.size() < forget_at_) return;
  std::erase_if(known_, [&](const auto& one) { return one.second.modified < newest_ - kLate; });
  forget_at_ = std::max(kMostKnown, 2 * known_.size());
}
