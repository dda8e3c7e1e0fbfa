#pragma once

#include <cloudkit/cloud_init.h>

#include "support/program.h"
#include "support/programs.h"
#include "support/read_file.h"
#include "support/temporary_directory.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace test {

/// A directory that stands for a machine: scripts run there by the real /bin/sh, and what would change the machine
/// itself are programs of ours.
class PrefixedMachine {
 public:
  struct Run {
    int exit_code = -1;
    std::string out = {};
    std::string err = {};
  };

  std::string path(const std::string& absolute) const { return directory_.path() + absolute; }
  cloudkit::ScriptOptions options() const { return {.prefix = directory_.path()}; }

  Run run(const cloudkit::CloudInit& steps, const std::string& shell = "sh") const {
    return run_script(steps.script(options()).value(), shell);
  }
  /// `variables` of the environment, for the shell.
  Run run_script(const std::string& script, const std::string& shell = "sh", const std::string& variables = {}) const {
    std::ofstream(aside_.file("script"), std::ios::binary) << script;
    const std::string line =
        shell + " " + aside_.file("script") + " </dev/null >" + aside_.file("out") + " 2>" + aside_.file("err");
    const auto outcome = run_program("HOME=/nonexistent " + variables, "/bin/sh -c '" + line + "'");
    return {outcome.exit_code, ::test::read_file(aside_.file("out")), ::test::read_file(aside_.file("err"))};
  }

  void write(const std::string& absolute, const std::string& content) const {
    std::filesystem::create_directories(std::filesystem::path(path(absolute)).parent_path());
    std::ofstream(path(absolute), std::ios::binary) << content;
  }
  /// A program below usr/bin. `$log` takes what it wants to be remembered.
  void program(const std::string& name, const std::string& lines) const {
    write("/usr/bin/" + name, "#!/bin/sh\nlog=" + path("/calls") + "\n" + lines + "\n");
    std::filesystem::permissions(path("/usr/bin/" + name), std::filesystem::perms::owner_all);
  }
  std::string read(const std::string& absolute) const { return ::test::read_file(path(absolute)); }
  bool has(const std::string& absolute) const { return std::filesystem::exists(path(absolute)); }
  int mode(const std::string& absolute) const {
    return static_cast<int>(std::filesystem::status(path(absolute)).permissions());
  }
  /// What the programs wrote into `$log` since the last call.
  std::string calls() const {
    const std::string all = read("/calls");
    std::filesystem::remove(path("/calls"));
    return all;
  }
  /// Names in a directory, hidden ones too, sorted.
  std::vector<std::string> names(const std::string& absolute) const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(path(absolute)))
      names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end());
    return names;
  }

 private:
  TemporaryDirectory directory_;
  TemporaryDirectory aside_;
};

using Names = std::vector<std::string>;

/// What a run says it did, which its exit code agrees with.
inline cloudkit::StepReport report_of(const PrefixedMachine::Run& run) {
  auto report = cloudkit::parse_report(run.out);
  REQUIRE_MESSAGE(report, run.out << run.err);
  CHECK(run.exit_code == (report->succeeded() ? 0 : 1));
  return *report;
}

/// Of `steps`, run on `machine`.
inline cloudkit::StepReport report(const PrefixedMachine& machine, const cloudkit::CloudInit& steps) {
  const auto run = machine.run(steps);
  auto parsed = cloudkit::parse_report(run.out);
  REQUIRE_MESSAGE(parsed, run.out << run.err);
  return *parsed;
}

}  // namespace test
