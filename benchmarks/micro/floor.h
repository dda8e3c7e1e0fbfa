#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// Absolute figures drift with the machine's load; the ratio of two cases that ran in turns
/// within one program holds. So every benchmark has a floor, and its goal is a ratio to it.
namespace cloudkit::bench {

/// A reporter that also prints each case's speed relative to the case named `floor`, by the
/// median of the repetitions. Use with --benchmark_enable_random_interleaving=true.
class FloorReporter : public benchmark::ConsoleReporter {
 public:
  explicit FloorReporter(std::string floor) : ConsoleReporter(OO_Tabular), floor_(std::move(floor)) {}

  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      const bool counts = run.run_type == Run::RT_Iteration || run.aggregate_name == "median";
      if (counts && !run.error_occurred) add(run);
    }
    ConsoleReporter::ReportRuns(runs);
  }

  void Finalize() override {
    ConsoleReporter::Finalize();
    const double floor = median(floor_);
    if (floor <= 0) return;
    std::printf("\nspeed relative to %s (median of CPU time):\n", floor_.c_str());
    for (const Case& one : cases_) std::printf("  %-40s %6.2f\n", one.name.c_str(), floor / median(one.name));
  }

 private:
  struct Case {
    std::string name;
    std::vector<double> times;
  };

  void add(const Run& run) {
    const std::string& name = run.run_name.function_name;
    auto place = std::find_if(cases_.begin(), cases_.end(), [&](const Case& one) { return one.name == name; });
    if (place == cases_.end()) place = cases_.insert(cases_.end(), Case{name, {}});
    place->times.push_back(run.GetAdjustedCPUTime());
  }

  double median(std::string_view name) const {
    for (const Case& one : cases_) {
      if (one.name != name) continue;
      std::vector<double> times = one.times;
      std::nth_element(times.begin(), times.begin() + times.size() / 2, times.end());
      return times[times.size() / 2];
    }
    return 0;
  }

  std::string floor_;
  std::vector<Case> cases_;
};

}  // namespace cloudkit::bench
