#pragma once

#include "access_log.h"

#include <cloudkit/object_store.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>

/// The logs below a prefix, each read once, and what has been added to it since.
class LogObjects {
 public:
  /// `follow`: `read_new` will be called again, so that what fails for a while, or ends within a line, can wait.
  LogObjects(cloudkit::Bucket bucket, bool follow, const cloudkit::Context& context)
      : bucket_(std::move(bucket)), follow_(follow), context_(context) {}

  /// Errors: the listing's, `cancelled`. An object that cannot be read is named, and the others go on.
  cloudkit::Status read_new(LogStatistics& statistics);
  /// Of how many objects something will never be read.
  std::uint64_t unread() const noexcept { return unread_; }

 private:
  struct Known {
    cloudkit::TimePoint modified = {};
    std::uint64_t size = 0;         // As it was listed.
    std::uint64_t read = 0;         // Up to here.
    bool ends_within_line = false;  // Which was counted.
    bool ends_within_member = false;
  };
  void read(const cloudkit::ListEntry& entry, Known known, LogStatistics& statistics);
  void give_up(const std::string& key, const std::string& why);
  void forget_old();

  cloudkit::Bucket bucket_;
  const bool follow_;
  cloudkit::Context context_;
  std::map<std::string, Known> known_;
  std::set<std::string> again_;  // What failed, and is to be tried again.
  cloudkit::TimePoint newest_ = {};
  std::size_t forget_at_ = kMostKnown;
  std::uint64_t unread_ = 0;

  static constexpr std::size_t kMostKnown = 100'000;
};
