#pragma once

#include "sync/manifest.h"

#include <cloudkit/result.h>
#include <cloudkit/sync.h>

#include <string>
#include <string_view>
#include <vector>

namespace cloudkit::inline v0::syncing {

/// What the shards of one snapshot have agreed on.
struct ShardPlan {
  std::string snapshot = {};
  ManifestHeader header = {};
  std::size_t max_path_size = 0;
  std::vector<ShardRange> ranges = {};
  std::vector<std::vector<std::string>> above = {};  ///< For each range, `KeyMap::objects` at its beginning.
};
/// Whether the range can have no keys; from 0.
bool is_empty(const ShardPlan& plan, std::size_t range);
std::string to_text(const ShardPlan& plan);
/// Errors: `data_loss`.
Result<ShardPlan> parse_plan(std::string_view text);

/// Cuts a listing into ranges of about the same work, seeing each key once and keeping some thousand.
class ShardSampler {
 public:
  void add(std::string_view key, std::uint64_t size, const std::vector<std::string>& objects);
  /// Into the plan. Some are empty where there are few keys.
  void cut(int shards, ShardPlan& plan) const;

 private:
  struct Sample {
    std::string key = {};
    std::vector<std::string> objects = {};
    std::uint64_t work = 0;  // Of all keys up to this one; so are the others.
    std::uint64_t count = 0;
    std::uint64_t bytes = 0;
  };
  void thin_out();

  std::vector<Sample> samples_;
  Sample last_;
  std::uint64_t stride_ = 0;
};

}  // namespace cloudkit::inline v0::syncing
