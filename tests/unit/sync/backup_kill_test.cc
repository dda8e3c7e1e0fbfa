#include "support/kills.h"
#include "unit/sync/fixture.h"

#include <cloudkit/local.h>

#include <cstdio>

using namespace cloudkit;
namespace fs = std::filesystem;

namespace {

// In which part of its work the run was that left this.
std::string phase_of(const ::test::WithBackups& with) {
  const auto has = [](const std::string& directory, std::string_view end) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(directory, error)) {
      if (entry.path().filename().string().ends_with(end)) return true;
    }
    return false;
  };
  if (has(with.path(".cloudkit"), ".plan.jsonl.unfinished")) return "listing";
  if (!has(with.directory, ".partial")) return "between";
  if (has(with.path(".cloudkit"), ".manifest.jsonl.unfinished")) return "finishing";
  return has(with.path(".cloudkit"), ".journal") ? "working" : "beginning";
}

}  // namespace

// On a directory, which outlives the program that is killed.
TEST_CASE("a backup that is killed at any moment is whole after the next one") {
  std::mt19937 random(5);
  ::test::WithBackups with;
  ::test::TemporaryDirectory source;
  with.bucket = local::make_file_store(source.path(), {.sync = false}).value().create_bucket("b").value();
  // In full more than a page, and more than one batch of links.
  const int objects = ::test::is_killed_often() ? 2500 : 300;
  for (int i = 0; i < objects; ++i)
    with.bucket
        .put("d" + std::to_string(i % 7) + "/k" + std::to_string(i),
             std::string(static_cast<std::size_t>(i) % 300 * 10, 'x'))
        .value();
  const int rounds = ::test::is_killed_often() ? 200 : 10;
  std::map<std::string, int> phases;
  for (int round = 0; round < rounds; ++round) {
    with.bucket.put("d1/changing", std::to_string(round)).value();
    if (round % 4 == 3) with.bucket.remove("d2/k" + std::to_string(round)).value();
    // At most as late as one run is long.
    ::test::kill_after(std::chrono::microseconds(500 + random() % static_cast<unsigned>(70 * objects)), [&] {
      while (true) static_cast<void>(cloudkit::backup(with.bucket, with.directory, with.options));
    });
    ++phases[phase_of(with)];
    // Whatever was finished before is whole.
    if (round % 5 == 4) {
      for (const auto& snapshot : list_snapshots(with.directory).value_or(std::vector<Snapshot>()))
        with.check_whole(snapshot.name);
      if (fs::exists(with.path(".cloudkit")))
        static_cast<void>(cloudkit::prune(with.directory, {.keep_last = 3}).value());
    }
    if (round % 2 == 1) {
      with.back_up();
      with.check_whole();
    }
  }
  // Where each moment counts, power_loss_test.cc stops at every step.
  for (const auto& [phase, count] : phases) std::printf("killed while %s: %d\n", phase.c_str(), count);
  // It lists and links most of the time; the others are short, and a busy machine may miss one.
  if (::test::is_killed_often()) CHECK((phases["listing"] > 0 && phases.size() > 2));
  const auto last = with.whole_backup();
  with.check_whole();
  CHECK(fs::read_symlink(with.path("latest")) == last.snapshot);
  CHECK(last.objects == with.bucket.list_all().value().size());
}
