#include "tools/pipe.h"
#include "support/soon.h"
#include "support/varied_bytes.h"
#include "tools/s3_server.h"

#include <nlohmann/json.hpp>

#include <signal.h>
#include <unistd.h>

using namespace test;
namespace fs = std::filesystem;

namespace {

struct WithServer : ProgramWithServer {
  std::string source() const { return s3("bucket/key"); }
  void reply_and_stall() {
    server.always(
        {faults::send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\nETag: \"e\"\r\n\r\n" + std::string(5000, 'x')),
         faults::stall()});
  }
};

}  // namespace

TEST_CASE_FIXTURE(WithBucket, "all byte values pass through pipes, few and many") {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{100'000}, std::size_t{9'000'000}}) {
    write("work/from", varied_bytes(size));
    const auto outcome = shell("cat from | cloudkit cp - " + url("bucket/a") + " && cloudkit cat " + url("bucket/a") +
                               " | cmp - from && cloudkit cp " + url("bucket/a") + " - | cmp - from");
    CHECK(outcome.err == "");
    CHECK(outcome.exit_code == 0);
    CHECK(read("bucket/a").size() == size);
    CHECK(left_over() == "");
  }
}

TEST_CASE_FIXTURE(WithBucket, "standard input that is a file is read as it is") {
  CHECK(run({"cp", "-", url("bucket/a")}, "from a file").exit_code == 0);
  CHECK(read("bucket/a") == "from a file");
}

TEST_CASE_FIXTURE(WithBucket, "cat writes several, and parts") {
  write("bucket/a", "0123456789");
  write("bucket/b", "abc");
  CHECK(run({"cat", url("bucket/a"), url("bucket/b")}).out == "0123456789abc");
  CHECK(run({"cat", "--range", "2-4", url("bucket/a")}).out == "234");
  CHECK(run({"cat", "--range", "8-", url("bucket/a")}).out == "89");
  CHECK(run({"cat", "--range", "-3", url("bucket/a")}).out == "789");
  const auto others = run({"cat", url("bucket/a"), url("bucket/nothing"), url("bucket/b")});
  CHECK(others.out == "0123456789abc");
  CHECK(contains(others.err, "bucket/nothing: "));
  CHECK(others.exit_code == 1);
  const auto outcome = run({"cat", "--range", "10-", url("bucket/a")});
  CHECK(contains(outcome.err, "download " + url("bucket/a") + ": invalid_argument: "));
  CHECK(outcome.exit_code == 2);
}

TEST_CASE_FIXTURE(WithBucket, "a reader that has enough ends the program as it ends any filter") {
  write("bucket/a", varied_bytes(2'000'000));
  auto outcome = shell("{ cloudkit cat " + url("bucket/a") + "; echo $? >../rc; } | head -c 5 | wc -c");
  CHECK(std::stoi(outcome.out) == 5);
  CHECK(outcome.err == "");
  CHECK(read("rc") == "141\n");

  // More than a pipe holds.
  for (int i = 0; i < 500; ++i) write("bucket/many/" + std::to_string(i) + std::string(200, '-'), "");
  outcome = shell("{ cloudkit ls " + url("bucket/many") + "; echo $? >../rc; } | head -n 1");
  CHECK(outcome.err == "");
  CHECK(read("rc") == "141\n");
}

TEST_CASE_FIXTURE(WithBucket, "a copy whose reports nobody reads stops and leaves no half of anything") {
  for (int i = 0; i < 300; ++i) write("work/many/" + std::to_string(i), "content");
  const auto outcome = shell("{ cloudkit cp -r many " + url("bucket") + "; echo $? >../rc; } | true");
  CHECK(outcome.err == "");
  CHECK(read("rc") == "141\n");
  for (const auto& entry : fs::directory_iterator(path("bucket"))) CHECK(fs::file_size(entry) == 7);
  CHECK_FALSE(contains(tree("bucket"), ".ck-tmp"));
}

TEST_CASE_FIXTURE(WithBucket, "a full disk behind standard output is an error") {
  write("bucket/a", "content");
  for (const char* command : {"cat ", "ls "}) {
    const auto outcome = shell(std::string("cloudkit ") + command + url("bucket/a") + " >/dev/full");
    CHECK(outcome.err == "io: write standard output: No space left on device\n");
    CHECK(outcome.exit_code == 1);
    const auto json = shell(std::string("cloudkit --json ") + command + url("bucket/a") + " >/dev/full");
    CHECK(nlohmann::json::parse(json.err).at("error")["message"] == "write standard output: No space left on device");
    CHECK(json.exit_code == 1);
  }
}

TEST_CASE_FIXTURE(WithServer, "Ctrl-C in a download leaves nothing, and exits with 130") {
  reply_and_stall();
  for (const Words& words :
       {Words{"cp", source(), "a"}, Words{"cp", "--if-absent", source(), "a"}, Words{"cat", source()}}) {
    const std::size_t before = server.requests().size();
    const pid_t pid = start(words);
    const bool waits_for_file = words[0] == "cp";
    CHECK(soon([&] {
      if (server.requests().size() == before) return false;
      return waits_for_file ? contains(tree("work"), ".ck-tmp-") : !read("out").empty();
    }));
    ::kill(pid, SIGINT);
    const auto outcome = finish(pid);
    CHECK(contains(outcome.err, "download s3://bucket/key: cancelled"));
    CHECK(outcome.exit_code == 130);
    CHECK(tree("work") == "");
  }
}

TEST_CASE_FIXTURE(WithServer, "SIGTERM in a copy of many leaves nothing half-written") {
  server.then(list_reply({"key"}));
  reply_and_stall();
  const pid_t pid = start({"cp", "-r", s3("bucket"), "there"});
  CHECK(soon([&] { return fs::exists(path("work/there")) && contains(tree("work"), ".ck-tmp-"); }));
  ::kill(pid, SIGTERM);
  const auto outcome = finish(pid);
  CHECK(outcome.err == "cancelled: interrupted\n");
  CHECK(outcome.exit_code == 130);
  CHECK(tree("work") == "there/\n");
}

TEST_CASE_FIXTURE(WithBucket, "Ctrl-C while standard input says nothing") {
  const Pipe pipe;
  const pid_t pid = start({"cp", "-", url("bucket/a")}, pipe.ends[0]);
  // Before it reads it may not have set its handlers, and the signal just ends it.
  REQUIRE(::write(pipe.ends[1], "x", 1) == 1);
  CHECK(pipe.is_read());
  ::kill(pid, SIGINT);
  const auto outcome = finish(pid);
  CHECK(contains(outcome.err, "cp -: cancelled"));
  CHECK(outcome.exit_code == 130);
  CHECK(tree("bucket") == "");
}

TEST_CASE_FIXTURE(WithBucket, "what nobody reads keeps no program that is told to end, however much is left to say") {
  for (int i = 0; i < 1000; ++i) write("work/many/" + std::to_string(i) + std::string(200, '-'), "");
  REQUIRE(run({"cp", "-r", "many", url("bucket/many")}).exit_code == 0);
  for (const std::string& command :
       {"ls " + url("bucket/many/"), "rm -r " + url("bucket/many"), "cp -r many " + url("bucket/again")}) {
    CAPTURE(command);
    // Descriptor 3 could read, and does not.
    const auto outcome =
        shell("rm -f pipe && mkfifo pipe && timeout --foreground --preserve-status -k 10 1 '" CLOUDKIT_PROGRAM "' " +
              command + " 3<>pipe >pipe");
    CHECK(outcome.exit_code == 130);
  }
}

TEST_CASE_FIXTURE(WithServer, "what is logged gets into no file where standard descriptors are closed") {
  set("CLOUDKIT_LOG=warn");
  for (const char* closed : {" 2>&-", " >&- 2>&-", " <&- >&- 2>&-"}) {
    for (const char* command : {"cp '", "cp --if-absent '"}) {
      CAPTURE(std::string(closed));
      server.then(error_reply(503, "SlowDown", "later"));
      server.then(object_reply("content"));
      shell(std::string("cloudkit ") + command + source() + "' a" + closed);
      CHECK(read("work/a") == "content");
      fs::remove(path("work/a"));
    }
  }
}

TEST_CASE_FIXTURE(WithBucket, "a closed standard input or output is an error") {
  write("bucket/a", "content");
  auto outcome = shell("cloudkit cat " + url("bucket/a") + " >&-");
  CHECK(contains(outcome.err, "write standard output: Bad file descriptor"));
  CHECK(outcome.exit_code == 1);
  outcome = shell("cloudkit cp - " + url("bucket/b") + " <&-");
  CHECK(contains(outcome.err, "read standard input: Bad file descriptor"));
  CHECK(outcome.exit_code == 1);
  CHECK(tree("bucket") == "a\n");
}

TEST_CASE_FIXTURE(WithBucket, "a file that has content but no size is read to its end") {
  if (!fs::exists("/proc/version")) return;
  REQUIRE(run({"cp", "/proc/version", url("bucket/a")}).exit_code == 0);
  CHECK(contains(read("bucket/a"), "version"));
  REQUIRE(shell("cloudkit cp - " + url("bucket/b") + " </proc/version").exit_code == 0);
  CHECK(read("bucket/b") == read("bucket/a"));
  write("work/empty", "");
  CHECK(run({"cp", "empty", url("bucket/c")}).exit_code == 0);
  CHECK(read("bucket/c") == "");
}
