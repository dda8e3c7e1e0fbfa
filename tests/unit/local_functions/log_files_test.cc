#include "local/functions/log_files.h"

#include "fixture.h"
#include "local/functions/log_lines.h"

#include <sys/stat.h>

#include <atomic>
#include <fstream>

using namespace cloudkit;
using local::functions::LineCutter;
using local::functions::LogFiles;

namespace {

const core::TimePoint kNoon = core::parse_rfc3339("2026-11-26T12:00:00.500Z").value();

std::string line(int seconds, const std::string& text) {
  return LogFiles::format_line(kNoon + std::chrono::seconds(seconds), text);
}

std::vector<std::string> texts(const LogFiles::Page& page) {
  std::vector<std::string> out;
  for (const LogEvent& event : page.events) out.push_back(event.text);
  return out;
}

}  // namespace

TEST_CASE("what is logged is read back, from a time on, and on from where a page ended") {
  const ::test::TemporaryDirectory directory;
  const LogFiles log(directory.file("f"));
  const auto none = log.read("", {}).value();
  CHECK(none.events.empty());
  CHECK(none.at_end);
  REQUIRE(log.append(line(0, "one") + line(1, "") + line(2, "two words")));
  const auto page = log.read("", {}).value();
  CHECK(texts(page) == std::vector<std::string>{"one", "", "two words"});
  CHECK(page.events[0].time == kNoon);
  const auto end = log.read(page.next_page_token, {}).value();
  CHECK(end.events.empty());
  CHECK(end.at_end);
  REQUIRE(log.append(line(3, "three")));
  CHECK(texts(log.read(end.next_page_token, {}).value()) == std::vector<std::string>{"three"});
  CHECK(texts(log.read("", kNoon + std::chrono::seconds(2)).value()) == std::vector<std::string>{"two words", "three"});
  struct stat state{};
  REQUIRE(::stat(directory.file("f/00000001.log").c_str(), &state) == 0);
  CHECK((state.st_mode & 0777U) == 0600U);
}

TEST_CASE("only the newest two files are kept, and a reader who fell behind goes on with the oldest") {
  const ::test::TemporaryDirectory directory;
  const LogFiles log(directory.file("f"), 100);
  REQUIRE(log.append(line(0, "first")));
  const std::string token = log.read("", {}).value().next_page_token;
  for (int i = 0; i < 40; ++i) REQUIRE(log.append(line(i, "line " + std::to_string(i))));
  std::vector<std::string> files;
  for (const auto& file : std::filesystem::directory_iterator(directory.file("f")))
    files.push_back(file.path().filename());
  CHECK(files.size() == 2);
  std::vector<std::string> seen;
  LogFiles::Page page;
  page.next_page_token = token;
  do {
    page = log.read(page.next_page_token, {}).value();
    for (const auto& text : texts(page)) seen.push_back(text);
  } while (!page.at_end);
  REQUIRE(seen.size() >= 4);
  CHECK(seen.size() <= 8);
  CHECK(seen.back() == "line 39");
}

TEST_CASE("a log that was removed begins anew") {
  const ::test::TemporaryDirectory directory;
  const LogFiles log(directory.file("f"));
  REQUIRE(log.append(line(0, "a long first line")));
  const std::string token = log.read("", {}).value().next_page_token;
  REQUIRE(log.remove());
  REQUIRE(log.remove());
  CHECK(log.read(token, {}).value().at_end);
  REQUIRE(log.append(line(1, "b")));
  CHECK(texts(log.read(token, {}).value()) == std::vector<std::string>{"b"});
}

TEST_CASE("lines of others, cut lines and tokens of others do no harm") {
  const ::test::TemporaryDirectory directory;
  const LogFiles log(directory.file("f"));
  REQUIRE(log.append(line(0, "one")));
  std::ofstream(directory.file("f/00000001.log"), std::ios::app) << "no time here\n2026-11-26T12:00:01Z cut";
  const auto page = log.read("", {}).value();
  CHECK(texts(page) == std::vector<std::string>{"one", "no time here"});
  CHECK(page.events[1].time == kNoon);
  for (const char* token : {"x", "1", "1:", "1:x", ":1", "-1:0", "1:99999999999999999999"}) {
    CHECK(log.read(token, {}).error().message == "this is no page token of a log");
  }
  CHECK(log.read("7:12345", {}).value().events.size() == 2);
}

TEST_CASE("output is cut into lines, also where it has none") {
  LineCutter lines;
  std::vector<std::string> seen;
  const auto take = [&](std::string_view text) { seen.emplace_back(text); };
  lines.feed("one\ntw", take);
  lines.feed("o\r\n\nthree", take);
  CHECK(seen == std::vector<std::string>{"one", "two", ""});
  lines.flush(take);
  lines.flush(take);
  CHECK(seen.back() == "three");
  seen.clear();
  lines.feed(std::string(LineCutter::kLongestLine * 2 + 5, 'x'), take);
  lines.feed("\n", take);
  REQUIRE(seen.size() == 3);
  CHECK(seen[0].size() == LineCutter::kLongestLine);
  CHECK(seen[2] == "xxxxx");
}

TEST_CASE("threads that begin a log at the same time lose no line") {
  const ::test::TemporaryDirectory directory;
  for (int round = 0; round < 20; ++round) {
    const LogFiles log(directory.file(std::to_string(round)));
    std::atomic<int> ready = 0;
    std::atomic<int> written = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&, i] {
        ++ready;
        while (ready < 4) std::this_thread::yield();
        if (log.append(line(i, "one"))) ++written;
      });
    }
    for (auto& thread : threads) thread.join();
    CHECK(written == 4);
    CHECK(log.read("", {}).value().events.size() == 4);
  }
}
