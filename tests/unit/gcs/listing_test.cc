#include "fixture.h"

#include <doctest/doctest.h>

using namespace cloudkit;
using namespace cloudkit::testing;

TEST_CASE_FIXTURE(Fixture, "objects and prefixes come in the order of bytes") {
  transport->then(reply(
      200, {}, fmt::format(R"({{"prefixes":["b/","a\u00e4/"],"items":[{},{}]}})", resource("a"), resource("b0"))));
  const auto page = bucket->list_page({.prefix = "p", .delimiter = "/", .page_size = 7});
  REQUIRE(page);
  std::vector<std::string> keys;
  for (const ListEntry& entry : page->entries) keys.push_back(entry.key);
  CHECK(keys == std::vector<std::string>{"a", "a\xC3\xA4/", "b/", "b0"});
  CHECK(sent(0).find("maxResults=7&") != std::string::npos);
  CHECK(sent(0).find("&prefix=p&delimiter=%2F\n") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "a listing that would have no end, or is not whole, is an error") {
  transport->then(reply(200, {}, R"({"nextPageToken":"t"})"))
      .then(reply(200, {}, R"({"prefixes":[""]})"))
      .then(reply(200, {}, R"({"items":[{"name":"k","size":"1"}]})"))
      .then(reply(200, {}, R"({"items":[{"generation":"1","size":"1"}]})"));
  ListPageRequest request;
  request.page_token = "t";
  CHECK(bucket->list_page(request).error().message == "the listing goes on where it already was");
  CHECK(bucket->list_page({}).error().message == "the listing has an empty common prefix");
  CHECK(bucket->list_page({}).error().message == "generation of \"k\" is \"\"");
  CHECK(bucket->list_page({}).error().message == "the reply describes an object without a name");
}

TEST_CASE_FIXTURE(Fixture, "the versions of a key come together, the newest first") {
  const auto version = [](std::string_view name, int generation, bool old) {
    return fmt::format(R"({{"name":"{}","generation":"{}","size":"1"{}}})", name, generation,
                       old ? R"(,"timeDeleted":"2026-01-01T00:00:00Z")" : "");
  };
  transport
      ->then(reply(200, {},
                   fmt::format(R"({{"items":[{},{},{}],"nextPageToken":"t"}})", version("a", 1, true),
                               version("a", 2, false), version("b", 3, true))))
      .then(reply(200, {}, fmt::format(R"({{"items":[{},{}]}})", version("b", 3, true), version("b", 4, true))));
  ListVersionsRequest request;
  auto page = bucket->list_versions_page(request);
  REQUIRE(page);
  REQUIRE(page->entries.size() == 2);
  CHECK(page->entries[0].version_id == "2");
  CHECK(page->entries[0].is_latest);
  CHECK(page->entries[1].version_id == "1");
  // The next page begins at the key that may not have been whole.
  request.page_token = page->next_page_token;
  page = bucket->list_versions_page(request);
  REQUIRE(page);
  CHECK(sent(1).find("startOffset=b") != std::string::npos);
  CHECK(page->entries.at(0).version_id == "4");
  CHECK_FALSE(page->entries.at(0).is_latest);
  CHECK(page->next_page_token.empty());
}

TEST_CASE_FIXTURE(Fixture, "the newest version is the first, though a key has pages of them") {
  const auto page = [](std::string_view name, int first, std::string_view next) {
    std::string items;
    for (int generation = first; generation < first + 2; ++generation) {
      items += fmt::format(R"({}{{"name":"{}","generation":"{}","size":"1","timeDeleted":"2026-01-01T00:00:00Z"}})",
                           items.empty() ? "" : ",", name, generation);
    }
    return fmt::format(R"({{"items":[{}]{}}})", items,
                       next.empty() ? std::string() : fmt::format(R"(,"nextPageToken":"{}")", next));
  };
  transport->then(reply(200, {}, page("a", 1, "t1"))).then(reply(200, {}, page("a", 3, "t2")));
  transport->then(reply(200, {}, page("b", 9, "t3")));
  ListVersionsRequest request;
  request.page_token = "a";
  const auto read = bucket->list_versions_page(request);
  REQUIRE(read);
  REQUIRE(read->entries.size() == 4);
  CHECK(read->entries[0].version_id == "4");
  CHECK(read->entries[3].version_id == "1");
  // Of the next key nobody knows yet which is the newest.
  CHECK(read->next_page_token == "b");
  CHECK(sent(2).find("startOffset=a&pageToken=t2") != std::string::npos);

  transport->then(reply(200, {}, page("a", 1, "t1"))).then(reply(200, {}, page("a", 1, "t1")));
  CHECK(bucket->list_versions_page({}).error().message == "the listing goes on where it already was");
}

TEST_CASE_FIXTURE(Fixture, "what a service lists before the key to start after is left out") {
  transport->then(
      reply(200, {}, fmt::format(R"({{"items":[{},{},{}]}})", resource("a"), resource("b"), resource("c"))));
  ListPageRequest request;
  request.start_after = "b";
  const auto page = bucket->list_page(request);
  REQUIRE(page);
  REQUIRE(page->entries.size() == 1);
  CHECK(page->entries[0].key == "c");
}

TEST_CASE_FIXTURE(Fixture, "a prefix that holds the place to begin stays only if it holds more") {
  ListPageRequest request;
  request.delimiter = "/";
  request.start_after = "d/1";
  const auto entries = [&](const std::string& below) {
    transport->then(reply(200, {}, R"({"prefixes":["d/","e/"]})")).then(reply(200, {}, below));
    std::string keys;
    for (const ListEntry& entry : bucket->list_page(request).value().entries) keys += entry.key + ' ';
    return keys;
  };
  CHECK(entries(fmt::format(R"({{"items":[{},{}]}})", resource("d/1"), resource("d/2"))) == "d/ e/ ");
  CHECK(sent(1).find("&prefix=d%2F&startOffset=d%2F1\n") != std::string::npos);
  CHECK(entries(fmt::format(R"({{"items":[{}]}})", resource("d/1"))) == "e/ ");
}

TEST_CASE_FIXTURE(Fixture, "a reply to a batch that does not answer for each key leaves open what happened") {
  const std::vector<std::string> keys = {"a", "b"};
  const auto answer = [](int index) {
    return fmt::format("--x\r\nContent-ID: <response-cloudkit+{}>\r\n\r\nHTTP/1.1 204 X\r\n\r\n\r\n", index);
  };
  const std::pair<std::string, std::string> rows[] = {
      {answer(0) + "--x--", "the reply to a batch has 1 answers for 2 keys"},
      {answer(0) + answer(0) + "--x--", "the reply to a batch answers for a key that was not asked for"},
      {answer(0) + answer(2) + "--x--", "the reply to a batch answers for a key that was not asked for"},
      {answer(0) + answer(1), "the reply to a batch cannot be read whole"},
      {answer(0) + "--x\r\n\r\nhello\r\n--x--", "the reply to a batch cannot be read whole"},
      {answer(0) + answer(1) + answer(1) + "--x--", "the reply to a batch cannot be read whole"},
  };
  for (const auto& row : rows) {
    const std::string& body = row.first;
    CAPTURE(body);
    transport->then(reply(200, {{"Content-Type", "multipart/mixed; boundary=\"x\""}}, body));
    const auto error = bucket->remove_many(keys, {}).error();
    CHECK(error.message == row.second);
    CHECK(error.may_have_happened);
  }
  transport->then(reply(200, {{"Content-Type", "text/html"}}, "hello"));
  CHECK(bucket->remove_many(keys, {}).error().message == "the reply to a batch is not one of several parts");
}
