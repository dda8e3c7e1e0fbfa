// backup URL DIR [--daily]: copies a whole bucket into DIR/2026-11-23T01-00-00Z; with --daily on every day at 01:00
// UTC.
#include <cloudkit/open.h>
#include <cloudkit/sync.h>

#include <csignal>
#include <iostream>

namespace {

const cloudkit::Context interrupted = cloudkit::Context::cancellable();

int fail(const cloudkit::Error& error) {
  std::cerr << error << '\n';
  return cloudkit::exit_code(error.code);
}

int back_up(const cloudkit::Bucket& bucket, const std::string& directory) {
  auto report = cloudkit::backup(bucket, directory, {.context = interrupted});
  if (!report) return fail(report.error());
  for (const auto& failure : report->failures) fail(failure.error);
  std::cout << report->snapshot << ": " << report->fetched << " fetched, " << report->linked << " unchanged, "
            << report->failed << " failed" << std::endl;
  return report->failed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4) return fail({cloudkit::ErrorCode::invalid_argument, "usage: backup URL DIR [--daily]"});
  std::signal(SIGINT, [](int) { interrupted.cancel(); });
  auto bucket = cloudkit::open_bucket(argv[1]);
  if (!bucket) return fail(bucket.error());
  if (argc == 3) return back_up(*bucket, argv[2]);
  const auto every_night = cloudkit::daily_at(1, 0).value();
  auto job = [&](cloudkit::TimePoint) { return back_up(*bucket, argv[2]), interrupted.check(); };
  auto status = cloudkit::run_on_schedule(every_night, job, interrupted);
  return status ? 0 : fail(status.error());
}
