#include "sync/shard_plan.h"

#include "codec/json.h"
#include "core/encode.h"
#include "core/fail.h"
#include "sync/backup_dir.h"
#include "sync/manifest_text.h"

namespace cloudkit::inline v0::syncing {
namespace {

using codec::JsonValue;
using codec::JsonWriter;

// What a request costs, in bytes that travel meanwhile.
constexpr std::uint64_t kWorkOfObject = std::uint64_t{128} << 10;
// A share of 256 is cut to an eighth of itself.
constexpr std::size_t kMostSamples = 4096;
// Keys have up to a thousand bytes, and some are escaped.
constexpr std::size_t kMostText = std::size_t{16} << 20;

// Keys of files may be any bytes.
std::string encoded_key(std::string_view key) { return core::percent_encode(key, core::Slash::keep); }

std::string decoded_key(const JsonValue& json) {
  return core::percent_decode(json.as_string().value_or("")).value_or("");
}

}  // namespace

bool is_empty(const ShardPlan& plan, std::size_t range) {
  return range + 1 < plan.ranges.size() && plan.ranges[range].until <= plan.ranges[range].after;
}

std::string to_text(const ShardPlan& plan) {
  JsonWriter json;
  std::string header = to_line(plan.header);
  header.pop_back();
  json.begin_object().name("snapshot").string(plan.snapshot).name("header").string(header);
  json.name("max_path_size").number(static_cast<std::uint64_t>(plan.max_path_size)).name("ranges").begin_array();
  for (std::size_t i = 0; i < plan.ranges.size(); ++i) {
    const ShardRange& range = plan.ranges[i];
    json.begin_object().name("after").string(encoded_key(range.after));
    json.name("objects").number(range.objects).name("bytes").number(range.bytes).name("above").begin_array();
    for (const std::string& key : plan.above[i]) json.string(encoded_key(key));
    json.end_array().end_object();
  }
  return json.end_array().end_object().finish().value_or("{}") + '\n';
}

Result<ShardPlan> parse_plan(std::string_view text) {
  const auto json = JsonValue::parse(text, {.max_size = kMostText});
  const auto damaged = [] { return core::fail(ErrorCode::data_loss, "the plan of the shards is damaged"); };
  if (!json) return damaged();
  ShardPlan plan;
  plan.snapshot = json->find("snapshot").as_string().value_or("");
  auto header = parse_header(json->find("header").as_string().value_or(""));
  const auto size = json->find("max_path_size").as_u64();
  if (!header || !size || !time_of_snapshot(plan.snapshot)) return damaged();
  plan.header = *std::move(header);
  plan.max_path_size = static_cast<std::size_t>(*size);
  for (const JsonValue& item : json->find("ranges").items()) {
    ShardRange range;
    range.after = decoded_key(item.find("after"));
    range.objects = item.find("objects").as_u64().value_or(0);
    range.bytes = item.find("bytes").as_u64().value_or(0);
    if (!plan.ranges.empty()) plan.ranges.back().until = range.after;
    // Else a shard's keys would be another one's, too.
    if (!plan.ranges.empty() && range.after < plan.ranges.back().after) return damaged();
    plan.ranges.push_back(std::move(range));
    plan.above.emplace_back();
    for (const JsonValue& key : item.find("above").items()) plan.above.back().push_back(decoded_key(key));
  }
  if (plan.ranges.empty() || !plan.ranges.front().after.empty()) return damaged();
  return plan;
}

void ShardSampler::add(std::string_view key, std::uint64_t size, const std::vector<std::string>& objects) {
  last_.key = key;
  last_.objects = objects;
  last_.work += size + kWorkOfObject;
  ++last_.count;
  last_.bytes += size;
  if (!samples_.empty() && last_.work < samples_.back().work + stride_) return;
  samples_.push_back(last_);
  if (samples_.size() > kMostSamples) thin_out();
}

void ShardSampler::thin_out() {
  stride_ = last_.work / (kMostSamples / 2);
  std::size_t kept = 1;
  for (std::size_t i = 1; i < samples_.size(); ++i) {
    if (samples_[i].work < samples_[kept - 1].work + stride_) continue;
    if (kept != i) samples_[kept] = std::move(samples_[i]);
    ++kept;
  }
  samples_.resize(kept);
}

void ShardSampler::cut(int shards, ShardPlan& plan) const {
  plan.ranges.assign(1, {});
  plan.above.assign(1, {});
  const Sample start;
  const Sample* begin = &start;
  std::size_t at = 0;
  for (int shard = 1; shard < shards; ++shard) {
    const auto share = static_cast<std::uint64_t>(static_cast<long double>(last_.work) * shard / shards);
    // The cut is where it is nearest to the share: before or after what goes beyond it.
    while (at < samples_.size() && samples_[at].work <= share) ++at;
    const Sample* end = at > 0 ? &samples_[at - 1] : &start;
    if (at < samples_.size() && samples_[at].work - share < share - end->work) end = &samples_[at];
    if (end->work < begin->work) end = begin;
    plan.ranges.back().objects = end->count - begin->count;
    plan.ranges.back().bytes = end->bytes - begin->bytes;
    plan.ranges.back().until = end->key;
    plan.ranges.push_back({end->key, {}, 0, 0});
    plan.above.push_back(end->objects);
    begin = end;
  }
  plan.ranges.back().objects = last_.count - begin->count;
  plan.ranges.back().bytes = last_.bytes - begin->bytes;
}

}  // namespace cloudkit::inline v0::syncing
