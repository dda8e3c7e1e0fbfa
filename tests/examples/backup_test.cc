#include "program.h"
#include "support/read_file.h"
#include "support/temporary_directory.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace fs = std::filesystem;

TEST_CASE("the example makes a snapshot, and the next one of what changed") {
  const test::TemporaryDirectory directory;
  fs::create_directories(directory.file("bucket/2026"));
  std::ofstream(directory.file("bucket/2026/a")) << "first";
  std::ofstream(directory.file("bucket/b")) << "second";
  const std::string command =
      std::string(BACKUP_PROGRAM) + " file://" + directory.file("bucket") + " " + directory.file("backups");
  auto outcome = examples::run(directory.path(), "", command);
  CHECK(outcome.output.find(": 2 fetched, 0 unchanged, 0 failed\n") == 20);
  CHECK(outcome.exit_code == 0);
  std::ofstream(directory.file("bucket/b")) << "changed";
  outcome = examples::run(directory.path(), "", command);
  CHECK(outcome.output.find(": 1 fetched, 1 unchanged, 0 failed\n") == 20);
  CHECK(::test::read_file(directory.file("backups/latest/b")) == "changed");
}

TEST_CASE("the example's errors end it with cloudkit's codes") {
  const test::TemporaryDirectory directory;
  const auto run = [&](const std::string& arguments) {
    return examples::run(directory.path(), "", std::string(BACKUP_PROGRAM) + " " + arguments);
  };
  CHECK(run("").exit_code == 2);
  CHECK(run("nonsense " + directory.file("backups")).exit_code == 2);
  CHECK(run("file://" + directory.file("nothing") + " " + directory.file("backups")).exit_code == 3);
  fs::create_directory(directory.file("bucket"));
  const std::string good = "file://" + directory.file("bucket") + " " + directory.file("none");
  CHECK(run(good + " --dialy").exit_code == 2);
  CHECK(run("file://" + directory.file("bucket") + " --daily").exit_code == 2);
  CHECK_FALSE(fs::exists(directory.file("none")));
}

TEST_CASE("SIGTERM ends a backup that waits for the next night") {
  const test::TemporaryDirectory directory;
  fs::create_directory(directory.file("bucket"));
  const auto outcome = examples::run_until_sigterm(
      directory.path(), "",
      std::string(BACKUP_PROGRAM) + " file://" + directory.file("bucket") + " " + directory.file("backups") +
          " --daily",
      [](const std::string& output) { return output.find("waiting for the next run") != std::string::npos; });
  CHECK(outcome.exit_code == 130);
  CHECK(outcome.output.find("cancelled") != std::string::npos);
}
