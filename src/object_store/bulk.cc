#include "core/fail.h"
#include "core/named_error.h"
#include "object_store/checks.h"
#include "object_store/perform.h"
#include "object_store/waits.h"

#include <cloudkit/driver/object_store.h>
#include <cloudkit/object_store.h>

#include <algorithm>
#include <unordered_map>

namespace cloudkit::inline v0 {
namespace {

// A service may fail single keys of a request and do the others: those are asked for again.
constexpr int kMaxRounds = 4;
// What one page lists.
constexpr std::size_t kListedAtOnce = 1000;

// Of one removal: whether every other one would meet it, too. A missing key is no error, so what
// is not found is the bucket.
bool ends_all(const Error& error) noexcept {
  switch (error.code) {
    case ErrorCode::cancelled:
    case ErrorCode::timeout:
    case ErrorCode::unauthenticated:
    case ErrorCode::unavailable:
    case ErrorCode::throttled:
    case ErrorCode::not_found: return true;
    default: return false;
  }
}

bool was_tried(const Error& error) noexcept { return error.attempts > 0 || error.may_have_happened; }

using Keys = std::span<const std::string>;

class Remover {
 public:
  Remover(std::string_view operation, const Bucket& bucket, BucketDriver& driver, const std::string& prefix,
          const RemoveManyOptions& options)
      : operation_(operation),
        bucket_(bucket),
        driver_(driver),
        prefix_(prefix),
        options_(options),
        capabilities_(driver.capabilities()),
        at_once_(std::max<std::size_t>(capabilities_.max_remove_many, 1)) {}

  // Keys as the caller says them, below the prefix.
  void remove(Keys keys) {
    while (!keys.empty() && !report.stopped) {
      const std::size_t count = std::min(at_once_, keys.size());
      remove_some(keys.first(count));
      keys = keys.subspan(count);
    }
    report.not_tried.insert(report.not_tried.end(), keys.begin(), keys.end());
  }

  void stop(const Error& error) { report.stopped = error; }

  RemoveReport report;

 private:
  void remove_some(Keys keys) {
    std::vector<std::string> whole;
    for (const std::string& key : keys) {
      std::string full = object_store::join(prefix_, key);
      if (auto valid = object_store::check_key(full, capabilities_); !valid) {
        fail(full, std::move(valid).error());
      } else {
        whole.push_back(std::move(full));
      }
    }
    // One key costs one request either way, and every server knows the plain one.
    if (whole.size() > 1) whole = by_request(std::move(whole));
    one_by_one(whole);
  }

  // Returns the keys that a request for many cannot name: perhaps all.
  std::vector<std::string> by_request(std::vector<std::string> keys) {
    failed_before_.clear();
    if (at_once_ == 1) return keys;
    std::vector<std::string> left_over;
    for (int round = 1; !keys.empty(); ++round) {
      if (auto status = round == 1 ? options_.context.check() : wait(round); !status) {
        not_tried(keys, std::move(status).error());
        break;
      }
      auto failures = driver_.remove_many(keys, options_);
      if (!failures && failures.error().code == ErrorCode::unsupported) {
        at_once_ = 1;
        left_over.insert(left_over.end(), keys.begin(), keys.end());
        break;
      }
      if (!failures) {
        whole_failed(keys, failures.error());
        break;
      }
      keys = sort_out(keys, *failures, round == kMaxRounds, left_over);
    }
    return left_over;
  }

  // Returns the keys to be asked for again.
  std::vector<std::string> sort_out(Keys keys, const std::vector<RemoveFailure>& failures, bool last_round,
                                    std::vector<std::string>& left_over) {
    std::unordered_map<std::string_view, const Error*> errors;
    for (const RemoveFailure& failure : failures) errors.emplace(failure.key, &failure.error);
    std::vector<std::string> again;
    throttled_ = false;
    for (const std::string& key : keys) {
      const auto found = errors.find(key);
      if (found == errors.end()) {
        ++report.removed;
      } else if (found->second->code == ErrorCode::unsupported) {
        left_over.push_back(key);
      } else if (found->second->retryable && !last_round) {
        throttled_ |= found->second->code == ErrorCode::throttled;
        failed_before_.insert_or_assign(key, *found->second);
        again.push_back(key);
      } else {
        fail(key, *found->second);
      }
    }
    return again;
  }

  Status wait(int round) const {
    return options_.context.wait_for((throttled_ ? object_store::kFirstWaitThrottled : object_store::kFirstWait) *
                                     (1 << (round - 2)));
  }

  void one_by_one(Keys keys) {
    for (; !keys.empty(); keys = keys.subspan(1)) {
      Status status = report.stopped ? Status(*report.stopped) : options_.context.check();
      if (!status) return not_tried(keys, std::move(status).error());
      status = driver_.remove(keys.front(), {.context = options_.context});
      if (status) {
        ++report.removed;
      } else if (!ends_all(status.error())) {
        fail(keys.front(), status.error());
      } else {
        whole_failed(keys.first(1), status.error());
      }
    }
  }

  // The request for `keys` came to nothing, or nobody knows what it came to.
  void whole_failed(Keys keys, const Error& error) {
    if (!was_tried(error)) return not_tried(keys, error);
    for (const std::string& key : keys) fail(key, error);
    stop_once(error);
  }

  void not_tried(Keys keys, const Error& error) {
    for (const std::string& key : keys) {
      const auto before = failed_before_.find(key);
      if (before != failed_before_.end()) {
        fail(key, before->second);
      } else {
        report.not_tried.push_back(key.substr(prefix_.size()));
      }
    }
    stop_once(error);
  }

  void stop_once(const Error& error) {
    if (!report.stopped) report.stopped = object_store::named(error, operation_, bucket_.url());
  }

  void fail(const std::string& whole, Error error) {
    std::string key = whole.empty() ? std::string() : whole.substr(prefix_.size());
    error = object_store::named(std::move(error), operation_, bucket_.url(key));
    report.failures.push_back({std::move(key), std::move(error)});
  }

  const std::string_view operation_;
  const Bucket& bucket_;
  BucketDriver& driver_;
  const std::string& prefix_;
  const RemoveManyOptions& options_;
  const Capabilities capabilities_;
  std::size_t at_once_;
  bool throttled_ = false;
  std::unordered_map<std::string, Error> failed_before_;  // Of this request's keys, in an earlier round.
};

}  // namespace

Status RemoveReport::status() const {
  if (stopped) return *stopped;
  if (!failures.empty()) return failures.front().error;
  return {};
}

RemoveReport Bucket::remove_many(std::span<const std::string> keys, const RemoveManyOptions& options) const {
  const auto resource = [this] { return url(); };
  return *object_store::perform("remove_many", resource, {}, [&]() -> Result<RemoveReport> {
    Remover remover("remove_many", *this, *driver_, prefix_, options);
    remover.remove(keys);
    return std::move(remover.report);
  });
}

RemoveReport Bucket::remove_all(std::string_view prefix, const RemoveManyOptions& options) const {
  const auto resource = [&] { return url(prefix); };
  return *object_store::perform("remove_all", resource, {}, [&]() -> Result<RemoveReport> {
    Remover remover("remove_all", *this, *driver_, prefix_, options);
    std::vector<std::string> keys;
    const auto flush = [&] {
      remover.remove(keys);
      keys.clear();
    };
    Listing listing = list({.prefix = std::string(prefix), .context = options.context});
    for (const auto& entry : listing) {
      if (!entry) {
        flush();
        if (!remover.report.stopped) remover.stop(entry.error());
        break;
      }
      keys.push_back(entry->key);
      if (keys.size() == kListedAtOnce) flush();
      if (remover.report.stopped) break;
    }
    flush();
    return std::move(remover.report);
  });
}

}  // namespace cloudkit::inline v0
