#pragma once

#include <cloudkit/testing/case_result.h>

#include <doctest/doctest.h>

#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <vector>

/// What the tests of all suites share. A suite is worth what it catches: every flaw, by the case that is named for it.
namespace flaws {

using cloudkit::testing::CaseResult;
using cloudkit::testing::Outcome;

template <class Driver>
using Wrap = std::shared_ptr<Driver> (*)(std::shared_ptr<Driver>);

/// A backend that behaves as its inner one, but for one thing.
template <class Driver>
struct Flaw {
  std::string what;
  Wrap<Driver> wrapper;
  std::string caught_by;
};

/// `harness` makes one of what a flaw's wrapper makes.
template <class Flaws, class HarnessWith>
void check_each_is_caught(const Flaws& all, const HarnessWith& harness) {
  for (const auto& flaw : all) {
    const CaseResult result = run(flaw.caught_by, harness(flaw.wrapper));
    INFO("a backend that ", flaw.what, ", by ", flaw.caught_by, ": ", result.text);
    CHECK(result.outcome == Outcome::failed);
    CHECK(result.text.size() > 20);
  }
}

/// `of_the_handle`: cases that no driver can get wrong.
template <class Flaws>
void check_every_case_fails(const Flaws& all, std::set<std::string> of_the_handle,
                            const std::vector<std::string>& cases) {
  for (const auto& flaw : all) of_the_handle.insert(flaw.caught_by);
  CHECK(of_the_handle == std::set<std::string>(cases.begin(), cases.end()));
  CHECK(cases.size() == of_the_handle.size());  // They are unique.
}

template <class Harness>
void check_all_pass(const std::vector<std::string>& cases, const Harness& harness) {
  for (const std::string& name : cases) {
    const CaseResult result = run(name, harness);
    INFO(name, ": ", result.text);
    CHECK(result.outcome == Outcome::passed);
  }
}

/// `flawed` fails the case, `whole` passes it.
template <class Harness>
void check_known_deviation(const std::string& name, Harness flawed, Harness whole) {
  flawed.known_deviations = whole.known_deviations = {{name, "it keeps them"}};
  CaseResult result = run(name, flawed);
  CHECK(result.outcome == Outcome::skipped);
  CHECK(result.text.starts_with("known deviation: it keeps them"));
  result = run(name, whole);
  CHECK(result.outcome == Outcome::failed);
  CHECK(result.text.starts_with("the deviation is gone"));
}

/// The cases in the table below a heading of docs/backends.md.
inline std::vector<std::string> documented_cases(const std::string& heading) {
  std::vector<std::string> cases;
  std::ifstream in(CLOUDKIT_DOCS "/backends.md");
  bool is_below = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("## ")) is_below = line == heading;
    if (is_below && line.starts_with("| `")) cases.push_back(line.substr(3, line.find('`', 3) - 3));
  }
  return cases;
}

}  // namespace flaws
