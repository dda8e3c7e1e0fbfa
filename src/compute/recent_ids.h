#pragma once

#include <cloudkit/context.h>

#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace cloudkit::inline v0::compute {

/// What a handle and its copies made a moment ago: a service may deny for a while that it exists, even after it has
/// admitted it once. Thread-safe.
class RecentIds {
 public:
  using Clock = Context::Clock;

  /// Terraform and Packer wait as long: https://github.com/hashicorp/terraform-provider-aws/pull/8250
  static constexpr Clock::duration kRecent = std::chrono::minutes(2);
  /// Older ones make room: a program that makes more machines in two minutes looks at most of them later.
  static constexpr std::size_t kMost = 1024;

  void add(std::string_view id, Clock::time_point now);
  void forget(std::string_view id);
  /// For how much longer it is recent; zero: it is not.
  Clock::duration left(std::string_view id, Clock::time_point now) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Clock::time_point, std::less<>> made_;
};

}  // namespace cloudkit::inline v0::compute
