#include "tools/s3_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <sstream>

using namespace test;

// 10,000 keys below many/.
namespace {

struct WithManyKeys : ProgramWithServer {
  static constexpr int kKeys = 10'000;

  // In as many pages. The server answers in order, so only one page can come while objects are asked for.
  void list_in(int pages) {
    for (int page = 0; page < pages; ++page) {
      std::vector<std::string> keys;
      for (int i = 0; i < kKeys / pages; ++i) keys.push_back(key(page * (kKeys / pages) + i));
      server.then(list_reply(keys, page == pages - 1 ? "" : fmt::format("after-{}", page)));
    }
  }
  static std::string key(int i) { return fmt::format("many/{:05}", i); }

  // The keys in the first lines of requests that begin so, each once.
  std::set<std::string> requested(const std::string& method) const {
    std::set<std::string> keys;
    for (const std::string& request : server.requests()) {
      if (request.starts_with(method + " /bucket/")) {
        const std::size_t begin = method.size() + 9;
        CHECK(keys.insert(request.substr(begin, request.find(' ', begin) - begin)).second);
      }
    }
    return keys;
  }
};

}  // namespace

TEST_CASE_FIXTURE(WithManyKeys, "ls: 10,000 keys, once and in order") {
  list_in(10);
  const auto outcome = run({"ls", "-s", s3("bucket/many/")});
  std::istringstream lines(outcome.out);
  std::string line;
  for (int i = 0; i < kKeys; ++i) {
    REQUIRE(std::getline(lines, line));
    REQUIRE(line == "2026-11-23T01:00:00Z             4  " + key(i));
  }
  REQUIRE(std::getline(lines, line));
  CHECK(line == "total                        40000  in 10000 objects, 0 prefixes");
  CHECK(server.requests().size() == 10);
}

TEST_CASE_FIXTURE(WithManyKeys, "rm -r: 10,000 keys, each once") {
  list_in(1);
  server.always(faults::reply(204));
  const auto outcome = run({"rm", "-r", s3("bucket/many/")});
  CHECK(contains(outcome.out, "removed 10000 objects; 0 failed\n"));
  CHECK(outcome.exit_code == 0);
  CHECK(requested("DELETE").size() == kKeys);
}

TEST_CASE_FIXTURE(WithManyKeys, "cp -rn: 10,000 keys, and nothing sent but the listing") {
  list_in(10);
  const auto outcome = run({"cp", "-rn", s3("bucket/many/"), s3("bucket/copy")});
  CHECK(contains(outcome.out, "would have copied 10000 objects, 40000 bytes; 0 failed, 0 skipped\n"));
  CHECK(server.requests().size() == 10);
}

TEST_CASE_FIXTURE(ProgramWithServer,
                  "what comes before a broken listing is shown, and the error's exit code is the program's") {
  server.then(list_reply({"a", "b"}, "next"));
  server.always(error_reply(403, "AccessDenied", "Access Denied"));
  const auto outcome = run({"ls", s3("bucket")});
  CHECK(contains(outcome.out, "  a\n"));
  CHECK(contains(outcome.out, "  b\n"));
  CHECK(contains(outcome.err, "list s3://bucket/: AccessDenied (403)"));
  CHECK(outcome.exit_code == 4);
}
