#include "support/soon.h"
#include "tools/s3_server.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include <array>
#include <csignal>
#include <ctime>

using namespace test;
namespace fs = std::filesystem;

namespace {

struct WithBackups : Program {
  WithBackups() {
    write("bucket/2026/a", "bytes of a");
    write("bucket/b", "b");
    write("bucket/cache/c.tmp", "c");
  }
  Outcome backup(Words more = {}) {
    Words words{"backup", url("bucket"), "backups"};
    words.insert(words.end(), more.begin(), more.end());
    return run(words);
  }
  nlohmann::json total(const Outcome& outcome) {
    const std::size_t line = outcome.out.rfind("{\"total\"");
    REQUIRE(line != std::string::npos);
    return nlohmann::json::parse(outcome.out.substr(line))["total"];
  }
};

}  // namespace

TEST_CASE_FIXTURE(WithBackups, "backup, again, verify, restore: as a user does it") {
  const auto first = backup();
  CHECK(first.exit_code == 0);
  CHECK(contains(first.out, "fetched 2026/a (10 bytes)\n"));
  CHECK(contains(
      first.out,
      ": 3 objects fetched, 12 bytes; 0 unchanged, 0 from an earlier run, 0 vanished, 0 excluded, 0 failed\n"));
  CHECK(read("work/backups/latest/2026/a") == "bytes of a");

  write("bucket/b", "changed");
  const auto second = total(backup({"--json"}));
  CHECK(second["fetched"] == 1);
  CHECK(second["unchanged"] == 2);
  CHECK(second["finished"] == true);

  const auto verified = run({"verify", "--all", "backups"});
  CHECK(verified.exit_code == 0);
  CHECK(contains(verified.out, ": 3 objects, 18 bytes: as they were backed up\n"));

  const auto restored = run({"restore", "--exclude", "*.tmp", "backups", "./back"});
  CHECK(restored.exit_code == 0);
  CHECK(contains(restored.out, "restored 2 objects, 17 bytes, of " + second["snapshot"].get<std::string>()));
  CHECK(tree("work/back") == "2026/\n2026/a\nb\n");
  CHECK(read("work/back/b") == "changed");

  const auto pruned = run({"prune", "--keep-last", "1", "backups"});
  CHECK(contains(pruned.out, "removed 1 snapshot; 1 kept, 0 failed\n"));
}

TEST_CASE_FIXTURE(WithBackups,
                  "a URL is no directory for snapshots: it is refused, and no directory of that name is made") {
  for (const char* to : {"s3://backups/reports", "gs://backups", "mem://backups"}) {
    const auto refused = run({"backup", url("bucket"), to});
    CHECK(refused.exit_code == 2);
    CHECK(refused.err == std::string("invalid_argument: ") + to +
                             " is a URL, and the path of a directory is needed\n  hint: a backup into a bucket is made "
                             "of shards: --shard 1/1 --run NAME\n");
  }
  for (const char* print : {"--print-systemd", "--print-cron"}) {
    const auto refused = run({"backup", "--daily-at", "01:00", print, url("bucket"), "s3://backups"});
    CHECK(refused.exit_code == 2);
    CHECK(refused.out.empty());
    CHECK(contains(refused.err, "s3://backups is a URL"));
  }
  CHECK(run({"backup", "--daily-at", "01:00", url("bucket"), "s3://backups"}).exit_code == 2);
  CHECK(run({"backup", "-n", url("bucket"), "s3://backups"}).exit_code == 2);
  const auto file = run({"backup", url("bucket"), url("backups")});
  CHECK(file.exit_code == 2);
  CHECK(contains(file.err, "\n  hint: write the path alone, without file://\n"));
  const auto pruned = run({"prune", "--keep-last", "1", "s3://backups/reports"});
  CHECK(pruned.exit_code == 2);
  CHECK(contains(pruned.err,
                 "s3://backups/reports is a URL, and the path of a directory is needed\n  hint: in a bucket "
                 "remove a snapshot by name: cloudkit rm -r URL/SNAPSHOT, and its manifest\n"));
  CHECK(run({"prune", "--keep-last", "1", url("backups")}).exit_code == 2);
  CHECK(tree("work").empty());
  CHECK_FALSE(fs::exists(path("backups")));
}

TEST_CASE_FIXTURE(WithBackups,
                  "where there is no finished snapshot, verify --all is not content, as plain verify is not") {
  for (const char* all : {"", "--all"}) {
    CAPTURE(all);
    fs::create_directory(path("work/backups"));
    Words words{"verify", "backups"};
    if (*all != '\0') words.emplace_back(all);
    CHECK(run(words).exit_code == 3);
    CHECK(backup().exit_code == 0);
    CHECK(run(words).exit_code == 0);
    const std::string snapshot = fs::read_symlink(path("work/backups/latest")).string();
    fs::remove(path("work/backups/.cloudkit/" + snapshot + ".manifest.jsonl"));
    fs::rename(path("work/backups/" + snapshot), path("work/backups/" + snapshot + ".partial"));
    const auto partial = run(words);
    CHECK(partial.exit_code == 3);
    CHECK(contains(partial.err, "not_found: there is no finished snapshot in backups"));
    fs::remove_all(path("work/backups"));
  }
}

TEST_CASE_FIXTURE(WithBackups, "verify takes --all or --snapshot, not both") {
  CHECK(backup().exit_code == 0);
  const std::string snapshot = fs::read_symlink(path("work/backups/latest")).string();
  CHECK(run({"verify", "--snapshot", snapshot, "backups"}).exit_code == 0);
  const auto both = run({"verify", "--all", "--snapshot", snapshot, "backups"});
  CHECK(both.exit_code == 2);
  CHECK(contains(both.err, "invalid_argument: --all and --snapshot exclude each other\n  hint: "));
}

TEST_CASE_FIXTURE(WithBackups, "what was changed in a snapshot is found, and ends with 6") {
  CHECK(backup().exit_code == 0);
  const std::string snapshot = fs::read_symlink(path("work/backups/latest")).string();
  fs::permissions(path("work/backups/latest/b"), fs::perms::owner_all);
  write("work/backups/" + snapshot + "/b", "x");
  const auto verified = run({"verify", "backups"});
  CHECK(verified.exit_code == 6);
  CHECK(contains(verified.err, "verify backups/" + snapshot + "/b: data_loss: the file's bytes have changed"));
  CHECK(contains(verified.out, ": 1 wrong\n"));
  CHECK(total(run({"verify", "--json", "backups"}))["failed"] == 1);
  // Its bytes are not given away for the object's.
  CHECK(run({"restore", "backups", "./back"}).exit_code == 1);
  write("work/backups/.cloudkit/" + snapshot + ".manifest.jsonl", "{}\n");
  CHECK(run({"verify", "backups"}).exit_code == 6);
}

TEST_CASE_FIXTURE(WithBackups, "a second run ends with 5 and says who is there") {
  CHECK(backup().exit_code == 0);
  const int lock = ::open(path("work/backups/.cloudkit/lock").c_str(), O_RDONLY | O_CLOEXEC);
  REQUIRE(::flock(lock, LOCK_EX | LOCK_NB) == 0);
  const auto refused = backup();
  ::close(lock);
  CHECK(refused.exit_code == 5);
  CHECK(contains(refused.err, "another backup or prune of it is running: process "));
  CHECK(contains(refused.err, "\n  hint: wait for its end"));
}

TEST_CASE_FIXTURE(WithBackups, "rules are taken in the order in which they are given") {
  auto outcome = total(backup({"--json", "--include", "cache/", "--exclude", "*.tmp", "--exclude", "/b"}));
  CHECK(outcome["objects"] == 2);
  CHECK(outcome["excluded"] == 1);
  outcome = total(backup({"--json", "--exclude", "*.tmp", "--include", "cache/"}));
  CHECK(outcome["objects"] == 2);
  CHECK(tree("work/backups/" + outcome["snapshot"].get<std::string>()) == "2026/\n2026/a\nb\n");
}

TEST_CASE_FIXTURE(WithBackups, "a dry run says what it would do, and writes nothing") {
  const auto outcome = backup({"-n"});
  CHECK(contains(outcome.out, "would fetch 2026/a (10 bytes)\n"));
  CHECK(contains(outcome.out, "would make 20"));
  CHECK(tree("work").empty());
}

TEST_CASE_FIXTURE(WithBackups, "schedules for systemd and cron") {
  const auto units = run({"backup", "--daily-at", "01:05", "--time-zone", "Europe/Berlin", "--print-systemd",
                          "--exclude", "50%", "s3://reports?region=eu-west-1", "/backups"});
  CHECK(units.exit_code == 0);
  CHECK(contains(units.out, "OnCalendar=*-*-* 01:05:00 Europe/Berlin\nPersistent=true\n"));
  CHECK(contains(units.out, "\" \"backup\" \"--exclude=50%%\" \"s3://reports?region=eu-west-1\" \"/backups\"\n"));
  CHECK(contains(units.out, "\nEnvironment=HOME=%h\n"));  // Where profiles are; systemd sets none for root.
  const auto cron = run({"backup", "--daily-at", "01:05", "--print-cron", "--exclude", "50%", "s3://reports", "/it's"});
  CHECK(cron.out.starts_with("# Debian's and Ubuntu's cron ignores CRON_TZ: "));
  CHECK(contains(cron.out, "\nCRON_TZ=UTC\n5 1 * * * '/"));
  CHECK(contains(cron.out, "'backup' '--exclude=50'\\%'' 's3://reports' '/it'\\''s'\n"));
  CHECK(run({"backup", "--daily-at", "1:60", "s3://reports", "/b"}).exit_code == 2);
  CHECK(run({"backup", "--daily-at", "1", "s3://reports", "/b"}).exit_code == 2);
  CHECK(run({"backup", "--print-cron", "s3://reports", "/b"}).exit_code == 2);
  for (const char* print : {"--print-systemd", "--print-cron"}) {
    const auto broken = run({"backup", "--daily-at", "01:05", print, "s3://reports", "/b\nExecStart=/evil"});
    CHECK(contains(broken.err, "/b\\x0aExecStart=/evil holds a line break"));
    CHECK(broken.out.empty());
    CHECK(broken.exit_code == 2);
  }
  CHECK(run({"backup", "--daily-at", "01:00", "--time-zone", "Nowhere/There", "s3://reports", "/b"}).exit_code != 0);
}

TEST_CASE_FIXTURE(WithBackups, "a schedule waits, and is ended by Ctrl-C") {
  const std::time_t later = std::time(nullptr) + 12 * 3600;
  std::array<char, 6> at{};
  std::strftime(at.data(), at.size(), "%H:%M", std::gmtime(&later));
  const pid_t pid = start({"backup", "--daily-at", at.data(), "--time-zone", "UTC", url("bucket"), "backups"});
  // Once it says that it waits it knows what the signal means.
  CHECK(soon([&] { return contains(read("err"), "the next backup is at 20"); }));
  REQUIRE(::kill(pid, SIGINT) == 0);
  const auto outcome = finish(pid);
  CHECK(outcome.exit_code == 130);
  CHECK(contains(outcome.err, "the next backup is at 20"));
  CHECK(tree("work").empty());
}

TEST_CASE_FIXTURE(WithBackups, "sync makes a directory like another one") {
  auto outcome = run({"sync", url("bucket"), "./copy"});
  CHECK(outcome.exit_code == 0);
  CHECK(contains(outcome.out, "copied 2026/a (10 bytes)\n"));
  CHECK(contains(outcome.out, "copied 3 objects, 12 bytes; 0 unchanged, 0 removed, 0 excluded, 0 failed\n"));
  CHECK(tree("work/copy") == tree("bucket"));
  fs::remove(path("bucket/b"));
  CHECK(total(run({"sync", "--json", url("bucket"), "./copy"}))["removed"] == 0);
  outcome = run({"sync", "--delete", "-n", url("bucket"), "./copy"});
  CHECK(contains(outcome.out, "would remove b (1 byte)\n"));
  outcome = run({"sync", "--delete", "--json", url("bucket"), "./copy"});
  CHECK(contains(outcome.out, "{\"removed\":\"b\",\"size\":1}\n"));
  CHECK(tree("work/copy") == tree("bucket"));
  fs::remove_all(path("bucket/2026"));
  fs::remove_all(path("bucket/cache"));
  outcome = run({"sync", "--delete", url("bucket"), "./copy"});
  CHECK(outcome.exit_code == 1);
  CHECK(contains(outcome.err, "2 of 2 objects would be removed, which is more than half"));
  CHECK(contains(outcome.err, "if so, set remove_most: cloudkit sync --delete-most"));
  outcome = run({"sync", "--delete-most", url("bucket"), "./copy"});
  CHECK(contains(outcome.err, "--delete-most needs --delete"));
  CHECK(outcome.exit_code == 2);
  CHECK(run({"sync", "--delete", "--delete-most", url("bucket"), "./copy"}).exit_code == 0);
  CHECK(run({"sync", url("bucket"), url("bucket/2026")}).exit_code == 2);
  CHECK(run({"sync", "--checksum", "--size-only", url("bucket"), "./copy"}).exit_code == 2);
  CHECK(run({"sync", "--exclude", "[", url("bucket"), "./copy"}).exit_code == 2);
}

TEST_CASE_FIXTURE(WithBackups, "a dry run takes a directory that would be made for an empty one") {
  REQUIRE(backup().exit_code == 0);
  auto outcome = run({"sync", "-n", url("bucket"), "./new/copy"});
  CHECK(contains(outcome.out, "would have copied 3 objects, 12 bytes; 0 unchanged, 0 removed"));
  CHECK(outcome.exit_code == 0);
  CHECK(total(run({"sync", "-n", "--json", "--delete", path("bucket"), path("bucket-2")}))["copied"] == 3);
  outcome = run({"restore", "-n", "backups", "./new"});
  CHECK(contains(outcome.out, "would have restored 3 objects, 12 bytes"));
  CHECK(outcome.exit_code == 0);
  CHECK_FALSE(fs::exists(path("work/new")));
  CHECK(contains(run({"sync", "-n", "./new", url("bucket")}).err, "./new is no directory"));
}

TEST_CASE_FIXTURE(WithBackups, "what of a directory is no object is said, by backup and by sync, and is no failure") {
  fs::create_symlink("b", path("bucket/link"));
  REQUIRE(::mkfifo(path("bucket/queue").c_str(), 0600) == 0);
  const auto first = backup();
  CHECK(contains(first.err, "skipped link: a symbolic link is no object\n"));
  CHECK(contains(first.err, "skipped queue: a FIFO is no object\n"));
  CHECK(contains(first.out, " 0 excluded, 0 failed, 2 passed over\n"));
  CHECK(first.exit_code == 0);
  CHECK(total(backup({"--json", "--exclude", "/link"}))["passed_over"] == 1);
  const auto synced = run({"sync", url("bucket"), "./copy"});
  CHECK(contains(synced.err, "skipped link: a symbolic link is no object\n"));
  CHECK(contains(synced.out, " 0 excluded, 0 failed, 2 passed over\n"));
  CHECK(synced.exit_code == 0);
}

namespace {

struct WithoutBucket : ProgramWithServer {
  WithoutBucket() {
    write("site/a", "a");
    server.always(error_reply(404, "NoSuchBucket", "The specified bucket does not exist"));
  }
};

}  // namespace

TEST_CASE_FIXTURE(WithoutBucket,
                  "a missing bucket to sync or restore to is made by cloudkit mb; of a missing source none is") {
  REQUIRE(run({"backup", url("site"), "backups"}).exit_code == 0);
  for (const Words& words : {Words{"restore", "backups", s3("again")}, {"sync", "../site", s3("again")}}) {
    const auto outcome = run(words);
    CHECK(contains(outcome.err, "NoSuchBucket (404)"));
    CHECK(contains(outcome.err, "\n  hint: make it: cloudkit mb\n"));
    CHECK(outcome.exit_code == 3);
  }
  const auto outcome = run({"sync", s3("gone"), url("site")});
  CHECK(contains(outcome.err, "NoSuchBucket (404)"));
  CHECK_FALSE(contains(outcome.err, "cloudkit mb"));
}
