#include "tools/killed_copy.h"
#include "tools/program.h"

#include <chrono>

using namespace test;
namespace fs = std::filesystem;

// How fast `cp` may be, and how it goes on after it was killed.
namespace {

using std::chrono::milliseconds;

struct Limited : Program {
  const std::string content = std::string(599'999, 'x') + "!";
  // At 2 MiB a second, of which a tenth of a second's go at once. A machine that is busy makes it longer only.
  const milliseconds least{180};

  Limited() {
    fs::create_directory(path("bucket"));
    fs::create_directories(path("elsewhere/other"));
    write("work/from", content);
    write("bucket/from", content);
  }

  void takes_its_time(const Words& words, const std::string& input = {}) {
    const auto begun = std::chrono::steady_clock::now();
    Words limited = words;
    limited.insert(limited.begin() + 1, {"--limit", "2M"});
    const auto outcome = run(limited, input);
    CHECK(outcome.err == "");
    CHECK(outcome.exit_code == 0);
    CHECK(std::chrono::steady_clock::now() - begun >= least);
  }
};

}  // namespace

TEST_CASE_FIXTURE(Limited, "a limit holds up, down and through standard input and output, and changes no byte") {
  takes_its_time({"cp", "from", url("bucket/up")});
  CHECK(read("bucket/up") == content);
  takes_its_time({"cp", url("bucket/from"), "down"});
  CHECK(read("work/down") == content);
  takes_its_time({"cp", "--if-absent", url("bucket/from"), "anew"});
  CHECK(read("work/anew") == content);
  takes_its_time({"cp", "-", url("bucket/stdin")}, content);
  CHECK(read("bucket/stdin") == content);
  takes_its_time({"cp", url("bucket/from"), "-"});
  CHECK(read("out") == content);
  takes_its_time({"cp", url("bucket/from"), url("elsewhere/other/across")});
  CHECK(read("elsewhere/other/across") == content);
}

TEST_CASE_FIXTURE(Limited, "a limit is that of all files of a tree together") {
  for (const char* name : {"1", "2", "3"}) write(std::string("work/tree/") + name, content.substr(0, 200'000));
  takes_its_time({"cp", "-r", "tree", url("bucket/tree")});
  CHECK(read("bucket/tree/3") == content.substr(0, 200'000));
  takes_its_time({"cp", "-r", url("bucket/tree"), "back"});
  CHECK(tree("work/back") == "1\n2\n3\n");
}

TEST_CASE_FIXTURE(Limited, "a rate that is none is a usage error") {
  for (const char* rate : {"0", "fast", "10MB", "1.5M", "-1", "99999999999G"}) {
    CAPTURE(rate);
    const auto outcome = run({"cp", "--limit", rate, "from", url("bucket/up")});
    CHECK(contains(outcome.err, std::string("--limit ") + rate +
                                    " is no rate\n  hint: write bytes a second: 512K, 10M or "
                                    "1G, by 1024\n"));
    CHECK(outcome.exit_code == 2);
  }
  CHECK(run({"cp", "from", url("bucket/up"), "--limit"}).exit_code == 2);
  CHECK(tree("bucket") == "from\n");
}

TEST_CASE_FIXTURE(Limited, "what cannot go on where it stopped says why") {
  const auto refused = [&](const Words& words, const std::string& why) {
    Words all{"cp", "--resume"};
    all.insert(all.end(), words.begin(), words.end());
    const auto outcome = run(all);
    CHECK(contains(outcome.err, ": invalid_argument: --resume is of one file\n  hint: " + why + "\n"));
    CHECK(outcome.exit_code == 2);
  };
  refused({"-r", ".", url("bucket/")}, "with -r use --if-absent, which skips what was copied already");
  refused({"-", url("bucket/up")}, "a stream cannot be read or written again");
  refused({url("bucket/from"), "-"}, "a stream cannot be read or written again");
  refused({url("bucket/from"), url("bucket/to")}, "between two URLs no file is left in which to go on");
  refused({"--if-absent", url("bucket/from"), "new"}, "when downloading it does not go with --if-absent");
  CHECK(tree("work") == "from\n");
}

TEST_CASE_FIXTURE(Limited, "small files, and those that are to be new, can be told to go on too") {
  CHECK(run({"cp", "--resume", "from", url("bucket/up")}).exit_code == 0);
  CHECK(read("bucket/up") == content);
  CHECK(run({"cp", "--resume", "--if-absent", "from", url("bucket/up")}).exit_code == 1);
  CHECK(run({"cp", "--resume", url("bucket/from"), "down"}).exit_code == 0);
  CHECK(read("work/down") == content);
  CHECK(tree("work") == "down\nfrom\n");
}

TEST_CASE_FIXTURE(Limited, "a download that is killed goes on, into a file that appears whole") {
  const std::string large = varied_bytes(std::size_t{20} << 20);
  write("bucket/large", large);
  const Words words{"cp", "--resume", url("bucket/large"), "large"};
  kill_midway(*this, words, "4M");
  CHECK_FALSE(fs::exists(path("work/large")));
  CHECK(run(words).exit_code == 0);
  CHECK(read("work/large") == large);
  CHECK(tree("work") == "from\nlarge\n");
}
