#pragma once

#include "flawed_buckets.h"

#include <string>
#include <vector>

/// Flaws in what a backend offers besides the eight calls that all have.
namespace flawed {

// --- Many at once ---

// A backend that removes many in one request, after `Change` has had its way with them.
template <class Change>
struct RemovesMany : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Capabilities capabilities() const override {
    Capabilities can = inner_->capabilities();
    can.max_remove_many = 1000;
    return can;
  }
  Result<std::vector<RemoveFailure>> remove_many(std::span<const std::string> keys, const RemoveManyOptions&) override {
    std::vector<RemoveFailure> failures;
    std::vector<std::string> changed(keys.begin(), keys.end());
    Change()(*inner_, changed, failures);
    for (const std::string& key : changed) (void)inner_->remove(key, {});
    return failures;
  }
};

struct ForgetTheFirst {
  void operator()(BucketDriver&, std::vector<std::string>& keys, std::vector<RemoveFailure>&) const {
    keys.erase(keys.begin());
  }
};
struct FailForMissing {
  void operator()(BucketDriver& inner, std::vector<std::string>& keys, std::vector<RemoveFailure>& failures) const {
    for (const std::string& key : keys) {
      if (auto info = inner.head(key, {}); !info) failures.push_back({key, info.error()});
    }
  }
};
struct TrimKeys {
  void operator()(BucketDriver&, std::vector<std::string>& keys, std::vector<RemoveFailure>&) const {
    for (std::string& key : keys) {
      while (key.ends_with(' ')) key.pop_back();
    }
  }
};

struct RemovesManyOneByOne : Counts {
  using Counts::Counts;
  Capabilities capabilities() const override {
    Capabilities can = inner_->capabilities();
    can.max_remove_many = 1000;
    return can;
  }
  Result<std::vector<RemoveFailure>> remove_many(std::span<const std::string> keys, const RemoveManyOptions&) override {
    for (const std::string& key : keys) (void)remove(key, {});
    return std::vector<RemoveFailure>();
  }
};

}  // namespace flawed
