#include "testing/suite.h"

#include "testing/runner.h"

#include <algorithm>
#include <array>

namespace cloudkit::inline v0::testing {
namespace {

// Of `below_prefix`: with characters that a backend may encode twice, or not at all.
constexpr std::string_view kPrefix = "below a+prefix/%41";

const std::vector<CaseEntry>& all_cases() {
  static const auto* const cases = [] {
    auto* const all = new std::vector<CaseEntry>;
    const std::array lists = {basic_cases(),     transfer_cases(), refusal_cases(),     key_cases(),
                              listing_cases(),   paging_cases(),   range_cases(),       condition_cases(),
                              attribute_cases(), copy_cases(),     part_cases(),        resume_cases(),
                              stream_cases(),    change_cases(),   bulk_cases(),        version_cases(),
                              bucket_cases(),    presign_cases(),  concurrency_cases(), budget_cases()};
    for (const CaseList list : lists) all->insert(all->end(), list.begin(), list.end());
    return all;
  }();
  return *cases;
}

const CaseEntry* find_case(std::string_view name) {
  const auto& cases = all_cases();
  const auto found =
      std::find_if(cases.begin(), cases.end(), [&](const CaseEntry& entry) { return entry.name == name; });
  return found == cases.end() ? nullptr : &*found;
}

[[noreturn]] void refuse(const Bucket& bucket, const std::string& what) {
  throw Stop{Outcome::failed, "make_bucket's bucket is not empty: " + bucket.url() + " holds " + what +
                                  ", and nothing of it was removed; give the suite a bucket or a prefix of its own"};
}

// All that is there after a case is removed, so what is there before is somebody else's. Returns whether uploads
// can be seen: who may not list them aborts none.
bool expect_empty(const Bucket& bucket) {
  Listing keys = bucket.list({.page_size = 1});
  if (const auto first = keys.begin(); first != keys.end()) {
    if (!*first) throw Stop{Outcome::failed, "make_bucket's bucket cannot be listed: " + show(first->error())};
    refuse(bucket, show((*first)->key));
  }
  if (!can_list_uploads(bucket)) return false;
  UploadListing uploads = bucket.list_uploads();
  const auto first = uploads.begin();
  if (first != uploads.end() && *first) refuse(bucket, "an upload of " + show((*first)->key));
  return first == uploads.end();
}

Status abort_uploads(const Bucket& bucket) {
  std::vector<UploadEntry> left;
  UploadListing uploads = bucket.list_uploads();
  for (const auto& entry : uploads) {
    if (!entry) return entry.error();
    left.push_back(*entry);
  }
  Status status;
  for (const UploadEntry& entry : left) {
    if (auto aborted = bucket.abort_upload(entry.key, entry.upload); !aborted) status = aborted;
  }
  return status;
}

// What a case leaves costs money on real services, and is in the way of the next case where
// the harness has only one bucket.
Status empty(const Bucket& bucket, bool with_uploads) {
  auto entries = bucket.list_all();
  if (!entries) return entries.error();
  const int threads = entries->size() < 100 ? 1 : 8;
  std::vector<Status> statuses(static_cast<std::size_t>(threads));
  in_threads(threads, [&](int thread) {
    for (auto i = static_cast<std::size_t>(thread); i < entries->size(); i += static_cast<std::size_t>(threads)) {
      if (auto removed = bucket.remove((*entries)[i].key); !removed)
        statuses[static_cast<std::size_t>(thread)] = removed;
    }
  });
  for (const Status& status : statuses) {
    if (!status) return status;
  }
  return with_uploads ? abort_uploads(bucket) : Status();
}

CaseResult run_in_bucket(const CaseEntry& entry, const ObjectStoreHarness& harness) {
  if (!harness.make_bucket) return failed("the harness has no make_bucket");
  CaseResult result;
  CaseResult whole = run_guarded([&] {
    auto bucket = harness.make_bucket();
    if (!bucket) throw Stop{Outcome::failed, "make_bucket failed: " + show(bucket.error())};
    const bool sees_uploads = expect_empty(*bucket);
    result = run_guarded([&] { entry.run(Case(harness, *bucket)); });
    if (auto emptied = empty(*bucket, sees_uploads); !emptied && result.outcome != Outcome::failed) {
      result = failed("what the case left could not be removed afterwards: " + show(emptied.error()));
    }
  });
  return whole.outcome == Outcome::passed ? result : whole;
}

}  // namespace

std::vector<std::string> object_store_cases() {
  std::vector<std::string> names;
  for (const CaseEntry& entry : all_cases()) names.emplace_back(entry.name);
  return names;
}

CaseResult run(std::string_view case_name, const ObjectStoreHarness& harness) {
  const CaseEntry* entry = find_case(case_name);
  if (entry == nullptr) return failed("there is no case of this name");
  const auto exists = [](std::string_view name) { return find_case(name) != nullptr; };
  return run_with_deviations(case_name, harness.known_deviations, harness.occasional_deviations, exists,
                             [&] { return run_in_bucket(*entry, harness); });
}

ObjectStoreHarness below_prefix(ObjectStoreHarness harness) {
  harness.name += ", below a prefix";
  for (auto* make : {&harness.make_bucket, &harness.missing_bucket}) {
    if (!*make) continue;
    *make = [make_whole = std::move(*make)] {
      return make_whole().and_then([](const Bucket& bucket) { return bucket.below(kPrefix); });
    };
  }
  return harness;
}

}  // namespace cloudkit::inline v0::testing
