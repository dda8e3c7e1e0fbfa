#include "object_store/diagnose.h"

#include "core/finding.h"
#include "object_store/probe/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>

namespace cloudkit::inline v0::object_store {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::steady_clock;

constexpr std::chrono::seconds kSlow{1};
constexpr std::chrono::seconds kCleanup{5};

std::string milliseconds(steady_clock::duration time) {
  const double value = static_cast<double>(duration_cast<microseconds>(time).count()) / 1000;
  return value < 10 ? fmt::format("{:.1f} ms", value) : fmt::format("{:.0f} ms", value);
}

Finding answered(std::string text, steady_clock::duration time) {
  Finding finding{"access", Verdict::ok, fmt::format("{} (asked in {})", text, milliseconds(time)), {}};
  if (time <= kSlow) return finding;
  finding.verdict = Verdict::warn;
  finding.hint = "more than a second: is the region far away, or the network slow?";
  return finding;
}

struct Promise {
  const char* topic;
  bool Capabilities::* kept;
  const char* otherwise;
};

constexpr Promise kPromises[] = {
    {"put if absent", &Capabilities::put_if_absent, "locks and create-once need another store"},
    {"put if match", &Capabilities::put_if_match, "two writers can overwrite each other"},
    {"conditional get", &Capabilities::conditional_get, "get_if_changed always fails"},
    {"remove if match", &Capabilities::remove_if_match, "a removal may hit a newer object"},
    {"copy if absent", &Capabilities::copy_if_absent,
     "a copy may replace an object; `cloudkit cp` gets and puts instead"},
    {"presigned URLs", &Capabilities::presign, "hand objects out by a program of your own"},
};

// A condition that was tried, as the doctor says it.
Finding finding_of(Behaviour tried) {
  Finding finding{std::move(tried.name), Verdict::warn, std::move(tried.text), std::move(tried.hint)};
  if (tried.answer == Answer::honoured) {
    finding.verdict = Verdict::ok;
    finding.text = "tried, and kept";
  } else if (tried.answer == Answer::not_honoured) {
    finding.verdict = Verdict::fail;
    finding.text.insert(0, "tried, and ");
  }
  return finding;
}

}  // namespace

Finding check_access(ObjectStoreDriver& store, std::string_view bucket, const Context& context) {
  const auto begun = steady_clock::now();
  if (bucket.empty()) {
    const auto page = store.list_buckets_page({}, {context});
    if (!page) {
      // Who may use a bucket need not be allowed to list them all.
      const bool refused = page.error().code == ErrorCode::permission_denied;
      return core::finding_of("access", page.error(), refused ? Verdict::warn : Verdict::fail);
    }
    const std::size_t count = page->entries.size();
    const char* const more = page->next_page_token.empty() ? "" : " and more";
    return answered(fmt::format("{} bucket{}{}", count, count == 1 ? "" : "s", more), steady_clock::now() - begun);
  }
  const auto exists = store.bucket_exists(bucket, {context});
  if (!exists.has_value()) return core::finding_of("access", exists.error());
  if (*exists) return answered(fmt::format("the bucket \"{}\" is there", bucket), steady_clock::now() - begun);
  return {"access", Verdict::fail, fmt::format("there is no bucket \"{}\"", bucket),
          "check its name and the endpoint, or make it: cloudkit mb"};
}

std::vector<Finding> list_promises(const Capabilities& capabilities) {
  std::vector<Finding> findings;
  for (const Promise& promise : kPromises) {
    if (capabilities.*promise.kept) {
      findings.push_back({promise.topic, Verdict::ok, "yes", {}});
    } else {
      findings.push_back(
          {promise.topic, Verdict::warn, "no: such a call is refused as unsupported", promise.otherwise});
    }
  }
  return findings;
}

std::vector<Finding> try_promises(std::shared_ptr<BucketDriver> driver, const std::string& prefix,
                                  const Context& context) {
  const Capabilities capabilities = driver->capabilities();
  ProbeRun run(std::move(driver), prefix, "cloudkit-doctor", context);
  const auto put = run.put(kObject, kBytes);
  std::vector<Finding> findings;
  if (put) {
    findings.push_back({"write", Verdict::ok, "an object was put", {}});
    std::vector<Trial> promised;
    for (const Trial& trial : condition_trials()) {
      if (trial.promised(capabilities)) promised.push_back(trial);
    }
    auto tried = try_all(run, promised, capabilities);
    if (!tried) findings.push_back(core::finding_of("conditions", tried.error()));
    if (tried) std::transform(tried->begin(), tried->end(), std::back_inserter(findings), finding_of);
  } else {
    findings.push_back(core::finding_of("write", put.error()));
  }
  for (const std::string& key : run.clean_up(kCleanup)) {
    findings.push_back({"remove", Verdict::fail, fmt::format("the object {} was left there", key), {}});
  }
  return findings;
}

}  // namespace cloudkit::inline v0::object_store
