#include "conformance/live/place.h"
#include "support/curl_fetch.h"

#include <cloudkit/testing/conformance.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <string>

// The conformance suite against a real cloud, within a prefix and a budget. CONTRIBUTING.md says how to run it.
namespace {

using namespace cloudkit;

int refuse(const Error& error) {
  std::cerr << "live: " << error << '\n';
  return exit_code(error);
}

testing::ObjectStoreHarness harness_for(const live::Settings& settings, const live::Place& place,
                                        const std::shared_ptr<live::Meter>& meter, const std::string& run) {
  testing::ObjectStoreHarness harness;
  harness.name = place.root.url();
  harness.reduced = !settings.full_size;
  harness.make_bucket = [=] { return place.root.below(run); };
  harness.missing_bucket = [=] { return place.store.bucket(run + "-missing"); };
  if (settings.with_buckets) harness.make_store = [=]() -> Result<ObjectStore> { return place.store; };
  harness.bucket_prefix = run + "-";
  harness.request_count = [=] { return meter->requests(); };
  harness.http_fetch = live::metered(curl_fetch, meter);
  return harness;
}

// How many cases did not pass. Ends early when the cap is reached.
int run_cases(const live::Settings& settings, const testing::ObjectStoreHarness& harness, const live::Meter& meter) {
  int passed = 0, skipped = 0, failed = 0;
  for (const std::string& name : testing::object_store_cases()) {
    const auto& left_out = settings.skipped_cases;
    if (std::find(left_out.begin(), left_out.end(), name) != left_out.end()) {
      std::printf("  skipped: %s: named by CLOUDKIT_LIVE_SKIP\n", name.c_str());
      ++skipped;
      continue;
    }
    const testing::CaseResult result = testing::run(name, harness);
    if (meter.exhausted()) {
      std::printf("FAILED: the cap of requests is reached in the case %s; CLOUDKIT_LIVE_MAX_REQUESTS raises it\n",
                  name.c_str());
      ++failed;
      break;
    }
    if (result.outcome == testing::Outcome::passed) {
      ++passed;
    } else if (result.outcome == testing::Outcome::skipped) {
      std::printf("  skipped: %s: %s\n", name.c_str(), result.text.c_str());
      ++skipped;
    } else {
      std::printf("FAILED: %s: %s\n", name.c_str(), result.text.c_str());
      ++failed;
    }
    std::fflush(stdout);
  }
  std::printf("cases: %d passed, %d skipped, %d failed\n", passed, skipped, failed);
  return failed;
}

Result<int> run_suite(const live::Settings& settings, const live::Place& place,
                      const std::shared_ptr<live::Meter>& meter) {
  const auto others = live::runs_in(place);
  if (!others) return others.error();
  if (!others->empty()) std::printf("%zu earlier runs left something here: --sweep removes it\n", others->size());
  const std::string run = live::new_run_name();
  std::printf("live run %s in %s: %s\n", run.c_str(), place.root.url().c_str(), meter->worst_case().c_str());
  const int failed = run_cases(settings, harness_for(settings, place, meter, run), *meter);
  meter->begin_cleanup();
  const auto left = place.root.below(run).and_then(live::remove_all);
  if (!left) return left.error();
  if (*left > 0) std::printf("%zu objects that cases left were removed\n", *left);
  return failed;
}

}  // namespace

int main(int argc, char** argv) {
  const auto settings = live::read_settings({argv + 1, argv + argc});
  if (!settings) return refuse(settings.error());
  const auto meter = std::make_shared<live::Meter>(settings->max_requests);
  const auto place = live::open_place(*settings, meter);
  if (!place) return refuse(place.error());

  Result<int> failed = 0;
  if (settings->sweep) {
    meter->begin_cleanup();
    if (auto swept = live::sweep(*place, *settings); !swept) failed = swept.error();
  } else {
    failed = run_suite(*settings, *place, meter);
  }
  std::fputs(meter->report().c_str(), stdout);
  if (!failed) return refuse(failed.error());
  return *failed == 0 ? 0 : 1;
}
