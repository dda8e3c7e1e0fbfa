#include "tools/program.h"
#include "tools/terminal.h"

#include <filesystem>

using namespace test;

namespace {

struct WithFiles : Program {
  WithFiles() {
    write("bucket/large", std::string(std::size_t{3} << 20, 'x'));
    for (int i = 0; i < 12; ++i) write("work/many/" + std::to_string(i), std::string(std::size_t{256} << 10, 'y'));
  }
  Terminal on_terminal(Words words, unsigned short columns = 200, const std::string& kind = "xterm") const {
    words.insert(words.begin(), CLOUDKIT_PROGRAM);
    return {words, {"HOME=" + home(), "TERM=" + kind, "AWS_EC2_METADATA_DISABLED=true"}, path("work"), columns};
  }
};

// What was shown in the place of what came before, without the lines that stay.
Words progress_of(const std::string& screen) {
  const std::string begin = "\r\x1b[K";
  Words shown;
  for (std::size_t at = screen.find(begin); at != std::string::npos; at = screen.find(begin, at + 1)) {
    const std::size_t from = at + begin.size();
    const std::string text = screen.substr(from, screen.find_first_of("\r\n", from) - from);
    if (contains(text, " of ")) shown.push_back(text);
  }
  return shown;
}

}  // namespace

TEST_CASE_FIXTURE(WithFiles, "a terminal shows objects, bytes, their rate and what is left") {
  Terminal one = on_terminal({"cp", "--limit", "1M", url("bucket/large"), "large"});
  CHECK(one.shows("0 of 1 object, "));
  CHECK(one.shows(" MiB of 3.0 MiB, "));
  CHECK(one.shows("iB/s, "));
  CHECK(one.shows(" s left"));
  CHECK(one.shows(url("bucket/large") + " -> large (3145728 bytes)"));
  Terminal many = on_terminal({"mv", "-r", "--limit", "1M", "many", url("bucket/many")});
  CHECK(many.shows(" of 12 objects, "));
  CHECK(many.shows("/s, "));
  CHECK(many.shows("moved 12 objects, 3145728 bytes; 0 failed, 0 skipped"));
}

TEST_CASE_FIXTURE(WithFiles, "what is no terminal is spared it, as is JSON") {
  const auto outcome = run({"cp", "--limit", "4M", url("bucket/large"), "large"});
  CHECK(outcome.err.empty());
  const std::string json = on_terminal({"cp", "--json", "--limit", "4M", url("bucket/large"), "large"}).rest();
  CHECK(contains(json, "\"size\":3145728}"));
  CHECK_FALSE(contains(json, " of 1 object"));
  CHECK_FALSE(contains(json, "\x1b"));
  for (const char* kind : {"dumb", ""}) {
    const std::string dumb = on_terminal({"cp", "--limit", "4M", url("bucket/large"), "large"}, 200, kind).rest();
    CHECK(dumb == url("bucket/large") + " -> large (3145728 bytes)\r\n");
  }
}

TEST_CASE_FIXTURE(WithFiles,
                  "sync names in a log what it did, also where a person watches; on a screen what it removed") {
  write("bucket/old", "old");
  const auto sync_to_log = [this](const std::string& more) {
    return Terminal(
               {"/bin/sh", "-c", "'" CLOUDKIT_PROGRAM "' sync --delete --delete-most ./many " + url("bucket") + more},
               {"HOME=" + home(), "TERM=xterm"}, path("work"))
        .rest();
  };
  const std::string screen = sync_to_log("");
  CHECK(contains(screen, "removed old (3 bytes)"));
  CHECK_FALSE(contains(screen, "copied 1 ("));
  CHECK(contains(screen, "copied 12 objects, "));
  std::filesystem::remove(path("bucket/1"));
  write("bucket/old", "old");
  CHECK_FALSE(contains(sync_to_log(" >log"), "removed old"));
  CHECK(contains(read("work/log"), "copied 1 (262144 bytes)\n"));
  CHECK(contains(read("work/log"), "removed old (3 bytes)\n"));
}

TEST_CASE_FIXTURE(WithFiles, "on a narrow terminal no row is left behind: what is shown fits into one") {
  const Words shown = progress_of(on_terminal({"cp", "--limit", "1M", url("bucket/large"), "large"}, 30).rest());
  CHECK(shown.size() > 2);
  for (const std::string& text : shown) CHECK(text.size() < 30);
}

TEST_CASE_FIXTURE(WithFiles, "a dry run on a terminal never says that it has removed something") {
  const std::string screen = on_terminal({"rm", "-rn", url("bucket")}).rest();
  CHECK(contains(screen, "would have removed 1 object"));
  std::string rest = screen;
  while (const std::size_t at = rest.find("would have removed") + 1) rest.erase(at - 1, 18);
  CHECK_FALSE(contains(rest, "removed"));
}
