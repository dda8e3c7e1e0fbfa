#include "object_store/probe/run.h"

#include <algorithm>
#include <array>

namespace cloudkit::inline v0::object_store {
namespace {

using Keys = std::vector<std::string>;

// In UTF-8 byte order, which is neither that of an alphabet nor that of UTF-16 (the last two).
constexpr std::array<const char*, 6> kSorted = {"l/B", "l/a", "l/a-b", "l/ab", "l/\xEF\xBD\x9E", "l/\xF0\x9F\x92\xBE"};

Result<Keys> fill(ProbeRun& run) {
  // Not in their order.
  for (const std::size_t i : {5U, 0U, 3U, 1U, 4U, 2U}) {
    if (const auto put = run.put(kSorted[i], "x"); !put) return put.error();
  }
  return Keys(kSorted.begin(), kSorted.end());
}

Result<Keys> list(const ProbeRun& run, ListOptions options) {
  options.context = run.context();
  Keys keys;
  for (const auto& entry : run.bucket().list(options)) {
    if (!entry) return entry.error();
    // A store that begins the same page again and again never ends.
    if (keys.size() > 10 * kSorted.size()) break;
    keys.push_back(entry->key);
  }
  return keys;
}

Tried must_be(const Result<Keys>& listed, const Keys& expected, const char* otherwise) {
  // What is listed makes no sense.
  if (!listed && listed.error().code == ErrorCode::unknown) return not_honoured(listed.error().message);
  if (!listed) return answer_of(listed.error());
  return *listed == expected ? Tried{} : not_honoured(otherwise);
}

Tried in_order(ProbeRun& run) {
  const auto keys = fill(run);
  if (!keys) return answer_of(keys.error());
  const auto listed = list(run, {.prefix = "l/"});
  if (listed && *listed != *keys && std::is_permutation(listed->begin(), listed->end(), keys->begin(), keys->end())) {
    return not_honoured("keys come in another order", "what merges two listings, as a sync does, goes wrong here");
  }
  return must_be(listed, *keys, "keys were left out, or others listed");
}

Tried in_pages(ProbeRun& run) {
  const auto keys = fill(run);
  if (!keys) return answer_of(keys.error());
  return must_be(list(run, {.prefix = "l/", .page_size = 2}), *keys,
                 "pages of two keys repeat some, or leave some out");
}

Tried start_after(ProbeRun& run) {
  const auto keys = fill(run);
  if (!keys) return answer_of(keys.error());
  return must_be(list(run, {.prefix = "l/", .start_after = kSorted[2]}), Keys(keys->begin() + 3, keys->end()),
                 "the listing did not begin behind the key");
}

Tried delimiter(ProbeRun& run) {
  for (const char* const key : {"m/a", "m/b/1", "m/b/2", "m/c/1"}) {
    if (const auto put = run.put(key, "x"); !put) return answer_of(put.error());
  }
  return must_be(list(run, {.prefix = "m/", .delimiter = "/"}), {"m/a", "m/b/", "m/c/"},
                 "keys below a prefix were not put together");
}

constexpr Trial kListingTrials[] = {
    {"list in byte order", always, in_order},
    {"list in pages", always, in_pages},
    {"list after a key", always, start_after},
    {"list with delimiter", always, delimiter},
};

}  // namespace

Trials listing_trials() { return kListingTrials; }

}  // namespace cloudkit::inline v0::object_store
