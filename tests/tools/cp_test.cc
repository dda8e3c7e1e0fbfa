#include "support/varied_bytes.h"
#include "tools/program.h"

#include <nlohmann/json.hpp>

#include <sys/stat.h>

using namespace test;
namespace fs = std::filesystem;

TEST_CASE_FIXTURE(WithBucket, "a file becomes an object, and an object a file") {
  write("work/a.txt", "twelve bytes");
  auto outcome = run({"cp", "a.txt", url("bucket/2026/b.txt")});
  CHECK(outcome.err == "");
  CHECK(outcome.out == "a.txt -> " + url("bucket/2026/b.txt") + " (12 bytes)\n");
  CHECK(outcome.exit_code == 0);
  CHECK(read("bucket/2026/b.txt") == "twelve bytes");

  outcome = run({"cp", url("bucket/2026/b.txt"), "c.txt", "--json"});
  const auto json = nlohmann::json::parse(outcome.out);
  CHECK(json["source"] == url("bucket/2026/b.txt"));
  CHECK(json["destination"] == "c.txt");
  CHECK(json["size"] == 12);
  CHECK(read("work/c.txt") == "twelve bytes");
}

TEST_CASE_FIXTURE(WithBucket, "a destination that ends with a slash, or is a directory or a bucket, keeps the name") {
  write("work/a.txt", "a");
  CHECK(run({"cp", "a.txt", url("bucket")}).exit_code == 0);
  CHECK(run({"cp", "a.txt", url("bucket/new/")}).exit_code == 0);
  CHECK(tree("bucket") == "a.txt\nnew/\nnew/a.txt\n");
  fs::create_directory(path("work/here"));
  CHECK(run({"cp", url("bucket/new/a.txt"), "here"}).exit_code == 0);
  CHECK(read("work/here/a.txt") == "a");
}

TEST_CASE_FIXTURE(WithBucket, "an empty file and one of all byte values, there, between and back") {
  for (const std::string& content : {std::string(), varied_bytes(3'000'000)}) {
    write("work/from", content);
    CHECK(run({"cp", "from", url("bucket/one")}).exit_code == 0);
    CHECK(run({"cp", url("bucket/one"), url("bucket/two")}).exit_code == 0);
    CHECK(run({"cp", url("bucket/two"), "to"}).exit_code == 0);
    CHECK(read("work/to") == content);
  }
}

TEST_CASE_FIXTURE(WithBucket, "attributes go along from object to object; a type can be given") {
  write("work/page", "<p>");
  CHECK(run({"cp", "--content-type", "text/html", "page", url("bucket/one")}).exit_code == 0);
  CHECK(run({"cp", url("bucket/one"), url("bucket/two")}).exit_code == 0);
  CHECK(nlohmann::json::parse(run({"stat", "--json", url("bucket/two")}).out)["content_type"] == "text/html");
  CHECK(run({"cp", "--content-type", "text/plain", url("bucket/one"), url("bucket/two")}).exit_code == 0);
  CHECK(nlohmann::json::parse(run({"stat", "--json", url("bucket/two")}).out)["content_type"] == "text/plain");
}

TEST_CASE_FIXTURE(WithBucket, "the type is by the name of the object, and where that says nothing, of the file") {
  write("work/page.html", "<p>");
  const auto type_of_copy = [this](const std::string& key) {
    CHECK(run({"cp", "page.html", url("bucket/" + key)}).exit_code == 0);
    return nlohmann::json::parse(run({"stat", "--json", url("bucket/" + key)}).out)["content_type"];
  };
  CHECK(type_of_copy("latest") == "text/html");
  CHECK(type_of_copy("v1.2") == "text/html");
  CHECK(type_of_copy("page.txt") == "text/plain");
  CHECK(type_of_copy("page.bin") == "application/octet-stream");
}

TEST_CASE_FIXTURE(WithBucket, "files that this user may not read or write: exit code 4") {
  // Also root may not: https://docs.kernel.org/filesystems/sysfs.html
  const std::string closed = "/sys/bus/cpu/uevent";
  if (!fs::exists(closed)) return;
  CHECK(run({"cp", closed, url("bucket/a")}).exit_code == 4);
  CHECK(run({"mv", closed, url("bucket/a")}).exit_code == 4);
  write("bucket/a", "a");
  CHECK(run({"cp", url("bucket/a"), "/sys/cloudkit"}).exit_code == 4);
  CHECK(run({"cp", "--if-absent", url("bucket/a"), "/sys/cloudkit"}).exit_code == 4);
  CHECK(run({"cp", url("bucket/a"), "/sys/cloudkit/"}).exit_code == 4);
}

TEST_CASE_FIXTURE(WithBucket, "metadata are said of files, and added to those that a copy brings along") {
  write("work/page", "<p>");
  CHECK(run({"cp", "--metadata", "owner=ada", "--metadata", "a=b=c", "page", url("bucket/one")}).exit_code == 0);
  const auto metadata = [this](const std::string& of) {
    return nlohmann::json::parse(run({"stat", "--json", url(of)}).out)["metadata"];
  };
  CHECK(metadata("bucket/one") == nlohmann::json{{"owner", "ada"}, {"a", "b=c"}});
  CHECK(run({"cp", "--metadata", "owner=grace", url("bucket/one"), url("bucket/two")}).exit_code == 0);
  CHECK(metadata("bucket/two") == nlohmann::json{{"owner", "grace"}, {"a", "b=c"}});
}

TEST_CASE_FIXTURE(WithBucket, "what is said of objects must be of some, and of a kind that the store has") {
  write("work/a", "a");
  const auto error = [this](std::vector<std::string> words) {
    words.insert(words.begin(), "cp");
    const auto outcome = run(words);
    CHECK(outcome.exit_code != 0);
    return outcome.err;
  };
  CHECK(contains(error({"--tag", "x=1", "a", url("bucket/a")}), "unsupported: this backend has no tags"));
  CHECK(contains(error({"--storage-class", "COLD", "a", url("bucket/a")}), "unsupported: "));
  CHECK(contains(error({"--tag", "x", "a", url("bucket/a")}), "invalid_argument: --tag takes KEY=VALUE"));
  CHECK(tree("bucket").empty());
  CHECK(run({"cp", "a", url("bucket/a")}).exit_code == 0);
  CHECK(contains(error({"--tag", "x=1", url("bucket/a"), url("bucket/b")}), "--tag is of objects made from files"));
  CHECK(contains(error({"--metadata", "x=1", url("bucket/a"), "b"}), "b is none"));
  CHECK(tree("bucket") == "a\n");
  CHECK(tree("work") == "a\n");
}

TEST_CASE_FIXTURE(WithBucket, "nothing is replaced with --if-absent") {
  write("work/a", "old");
  CHECK(run({"cp", "--if-absent", "a", url("bucket/a")}).exit_code == 0);
  write("work/a", "new");
  auto outcome = run({"cp", "--if-absent", "a", url("bucket/a")});
  CHECK(outcome.exit_code == 1);
  CHECK(contains(outcome.err, "put " + url("bucket/a") + ": precondition_failed"));
  CHECK(read("bucket/a") == "old");

  outcome = run({"cp", "--if-absent", url("bucket/a"), "a"});
  CHECK(outcome.exit_code == 1);
  CHECK(contains(outcome.err, "precondition_failed: a exists already"));
  CHECK(read("work/a") == "new");
  CHECK(run({"cp", "--if-absent", url("bucket/a"), "b"}).exit_code == 0);
  CHECK(tree("work") == "a\nb\n");
}

TEST_CASE_FIXTURE(WithBucket, "a dry run says what it would do") {
  write("work/a.txt", "a");
  const auto outcome = run({"cp", "-n", "a.txt", url("bucket/")});
  CHECK(outcome.out == "would copy a.txt -> " + url("bucket/a.txt") + " (1 byte)\n");
  CHECK(tree("bucket") == "");
  write("bucket/b.txt", "bb");
  CHECK(run({"cp", "-n", url("bucket/b.txt"), "."}).out ==
        "would copy " + url("bucket/b.txt") + " -> ./b.txt (2 bytes)\n");
  CHECK(tree("work") == "a.txt\n");
}

TEST_CASE_FIXTURE(WithBucket, "a dry run fails where the run would") {
  write("work/a", "a");
  write("bucket/b", "bb");
  for (const char* to : {"-", "there", "./"}) {
    CHECK(run({"cp", "-n", url("bucket/nothing"), to}).exit_code == 3);
    CHECK(run({"cp", "-n", url("bucket/b"), to}).exit_code == 0);
  }
  CHECK(run({"cp", "-n", url("bucket/nothing"), url("bucket/c")}).exit_code == 3);
  CHECK(run({"cp", "-n", url("bucket/b"), "-"}).out == "would copy " + url("bucket/b") + " -> - (2 bytes)\n");
  // Standard input is left to whom it belongs.
  CHECK(run({"cp", "-n", "-", url("bucket/c")}, "input").out == "would copy - -> " + url("bucket/c") + "\n");
  CHECK_FALSE(contains(run({"cp", "-n", "--json", "-", url("bucket/c")}).out, "size"));

  CHECK(run({"cp", "-n", "--if-absent", "a", url("bucket/b")}).exit_code == 1);
  CHECK(run({"cp", "-n", "--if-absent", url("bucket/b"), "a"}).exit_code == 1);
  CHECK(run({"cp", "-n", "--if-absent", "-", url("bucket/b")}).exit_code == 1);
  CHECK(run({"cp", "-n", "--if-absent", "a", url("bucket/c")}).exit_code == 0);
  write("work/tree/b", "other");
  for (const Words& places :
       {Words{"tree", url("bucket")}, {url("bucket"), "tree"}, {url("bucket"), url("work/tree")}}) {
    const auto outcome = run({"cp", "-rn", "--if-absent", places[0], places[1]});
    CHECK(contains(outcome.out, "would have copied 0 objects, 0 bytes; 0 failed, 1 skipped\n"));
  }
  CHECK(contains(run({"mv", "-n", url("bucket/b"), url("bucket/b")}).err, "are the same object"));
  CHECK(tree("bucket") == "b\n");
}

TEST_CASE_FIXTURE(WithBucket, "a place that ends with a slash is made, once there is an object for it") {
  write("bucket/a", "a");
  CHECK(run({"cp", url("bucket/nothing"), "new/one/"}).exit_code == 3);
  CHECK(run({"cp", "-n", url("bucket/a"), "new/one/"}).exit_code == 0);
  CHECK(tree("work").empty());
  CHECK(run({"cp", url("bucket/a"), "new/one/"}).out == url("bucket/a") + " -> new/one/a (1 byte)\n");
  CHECK(run({"cp", "--if-absent", url("bucket/a"), "new/two/"}).exit_code == 0);
  CHECK(run({"mv", url("bucket/a"), "new/three/"}).exit_code == 0);
  CHECK(tree("work") == "new/\nnew/one/\nnew/one/a\nnew/three/\nnew/three/a\nnew/two/\nnew/two/a\n");
}

TEST_CASE_FIXTURE(WithBucket, "what is missing is named, and exits with 3") {
  auto outcome = run({"cp", "nothing", url("bucket/a")});
  CHECK(contains(outcome.err,
                 "cp nothing: not_found: there is no such file\n  hint: a relative path starts at " + path("work")));
  CHECK(outcome.exit_code == 3);
  outcome = run({"cp", url("bucket/nothing"), "a"});
  CHECK(contains(outcome.err, "download " + url("bucket/nothing") + ": "));
  CHECK(outcome.exit_code == 3);
  CHECK(tree("work") == "");
  write("work/a", "a");
  outcome = run({"cp", "a", "mem://nothing/a"});
  CHECK(contains(outcome.err, "there is no bucket \"nothing\""));
  CHECK(outcome.exit_code == 3);
}

TEST_CASE_FIXTURE(WithBucket, "a place where nothing can be written") {
  write("bucket/a", "a");
  const auto outcome = run({"cp", url("bucket/a"), "/dev/null/a"});
  CHECK(contains(outcome.err, "download " + url("bucket/a") + ": io: "));
  CHECK(outcome.exit_code == 1);
}

TEST_CASE_FIXTURE(WithBucket, "in a URL %XX is a byte, in a path it is not") {
  write("work/50%25 #1?.txt", "a");
  CHECK(run({"cp", "50%25 #1?.txt", url("bucket/50%2525 %231%3F.txt")}).exit_code == 0);
  CHECK(read("bucket/50%25 #1?.txt") == "a");
  CHECK(run({"cat", path("bucket/50%25 #1?.txt")}).out == "a");
}

TEST_CASE_FIXTURE(WithBucket, "from a store to another one the bytes go through here, also many") {
  const std::string content = varied_bytes(9'000'000);  // more than is kept in memory
  write("bucket/a", content);
  fs::create_directories(path("elsewhere/other"));
  CHECK(run({"cp", url("bucket/a"), url("elsewhere/other/a")}).exit_code == 0);
  CHECK(read("elsewhere/other/a") == content);
  CHECK(left_over() == "");
}
