#include "conformance/live/place.h"

#include "aws/s3/client.h"
#include "aws/s3/store_driver.h"
#include "core/fail.h"

#include <fmt/format.h>

#include <cstdio>

namespace live {
namespace {

using cloudkit::Bucket;
using cloudkit::Error;
using cloudkit::Result;
using cloudkit::Status;

bool is_old(std::chrono::system_clock::time_point begun, const Settings& settings) {
  return std::chrono::system_clock::now() - begun >= settings.older_than;
}

// Of a bucket that a run made: "RUN-…".
std::optional<std::chrono::system_clock::time_point> time_of_bucket(std::string_view name) {
  static const std::size_t size = new_run_name().size();
  return name.size() > size && name[size] == '-' ? time_of_run(name.substr(0, size)) : std::nullopt;
}

Status sweep_buckets(const Place& place, const Settings& settings) {
  const auto buckets = place.store.list_buckets();
  if (!buckets) return buckets.error();
  for (const auto& entry : *buckets) {
    const auto begun = time_of_bucket(entry.name);
    if (!begun || !is_old(*begun, settings)) continue;
    const auto removed = place.store.bucket(entry.name).and_then(remove_all);
    if (!removed) return removed.error();
    if (auto deleted = place.store.delete_bucket(entry.name); !deleted) return deleted;
    std::printf("sweep: the bucket %s with %zu objects removed\n", entry.name.c_str(), *removed);
  }
  return {};
}

}  // namespace

Result<Place> open_place(const Settings& settings, const std::shared_ptr<Meter>& meter) {
  cloudkit::aws::s3::ClientParts parts;
  parts.transport = std::make_shared<MeteredTransport>(http::make_curl_transport(settings.options.transport), meter);
  auto client = std::make_shared<cloudkit::aws::s3::S3Client>(settings.options, std::move(parts));
  const cloudkit::ObjectStore store(std::make_shared<cloudkit::aws::s3::S3StoreDriver>(std::move(client)));
  return store.bucket(settings.bucket)
      .and_then([&](const Bucket& bucket) { return bucket.below(settings.prefix); })
      .map([&](const Bucket& root) { return Place{store, root}; });
}

Result<std::vector<std::string>> runs_in(const Place& place) {
  cloudkit::ListOptions options;
  options.delimiter = "/";
  std::vector<std::string> runs;
  for (const auto& entry : place.root.list(options)) {
    if (!entry) return entry.error();
    const std::string_view name = std::string_view(entry->key).substr(0, entry->key.find('/'));
    if (!entry->is_prefix || !time_of_run(name)) {
      return cloudkit::core::invalid_argument(
          fmt::format("{} is not a prefix of live runs alone: it holds \"{}\"", place.root.url(), entry->key),
          "give CLOUDKIT_LIVE_S3 an empty prefix");
    }
    runs.emplace_back(name);
  }
  return runs;
}

Result<std::size_t> remove_all(const Bucket& bucket) {
  std::size_t count = 0;
  for (const auto& entry : bucket.list()) {
    if (!entry) return entry.error();
    if (auto removed = bucket.remove(entry->key); !removed) return removed.error();
    ++count;
  }
  return count;
}

Status sweep(const Place& place, const Settings& settings) {
  const auto runs = runs_in(place);
  if (!runs) return runs.error();
  for (const std::string& run : *runs) {
    if (!is_old(*time_of_run(run), settings)) {
      std::printf("sweep: %s is left alone, it may be running\n", run.c_str());
      continue;
    }
    const auto removed = place.root.below(run).and_then(remove_all);
    if (!removed) return removed.error();
    std::printf("sweep: %s with %zu objects removed\n", run.c_str(), *removed);
  }
  if (settings.with_buckets) return sweep_buckets(place, settings);
  return {};
}

}  // namespace live
