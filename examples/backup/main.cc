// backup URL DIR [--daily]: copies a whole bucket into DIR/2026-11-23T01-00-00Z; with --daily on every day at 01:00
// UTC.
#include "run_program.h"

#include <cloudkit/open.h>
#include <cloudkit/sync.h>

#include <iostream>
#include <string>
#include <vector>

namespace {

int back_up(const cloudkit::Bucket& bucket, const std::string& directory) {
  auto report = cloudkit::backup(bucket, directory, {.context = interrupted});
  if (!report) return fail(report.error());
  for (const auto& failure : report->failures) fail(failure.error);
  std::cout << report->snapshot << ": " << report->fetched << " fetched, " << report->linked << " unchanged, "
            << report->failed << " failed" << std::endl;
  return report->failed == 0 ? 0 : 1;
}

int run(std::vector<std::string> words) {
  const bool daily = !words.empty() && words.back() == "--daily";
  if (daily) words.pop_back();
  if (words.size() != 2) return fail({cloudkit::ErrorCode::invalid_argument, "usage: backup URL DIR [--daily]"});
  auto bucket = cloudkit::open_bucket(words[0], {.context = interrupted});
  if (!bucket) return fail(bucket.error());
  if (!daily) return back_up(*bucket, words[1]);
  const auto every_night = cloudkit::daily_at(1, 0).value();
  auto job = [&](cloudkit::TimePoint) { return back_up(*bucket, words[1]), interrupted.check(); };
  auto status = cloudkit::run_on_schedule(every_night, job, interrupted);
  return status ? 0 : fail(status.error());
}

}  // namespace

int main(int argc, char** argv) {
  return run_program([&] { return run({argv + 1, argv + argc}); });
}
