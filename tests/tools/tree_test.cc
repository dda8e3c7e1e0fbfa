#include "tools/s3_server.h"

#include <fmt/format.h>
#include <sys/stat.h>

using namespace test;
namespace fs = std::filesystem;

namespace {

struct WithTree : Program {
  WithTree() {
    write("work/photos/a.jpg", "a");
    write("work/photos/2026/b.jpg", "bb");
    write("work/photos/2026/.hidden", "");
    fs::create_directory(path("bucket"));
  }
};

// A list of these keys, and the objects.
struct WithHostileKeys : ProgramWithServer {
  std::string source() const { return s3("evil/p"); }
  void list(const std::vector<std::string>& encoded_keys) {
    server.then(list_reply(encoded_keys));
    server.always(object_reply("evil"));
  }
};

}  // namespace

TEST_CASE_FIXTURE(WithTree, "a directory becomes a prefix, a prefix another one, and a directory again") {
  auto outcome = run({"cp", "-r", "photos", url("bucket/album")});
  CHECK(outcome.err == "");
  CHECK(contains(outcome.out, "photos/2026/b.jpg -> " + url("bucket/album/2026/b.jpg") + " (2 bytes)\n"));
  CHECK(contains(outcome.out, "copied 3 objects, 3 bytes; 0 failed, 0 skipped\n"));
  CHECK(outcome.exit_code == 0);

  outcome = run({"cp", "-r", "--json", url("bucket/album"), url("bucket/copy/")});
  CHECK(contains(outcome.out, R"({"total":{"copied":3,"bytes":3,"failed":0,"skipped":0}})"));
  CHECK(run({"cp", "-r", url("bucket/copy"), "back/again"}).exit_code == 0);
  CHECK(tree("work/back/again") == tree("work/photos"));
  CHECK(read("work/back/again/2026/b.jpg") == "bb");
}

TEST_CASE_FIXTURE(WithTree, "a dry run writes nothing, not even a directory") {
  CHECK(contains(run({"cp", "-rn", "photos", url("bucket")}).out, "would have copied 3 objects, 3 bytes"));
  CHECK(tree("bucket") == "");
  write("bucket/x/a", "");
  const auto outcome = run({"cp", "-rn", url("bucket"), "there"});
  CHECK(contains(outcome.out, "would copy " + url("bucket/x/a") + " -> there/x/a (0 bytes)\n"));
  CHECK_FALSE(fs::exists(path("work/there")));
}

TEST_CASE_FIXTURE(WithTree, "what exists is skipped with --if-absent, so that a copy can be taken up again") {
  write("bucket/a.jpg", "old");
  auto outcome = run({"cp", "-r", "--if-absent", "photos", url("bucket")});
  CHECK(contains(outcome.err, "skipped photos/a.jpg: " + url("bucket/a.jpg") + " exists already\n"));
  CHECK(contains(outcome.out, "copied 2 objects, 2 bytes; 0 failed, 1 skipped\n"));
  CHECK(outcome.exit_code == 0);
  CHECK(read("bucket/a.jpg") == "old");
  outcome = run({"cp", "-r", "--if-absent", url("bucket"), "photos"});
  CHECK(contains(outcome.out, "copied 0 objects, 0 bytes; 0 failed, 3 skipped\n"));
  CHECK(read("work/photos/a.jpg") == "a");
}

TEST_CASE_FIXTURE(WithTree, "links and what is no file are skipped by name") {
  fs::create_symlink("/etc", path("work/photos/etc"));
  fs::create_symlink("a.jpg", path("work/photos/link"));
  REQUIRE(::mkfifo(path("work/photos/fifo").c_str(), 0600) == 0);
  const auto outcome = run({"cp", "-r", "photos", url("bucket/photos")});
  CHECK(contains(outcome.err, "skipped photos/etc: a symbolic link, which is not followed\n"));
  CHECK(contains(outcome.err, "skipped photos/link: a symbolic link, which is not followed\n"));
  CHECK(contains(outcome.err, "skipped photos/fifo: a FIFO\n"));
  CHECK(contains(outcome.out, "copied 3 objects, 3 bytes; 0 failed, 3 skipped\n"));
  CHECK(outcome.exit_code == 0);
  CHECK(tree("bucket/photos") == "2026/\n2026/.hidden\n2026/b.jpg\na.jpg\n");
}

TEST_CASE_FIXTURE(WithTree, "what fails is named, and the rest goes on") {
  write("work/photos/\xff.jpg", "not UTF-8");
  write("work/photos/.ck-reserved", "");
  const auto outcome = run({"cp", "-r", "photos", url("bucket")});
  CHECK(contains(outcome.err, "/\\xff.jpg: invalid_argument: "));
  CHECK(contains(outcome.err, "put " + url("bucket/.ck-reserved") + ": invalid_argument: "));
  CHECK(contains(outcome.out, "copied 3 objects, 3 bytes; 2 failed, 0 skipped\n"));
  CHECK(outcome.exit_code == 1);
}

TEST_CASE_FIXTURE(WithTree, "a copy into itself is refused") {
  for (const auto& [from, to] :
       {std::pair{url("bucket"), url("bucket/copy")}, std::pair{url("bucket/x"), url("bucket/x/y")},
        std::pair{path("work/photos"), url("work/photos/copy")},
        std::pair{std::string("mem://a"), std::string("mem://a/b")}}) {
    const auto outcome = run({"cp", "-r", from, to});
    CHECK(contains(outcome.err, to + " lies in what is copied\n  hint: the copy would copy itself"));
    CHECK(outcome.exit_code == 2);
  }
  for (const auto& [from, to] :
       {std::pair{url("link"), url("bucket/copy")}, std::pair{url("bucket"), url("link/copy")},
        std::pair{path("bucket"), url("link/copy")}, std::pair{url("bucket"), path("link/copy")}}) {
    fs::create_directory_symlink(path("bucket"), path("link"));
    const auto outcome = run({"cp", "-r", from, to});
    CHECK(contains(outcome.err, to + " lies in what is copied"));
    CHECK(outcome.exit_code == 2);
    fs::remove(path("link"));
  }
  CHECK(tree("bucket").empty());
  // A name that only begins alike is another one.
  CHECK(run({"cp", "-r", path("work/photos"), url("work/photos2")}).exit_code == 0);
}

TEST_CASE_FIXTURE(WithTree, "a directory or bucket that is not there") {
  auto outcome = run({"cp", "-r", "nothing", url("bucket")});
  CHECK(contains(outcome.err, "cp nothing: not_found: open the directory nothing: "));
  CHECK(outcome.exit_code == 3);
  outcome = run({"cp", "-r", "mem://nothing", "there"});
  CHECK(contains(outcome.err, "list mem://nothing"));
  CHECK(outcome.exit_code == 3);
  outcome = run({"cp", "-r", "photos", "mem://nothing"});
  CHECK(contains(outcome.out, "copied 0 objects, 0 bytes; 3 failed, 0 skipped\n"));
  CHECK(outcome.exit_code == 1);
}

TEST_CASE_FIXTURE(WithTree, "an empty directory or bucket copies nothing; a prefix that no key has is not found") {
  fs::create_directory(path("work/empty"));
  for (const auto& [from, to] :
       {std::pair{std::string("empty"), url("bucket/there")}, std::pair{url("bucket"), std::string("there")}}) {
    const auto outcome = run({"cp", "-r", from, to});
    CHECK(outcome.out == "copied 0 objects, 0 bytes; 0 failed, 0 skipped\n");
    CHECK(outcome.exit_code == 0);
  }
  const auto outcome = run({"cp", "-r", url("bucket/typo"), "there"});
  CHECK(contains(outcome.err, "cp " + url("bucket/typo/") + ": not_found: no key begins with \"typo/\"\n"));
  CHECK(outcome.exit_code == 3);
}

TEST_CASE_FIXTURE(WithTree, "300 files there and back, sixteen at once") {
  for (int i = 0; i < 300; ++i) write(fmt::format("work/many/{}/{:03}", i / 100, i), std::to_string(i));
  CHECK(contains(run({"cp", "-rj16", "many", url("bucket")}).out, "copied 300 objects, 790 bytes; 0 failed"));
  CHECK(contains(run({"cp", "-rj16", url("bucket"), "back"}).out, "copied 300 objects, 790 bytes; 0 failed"));
  CHECK(tree("work/back") == tree("work/many"));
  CHECK(read("work/back/2/298") == "298");
}

TEST_CASE_FIXTURE(WithHostileKeys, "no key leads out of the directory: each is refused by its name") {
  list({"p/good", "p/../../escaped", "p/..", "p//escaped", "p/%2Fetc/escaped", "p/a/./b", "p/a%5C..%5Cb",
        "p/nul%00byte", "p/also/good"});
  const auto outcome = run({"cp", "-r", source(), "there"});
  for (const char* why : {R"(/p/../../escaped: invalid_argument: refused as the name of a file: it holds "..")",
                          R"(/p/..: invalid_argument: refused as the name of a file: it holds "..")",
                          R"(/p//escaped: invalid_argument: refused as the name of a file: it begins with '/')",
                          R"(/p//etc/escaped: invalid_argument: refused as the name of a file: it begins with '/')",
                          R"(/p/a/./b: invalid_argument: refused as the name of a file: it holds ".")",
                          R"(/p/a\..\b: invalid_argument: refused as the name of a file: it holds a backslash)",
                          "byte: invalid_argument: refused as the name of a file: it holds a NUL byte"}) {
    CAPTURE(why);
    CHECK(contains(outcome.err, "cp s3://evil/p"));
    CHECK(contains(outcome.err, why));
  }
  CHECK(contains(outcome.out, "copied 2 objects, 8 bytes; 7 failed, 0 skipped\n"));
  CHECK(outcome.exit_code == 1);
  CHECK(tree("work") == "there/\nthere/also/\nthere/also/good\nthere/good\n");
  CHECK_FALSE(fs::exists(path("escaped")));
}

TEST_CASE_FIXTURE(WithHostileKeys, "a link that was planted in the directory is not followed") {
  fs::create_directories(path("outside"));
  fs::create_directories(path("work/there"));
  fs::create_directory_symlink(path("outside"), path("work/there/dir"));
  write("outside/target", "precious");
  fs::create_symlink(path("outside/target"), path("work/there/file"));
  list({"p/dir/evil", "p/file"});
  const auto outcome = run({"cp", "-r", source(), "there"});
  CHECK(contains(outcome.err, "cp s3://evil/p/dir/evil: io: \"dir\" in there/dir is a symbolic link or no directory"));
  CHECK(contains(outcome.out, "copied 1 object, 4 bytes; 1 failed, 0 skipped\n"));
  // The link itself was replaced, not what it leads to.
  CHECK(read("outside/target") == "precious");
  CHECK(read("work/there/file") == "evil");
  CHECK(tree("outside") == "target\n");
}

TEST_CASE_FIXTURE(WithHostileKeys, "one object into a directory: its name is checked too") {
  server.always(object_reply("evil"));
  const auto outcome = run({"cp", s3("evil/a/.."), "."});
  CHECK(contains(outcome.err, "cp s3://evil/a/..: invalid_argument: refused as the name of a file"));
  CHECK(outcome.exit_code == 2);
  CHECK(tree("work") == "");
}

TEST_CASE_FIXTURE(WithHostileKeys, "a listing that breaks off ends with its own exit code, after what came before") {
  server.then(list_reply({"p/a"}, "next"));
  server.always(error_reply(403, "AccessDenied", "Access Denied"));
  const auto outcome = run({"cp", "-r", source(), "there"});
  CHECK(contains(outcome.err, "list s3://evil"));
  CHECK(contains(outcome.err, "download s3://evil/p/a: AccessDenied (403)"));
  CHECK(outcome.exit_code == 4);
  CHECK(tree("work/there") == "");
}

// As rm -r takes it; else ls would go on showing the prefix.
TEST_CASE_FIXTURE(WithHostileKeys, "mv -r of a prefix leaves no object that stands for it") {
  for (const bool down : {true, false}) {
    const std::size_t before = server.requests().size();
    server.then(list_reply({"p/", "p/a"}));
    const std::string removed = faults::reply(204, "");
    if (down) {
      for (int i = 0; i < 3; ++i) server.then(object_reply("evil"));  // Head, get, head.
      server.then(removed);
      server.then(object_reply(""));
    } else {
      server.then(removed);
    }
    server.always(removed);
    const auto outcome = run({"mv", "-rj1", source(), "there"});
    const auto requests = server.requests();
    if (down) {
      CHECK(outcome.exit_code == 0);
      CHECK(requests.back().find("DELETE /evil/p/") == 0);
      CHECK(requests.back().find("DELETE /evil/p/a") == std::string::npos);
      CHECK(read("work/there/a") == "evil");
    } else {
      // What has failed is still below it.
      CHECK(outcome.exit_code == 1);
      for (std::size_t i = before; i < requests.size(); ++i) CHECK(requests[i].find("DELETE") == std::string::npos);
    }
  }
}

TEST_CASE_FIXTURE(ProgramWithServer,
                  "with --if-absent an object that changes while it is read is a failure, not skipped") {
  const std::string begun =
      "HTTP/1.1 200 OK\r\nETag: \"e\"\r\nLast-Modified: Mon, 23 Nov 2026 01:00:00 GMT\r\nContent-Length: 4\r\n\r\nby";
  for (const std::string& to : {path("got"), url("got")}) {
    server.then(list_reply({"a"}));
    server.then({faults::send(begun), faults::close()});
    server.then(error_reply(412, "PreconditionFailed", "At least one of the pre-conditions did not hold"));
    const auto outcome = run({"cp", "-r", "--if-absent", s3("bucket"), to});
    CHECK(contains(outcome.out, "copied 0 objects, 0 bytes; 1 failed, 0 skipped\n"));
    CHECK(contains(outcome.err, "the object changed while it was read"));
    CHECK_FALSE(contains(outcome.err, "exists already"));
    CHECK(outcome.exit_code == 1);
    CHECK(tree("got").empty());
  }
}
