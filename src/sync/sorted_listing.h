#pragma once

#include "sync/plan.h"
#include "sync/rules.h"

#include <cloudkit/object_store.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace cloudkit::inline v0::syncing {

/// One of two listings, walked along with the other.
class SortedListing {
 public:
  SortedListing(const Bucket& bucket, const std::vector<KeyRule>& rules, const Context& context)
      : takes_part_(rules), listing_(bucket.list({.context = context, .prefetch = true})), at_(listing_.begin()) {}

  /// The entry of `key`, or null. `passed` is told of those before it that take part, and that the other listing does
  /// not have.
  Result<const ListEntry*> find(std::string_view key, const std::function<void(const ListEntry&)>& passed) {
    while (at_ != listing_.end()) {
      if (!*at_) return at_->error();
      const ListEntry& entry = **at_;
      if (entry.key > key) return nullptr;
      if (entry.key == key) {
        // Stays for the caller's sake; the next call passes it.
        found_ = entry.key;
        return &entry;
      }
      if (auto status = pass(entry, passed); !status) return status.error();
    }
    return nullptr;
  }
  Status rest(const std::function<void(const ListEntry&)>& passed) {
    while (at_ != listing_.end()) {
      if (!*at_) return at_->error();
      if (auto status = pass(**at_, passed); !status) return status;
    }
    return {};
  }
  /// Of those that take part.
  std::uint64_t size() const noexcept { return size_; }

 private:
  Status pass(const ListEntry& entry, const std::function<void(const ListEntry&)>& passed) {
    if (auto status = order_.next(entry.key); !status) return status;
    if (takes_part_(entry.key)) {
      if (entry.key != found_) passed(entry);
      ++size_;
    }
    ++at_;
    return {};
  }

  const TakesPart takes_part_;
  Listing listing_;
  Listing::Iterator at_;
  KeyOrder order_;
  std::string found_;
  std::uint64_t size_ = 0;
};

}  // namespace cloudkit::inline v0::syncing
