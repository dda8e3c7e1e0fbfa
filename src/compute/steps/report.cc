#include <cloudkit/cloud_init.h>

#include "core/encode.h"
#include "core/fail.h"

#include <algorithm>
#include <array>
#include <utility>

namespace cloudkit::inline v0 {
namespace {

constexpr std::string_view kStart = "cloudkit: ";
// More steps than anybody writes.
constexpr std::uint64_t kMost = 1'000'000;

// The words of "cloudkit: 4 ok, 1 changed, 0 skipped, 0 failed, 0 not run", before each of which a number stands.
constexpr std::array<std::string_view, 5> kCounts = {" ok, ", " changed, ", " skipped, ", " failed, ", " not run"};
using Counts = std::array<std::size_t, kCounts.size()>;

std::optional<Counts> parse_counts(std::string_view line) {
  if (!line.starts_with(kStart)) return std::nullopt;
  line.remove_prefix(kStart.size());
  Counts counts = {};
  for (std::size_t i = 0; i < kCounts.size(); ++i) {
    const std::string_view digits = line.substr(0, line.find(' '));
    const auto number = core::parse_u64(digits);
    if (!number || *number > kMost) return std::nullopt;
    line.remove_prefix(digits.size());
    if (!line.starts_with(kCounts[i])) return std::nullopt;
    line.remove_prefix(kCounts[i].size());
    counts[i] = static_cast<std::size_t>(*number);
  }
  if (!line.empty()) return std::nullopt;
  return counts;
}

bool is_first_line(std::string_view line) {
  if (!line.starts_with(kStart)) return false;
  line.remove_prefix(kStart.size());
  if (!line.ends_with(" steps")) return false;
  line.remove_suffix(std::string_view(" steps").size());
  return core::parse_u64(line).has_value();
}

std::optional<std::string_view> after(std::string_view line, std::string_view word) {
  if (!line.starts_with(word)) return std::nullopt;
  return line.substr(word.size());
}

StepProblem problem_of(std::string_view text) {
  const auto colon = text.find(": ");
  if (colon == std::string_view::npos) return {std::string(text), {}};
  return {std::string(text.substr(0, colon)), std::string(text.substr(colon + 2))};
}

void read_line(std::string_view line, StepReport& report) {
  if (const auto name = after(line, "ok ")) {
    report.ok.emplace_back(*name);
  } else if (const auto step = after(line, "changed ")) {
    report.changed.emplace_back(*step);
  } else if (const auto skipped = after(line, "skipped ")) {
    report.skipped.push_back(problem_of(*skipped));
  } else if (const auto failed = after(line, "failed ")) {
    report.failed.push_back(problem_of(*failed));
  }
}

}  // namespace

Result<StepReport> parse_report(std::string_view output) {
  StepReport report;
  std::optional<Counts> counts;
  bool begun = false;
  while (!output.empty()) {
    std::string_view line = output.substr(0, output.find('\n'));
    output.remove_prefix(std::min(line.size() + 1, output.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);  // from a terminal
    if (is_first_line(line)) {
      report = {};
      counts.reset();
      begun = true;
    } else if (auto end = parse_counts(line); end && begun) {
      counts = end;
    } else if (!counts) {
      read_line(line, report);
    }
  }
  if (!counts) {
    return core::fail(ErrorCode::data_loss, "the steps' report has no beginning or no end",
                      "the script was stopped, or its output was cut; run it again");
  }
  const Counts seen = {report.ok.size(), report.changed.size(), report.skipped.size(), report.failed.size(),
                       (*counts)[4]};
  if (seen != *counts) {
    return core::fail(ErrorCode::data_loss, "the steps' report counts other steps than it has",
                      "its output was cut or mixed with another; run the script again");
  }
  report.not_run = static_cast<int>(seen[4]);
  return report;
}

}  // namespace cloudkit::inline v0
