#include "support/soon.h"
#include "tools/s3_server.h"

#include <nlohmann/json.hpp>

#include <csignal>

using namespace test;
namespace fs = std::filesystem;

namespace {

struct WithInbox : Program {
  WithInbox() {
    write("inbox/a", "aa");
    write("inbox/2026/b", "b");
    fs::create_directory(path("there"));
  }
};

}  // namespace

TEST_CASE_FIXTURE(WithInbox, "mv between stores: an object, a file up, an object down") {
  auto outcome = run({"mv", url("inbox/a"), url("there/x")});
  CHECK(outcome.out == url("inbox/a") + " -> " + url("there/x") + " (2 bytes)\n");
  CHECK(outcome.exit_code == 0);
  CHECK(read("there/x") == "aa");
  CHECK_FALSE(fs::exists(path("inbox/a")));

  write("work/file", "f");
  outcome = run({"mv", "--json", "file", url("there/")});
  const auto json = nlohmann::json::parse(outcome.out);
  CHECK(json["moved"] == true);
  CHECK(json["destination"] == url("there/file"));
  CHECK_FALSE(fs::exists(path("work/file")));
  CHECK(run({"mv", url("there/file"), "back"}).exit_code == 0);
  CHECK(read("work/back") == "f");
  CHECK(tree("there") == "x\n");
}

TEST_CASE_FIXTURE(WithInbox, "a dry run moves nothing") {
  const std::string before = tree("inbox");
  CHECK(contains(run({"mv", "-n", url("inbox/a"), url("there/a")}).out, "would move " + url("inbox/a")));
  CHECK(contains(run({"mv", "-rn", url("inbox"), "down"}).out, "would have moved 2 objects, 3 bytes"));
  CHECK(contains(run({"mv", "-rn", path("inbox"), url("there")}).out, "would have moved 2 objects, 3 bytes"));
  CHECK(tree("inbox") == before);
  CHECK(tree("there").empty());
}

TEST_CASE_FIXTURE(WithInbox, "trees: of files nothing stays but what was skipped") {
  CHECK(contains(run({"mv", "-r", path("inbox"), url("there/in")}).out, "moved 2 objects, 3 bytes; 0 failed"));
  CHECK_FALSE(fs::exists(path("inbox")));
  CHECK(run({"mv", "-r", url("there/in"), "down"}).exit_code == 0);
  CHECK(tree("work/down") == "2026/\n2026/b\na\n");
  fs::create_symlink("/etc", path("work/down/etc"));
  CHECK(run({"mv", "-r", "down", url("there/again")}).exit_code == 0);
  CHECK(fs::is_symlink(path("work/down/etc")));
  CHECK(fs::exists("/etc"));
}

TEST_CASE_FIXTURE(WithInbox, "one prefix into the one above it, or below it") {
  write("there/p/q/x", "x");
  write("there/p/q/q/y", "y");
  auto outcome = run({"mv", "-r", url("there/p/q"), url("there/p")});
  // q/y would come to lie in what is moved.
  CHECK(contains(outcome.err, "its new place lies in what is moved"));
  CHECK(outcome.exit_code == 1);
  CHECK(read("there/p/x") == "x");
  CHECK(read("there/p/q/q/y") == "y");
  outcome = run({"mv", "-r", url("there/p"), url("there/p/deeper")});
  CHECK(outcome.exit_code == 2);
}

TEST_CASE_FIXTURE(WithInbox, "what would be moved onto itself stays") {
  CHECK(contains(run({"mv", url("inbox/a"), url("inbox/a")}).err, "source and destination are the same object"));
  fs::create_directory_symlink(path("inbox"), path("link"));
  CHECK(run({"mv", url("inbox/a"), url("link/a")}).exit_code == 2);
  CHECK(run({"mv", path("inbox/a"), url("inbox/a")}).exit_code == 2);
  CHECK(run({"mv", url("inbox/a"), path("inbox/a")}).exit_code == 2);
  CHECK(read("inbox/a") == "aa");
}

TEST_CASE_FIXTURE(WithInbox, "a file that a copy replaces keeps its permissions, also where many are copied") {
  constexpr auto kPrivate = fs::perms::owner_read | fs::perms::owner_write;
  fs::create_directory(path("got"));
  for (const Words& words : {Words{"cp", url("inbox/a"), path("got/a")},
                             {"cp", "-r", url("inbox"), path("got")},
                             {"cp", url("inbox/*"), path("got")}}) {
    write("got/a", "old");
    fs::permissions(path("got/a"), kPrivate);
    REQUIRE(run(words).exit_code == 0);
    CHECK(read("got/a") == "aa");
    CHECK(fs::status(path("got/a")).permissions() == kPrivate);
  }
}

TEST_CASE_FIXTURE(WithInbox, "a file that is copied or moved onto itself keeps its mode and its hard links") {
  constexpr auto kPrivate = fs::perms::owner_read | fs::perms::owner_write;
  fs::permissions(path("inbox/a"), kPrivate);
  fs::create_hard_link(path("inbox/a"), path("hard"));
  fs::create_directory_symlink(path("inbox"), path("link"));
  for (const char* command : {"cp", "mv"}) {
    for (const Words& words : {Words{path("inbox/a"), url("inbox/")},
                               {path("link/a"), url("inbox/a")},
                               {path("hard"), url("inbox/a")},
                               {url("link/a"), path("inbox/")},
                               {url("inbox/a"), path("hard")},
                               {"-r", path("inbox"), url("link")},
                               {"-r", url("link"), path("inbox")},
                               {"-r", url("link"), url("inbox")},
                               {url("link/*"), path("inbox")},
                               {url("link/*"), url("inbox")},
                               {"-n", path("inbox/a"), url("link/a")}}) {
      Words whole{command};
      whole.insert(whole.end(), words.begin(), words.end());
      CAPTURE(whole);
      const auto outcome = run(whole);
      CHECK(contains(outcome.err, "source and destination are the same "));
      CHECK(outcome.exit_code != 0);
      CHECK(fs::equivalent(path("inbox/a"), path("hard")));
      CHECK(fs::status(path("inbox/a")).permissions() == kPrivate);
    }
  }
}

TEST_CASE_FIXTURE(Program, "mv --if-absent that was killed between copy and removal goes on, of each kind") {
  const std::string large(std::size_t{100} << 10, 'x');
  std::string other = large;
  other.back() = 'y';
  for (const Words& words : {Words{url("from/a"), url("to/a")},
                             {path("from/a"), url("to/a")},
                             {url("from/a"), path("to/a")},
                             {"-r", url("from"), url("to")},
                             {"-r", path("from"), url("to")},
                             {"-r", url("from"), path("to")}}) {
    Words whole{"mv", "--if-absent"};
    whole.insert(whole.end(), words.begin(), words.end());
    CAPTURE(whole);
    for (const std::string& content : {large, std::string()}) {
      write("from/a", content);
      write("to/a", content);
      const auto outcome = run(whole);
      CHECK(outcome.err.empty());
      CHECK(outcome.exit_code == 0);
      CHECK_FALSE(fs::exists(path("from/a")));
      CHECK(read("to/a") == content);
    }
    for (const std::string& content : {other, large + "x", std::string("small"), std::string()}) {
      write("from/a", large);
      write("to/a", content);
      const auto outcome = run(whole);
      CHECK_FALSE(outcome.err.empty());
      CHECK(outcome.exit_code == 1);
      CHECK(read("from/a") == large);
      CHECK(read("to/a") == content);
    }
  }
  CHECK(left_over().empty());
}

TEST_CASE_FIXTURE(Program, "mv --if-absent of an empty object leaves another one as it is, which is no damage") {
  write("from/a", "");
  write("to/a", "bytes");
  for (const Words& words : {Words{url("from/a"), url("to/a")},
                             {path("from/a"), url("to/a")},
                             {url("from/a"), path("to/a")},
                             {"-r", url("from"), url("to")}}) {
    Words whole{"mv", "--if-absent"};
    whole.insert(whole.end(), words.begin(), words.end());
    CAPTURE(whole);
    const auto outcome = run(whole);
    CHECK_FALSE(contains(outcome.err, "data_loss"));
    CHECK(outcome.exit_code == 1);
    CHECK(fs::exists(path("from/a")));
    CHECK(read("to/a") == "bytes");
  }
}

TEST_CASE_FIXTURE(ProgramWithServer,
                  "mv -r --if-absent replaces no object that stands where the prefix's own would go") {
  const auto head_reply = [](int size) {
    return "HTTP/1.1 200 OK\r\nETag: \"e\"\r\nLast-Modified: Mon, 23 Nov 2026 01:00:00 GMT\r\nContent-Length: " +
           std::to_string(size) + "\r\n\r\n";
  };
  server.answer([&](const std::string& head) -> std::optional<faults::Script> {
    if (contains(head, "list-type=2")) return faults::Script(list_reply({"p/"}));
    if (head.starts_with("HEAD /inbox/p/")) return faults::Script(head_reply(0));
    if (head.starts_with("HEAD /archive/q/")) return faults::Script(head_reply(5));
    if (head.starts_with("GET /inbox/p/")) return faults::Script(object_reply(""));
    if (head.starts_with("GET /archive/q/")) return faults::Script(object_reply("bytes"));
    return faults::Script(error_reply(412, "PreconditionFailed", "At least one of the pre-conditions did not hold"));
  });
  const auto outcome = run({"mv", "-r", "--if-absent", s3("inbox/p"), s3("archive/q")});
  CHECK(outcome.exit_code == 1);
  CAPTURE(outcome.err);
  int puts = 0;
  for (const std::string& request : server.requests()) {
    CHECK_FALSE(request.starts_with("DELETE "));
    if (!request.starts_with("PUT ")) continue;
    ++puts;
    CHECK(contains(request, "if-none-match: *"));
  }
  CHECK(puts > 0);
}

TEST_CASE_FIXTURE(Program,
                  "mv takes a pattern's objects into a directory beside them, where it does not match them again") {
  write("logs/a.gz", "a");
  write("logs/b.gz", "b");
  write("logs/old/c.gz", "c");
  auto outcome = run({"mv", url("logs/*.gz"), url("logs/old/")});
  CHECK(outcome.err.empty());
  CHECK(outcome.exit_code == 0);
  CHECK(tree("logs") == "old/\nold/a.gz\nold/b.gz\nold/c.gz\n");
  outcome = run({"mv", url("logs/**.gz"), url("logs/old/older")});
  CHECK(contains(outcome.err, "old/c.gz: invalid_argument: its new place lies in what is moved"));
  CHECK(outcome.exit_code == 1);
  CHECK(tree("logs") == "old/\nold/a.gz\nold/b.gz\nold/c.gz\n");
}

TEST_CASE_FIXTURE(Program, "a tree of files never becomes what of it is still to be moved") {
  for (const bool up : {true, false}) {
    write("p/q/y", "outer");
    write("p/q/q/y", "inner");
    const auto outcome = up ? run({"mv", "-r", path("p/q"), url("p")}) : run({"mv", "-r", url("p/q"), path("p")});
    CHECK(contains(outcome.err, "q/y: invalid_argument: its new place lies in what is moved"));
    CHECK(outcome.exit_code == 1);
    CHECK(read("p/y") == "outer");
    CHECK(read("p/q/q/y") == "inner");
  }
}

TEST_CASE_FIXTURE(WithInbox, "what exists is left alone with --if-absent, and its source, too") {
  write("there/a", "old");
  CHECK(run({"mv", "--if-absent", url("inbox/a"), url("there/a")}).exit_code == 1);
  const auto outcome = run({"mv", "-r", "--if-absent", url("inbox"), url("there")});
  CHECK(contains(outcome.out, "moved 1 object, 1 byte; 0 failed, 1 skipped\n"));
  CHECK(outcome.exit_code == 1);
  CHECK(read("there/a") == "old");
  CHECK(read("inbox/a") == "aa");
}

TEST_CASE_FIXTURE(Program, "whenever it is killed every object is here or there, and the same command goes on") {
  constexpr int kObjects = 150;
  const auto name_of = [](int i) { return "/d" + std::to_string(i % 7) + "/" + std::to_string(i); };
  const auto content = [](int i) { return std::to_string(i) + std::string(1024, 'x'); };
  for (int i = 0; i < kObjects; ++i) write("from" + name_of(i), content(i));
  fs::create_directory(path("to"));
  const auto count_in = [&](const std::string& place) {
    int found = 0;
    for (int i = 0; i < kObjects; ++i) found += fs::exists(path(place + name_of(i))) ? 1 : 0;
    return found;
  };
  int midway = 0;
  for (int round = 0; round < 6; ++round) {
    // So slow that it is at work when the next object has arrived.
    const int before = count_in("to");
    const pid_t pid = start({"mv", "-r", "--limit", "100K", url("from"), url("to")});
    CHECK(soon([&] { return count_in("to") > before + round || count_in("from") == 0; }));
    ::kill(pid, SIGKILL);
    midway += finish(pid).signal == SIGKILL && count_in("from") > 0 && count_in("to") > before ? 1 : 0;
    for (int i = 0; i < kObjects; ++i) {
      CHECK((read("from" + name_of(i)) == content(i) || read("to" + name_of(i)) == content(i)));
    }
  }
  CHECK(midway > 0);
  CHECK(run({"mv", "-r", url("from"), url("to")}).exit_code == 0);
  for (int i = 0; i < kObjects; ++i) CHECK(read("to" + name_of(i)) == content(i));
  CHECK(count_in("from") == 0);
}

namespace {

// A store with tags, and one beside it that has none.
struct TaggedInbox : ProgramWithServer {
  const std::string tags =
      faults::reply(200, "<Tagging><TagSet><Tag><Key>keep</Key><Value>7y</Value></Tag></TagSet></Tagging>");
  std::string tagging = tags;

  TaggedInbox() {
    fs::create_directory(path("there"));
    server.answer([this](const std::string& head) -> std::optional<faults::Script> {
      const bool is_source = contains(head, " /inbox/a");
      if (contains(head, "?tagging")) return faults::Script(is_source ? tagging : tags);
      if (head.starts_with("HEAD ")) {
        return faults::Script(
            "HTTP/1.1 200 OK\r\nETag: \"e\"\r\nContent-Length: 4\r\nLast-Modified: Mon, 23 Nov 2026 0" +
            std::string(is_source ? "1" : "2") + ":00:00 GMT\r\n\r\n");
      }
      if (head.starts_with("GET ")) return faults::Script(object_reply("data"));
      if (head.starts_with("DELETE ")) return faults::Script(faults::reply(204));
      return faults::Script(faults::reply(200,
                                          "<CopyObjectResult><LastModified>2026-11-23T02:00:00.000Z</LastModified>"
                                          "<ETag>\"e\"</ETag></CopyObjectResult>"));
    });
  }
  int removals() const {
    int count = 0;
    for (const std::string& request : server.requests()) count += request.starts_with("DELETE /inbox/a") ? 1 : 0;
    return count;
  }
};

}  // namespace

TEST_CASE_FIXTURE(TaggedInbox, "mv keeps a source whose tags cannot be read, unless it may go without") {
  tagging = error_reply(403, "AccessDenied", "Access Denied");
  int gone = 0;
  for (const std::string& to : {s3("archive/a"), url("there/a")}) {
    CAPTURE(to);
    const auto outcome = run({"mv", s3("inbox/a"), to});
    CHECK(contains(outcome.err, "its tags cannot be read, and the source is kept: Access Denied\n"));
    CHECK(contains(outcome.err, "or move without them: --without-tags\n"));
    CHECK(outcome.exit_code == 4);
    CHECK(run({"mv", "-n", s3("inbox/a"), to}).exit_code == 4);
    CHECK(removals() == gone);
    CHECK(run({"mv", "--without-tags", s3("inbox/a"), to}).exit_code == 0);
    CHECK(removals() == ++gone);
  }
}

TEST_CASE_FIXTURE(TaggedInbox, "mv keeps a source with tags where the target has none, unless it may go without") {
  const auto outcome = run({"mv", s3("inbox/a"), url("there/a")});
  CHECK(contains(outcome.err, "it has tags, which its new place has not; the source is kept\n"));
  CHECK(outcome.exit_code == 1);
  CHECK(removals() == 0);
  CHECK(run({"mv", "--without-tags", s3("inbox/a"), url("there/a")}).exit_code == 0);
  CHECK(removals() == 1);
}

TEST_CASE_FIXTURE(TaggedInbox, "mv needs no word for an object without tags, nor at a server that knows none") {
  for (const std::string& reply :
       {faults::reply(200, "<Tagging><TagSet/></Tagging>"), error_reply(501, "NotImplemented", "not here")}) {
    tagging = reply;
    CHECK(run({"mv", s3("inbox/a"), url("there/a")}).exit_code == 0);
  }
  CHECK(removals() == 2);
}
