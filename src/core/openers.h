#pragma once

#include "core/encode.h"
#include "core/fail.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cloudkit::inline v0::core {

/// What opens the URLs of each scheme. Thread-safe.
template <typename Opener>
class Openers {
 public:
  void add(std::string_view scheme, Opener opener) {
    const std::scoped_lock lock(mutex_);
    openers_[to_lower(scheme)] = std::move(opener);
  }

  /// `of`, for the message: " of a function runtime". Errors: `invalid_argument`, with the schemes that are known.
  Result<Opener> find(const std::string& scheme, std::string_view of = {}) const {
    const std::scoped_lock lock(mutex_);
    if (const auto it = openers_.find(scheme); it != openers_.end()) return it->second;
    std::vector<std::string> names = schemes_locked();
    for (std::string& name : names) name += "://";
    return invalid_argument(fmt::format("unknown scheme \"{}\"{}", scheme, of),
                            fmt::format("known are: {}", fmt::join(names, ", ")));
  }

  std::vector<std::string> schemes() const {
    const std::scoped_lock lock(mutex_);
    return schemes_locked();
  }

 private:
  std::vector<std::string> schemes_locked() const {
    std::vector<std::string> names;
    names.reserve(openers_.size());
    for (const auto& [name, opener] : openers_) names.push_back(name);
    return names;
  }

  mutable std::mutex mutex_;
  std::map<std::string, Opener> openers_;
};

}  // namespace cloudkit::inline v0::core
