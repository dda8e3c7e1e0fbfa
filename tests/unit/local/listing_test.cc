#include "local/name_list.h"

#include "unit/local/fixture.h"

#include <cloudkit/object_store.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <utime.h>

#include <random>

using namespace ::test;
namespace fs = std::filesystem;

namespace {

ListPageRequest paged(int size) {
  ListPageRequest request;
  request.page_size = size;
  return request;
}

// What a page must hold, computed the simple way.
Keys expected_listing(Keys keys, const std::string& prefix, const std::string& delimiter, const std::string& after) {
  std::sort(keys.begin(), keys.end());
  Keys out;
  for (const auto& key : keys) {
    if (key.compare(0, prefix.size(), prefix) != 0 || key <= after) continue;
    const std::size_t at = delimiter.empty() ? std::string::npos : key.find(delimiter, prefix.size());
    const std::string entry = at == std::string::npos ? key : "PRE " + key.substr(0, at + delimiter.size());
    if (out.empty() || out.back() != entry) out.push_back(entry);
  }
  return out;
}

}  // namespace

TEST_CASE_FIXTURE(FileBucket, "keys come in byte order although '/' sorts before other characters") {
  const Keys keys{"A", "a.b", "a.b.c/d", "a/b", "a/c/d", "a/c0", "a0", "b", "\xC3\xA4", "\xF0\x9F\x98\x80"};
  for (const auto& key : keys) REQUIRE(put(*bucket, key, "x").has_value());
  for (const int size : {1, 2, 3, 1000}) CHECK(list(*bucket, paged(size)) == keys);
  CHECK(list(*bucket, with_prefix("", "/")) ==
        Keys{"A", "a.b", "PRE a.b.c/", "PRE a/", "a0", "b", "\xC3\xA4", "\xF0\x9F\x98\x80"});
}

TEST_CASE_FIXTURE(FileBucket, "a prefix is bytes, not a path") {
  for (const char* key : {"ab", "abc/x", "abd/y/z", "b/ab"}) REQUIRE(put(*bucket, key, "x").has_value());
  CHECK(list(*bucket, with_prefix("ab")) == Keys{"ab", "abc/x", "abd/y/z"});
  CHECK(list(*bucket, with_prefix("abd/y")) == Keys{"abd/y/z"});
  CHECK(list(*bucket, with_prefix("abd/y", "/")) == Keys{"PRE abd/y/"});
  CHECK(list(*bucket, with_prefix("abd/", "/")) == Keys{"PRE abd/y/"});
  CHECK(list(*bucket, with_prefix("abx")).empty());
  CHECK(list(*bucket, with_prefix("ab/")).empty());
}

TEST_CASE_FIXTURE(FileBucket, "random trees are listed as the simple way lists them") {
  std::mt19937 random(7);
  const std::string letters = "ab.0~";
  Keys keys;
  for (int i = 0; i < 300; ++i) {
    std::string key;
    for (auto length = 1 + random() % 6; length > 0; --length) {
      key += letters[random() % letters.size()];
      if (length > 1 && random() % 2 == 0) key += '/';
    }
    if (put(*bucket, key, "x") && std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
  }
  REQUIRE(keys.size() > 50);
  const Keys prefixes{"", "a", "a/", "a/b", "b.", "~/", "a/a/"};
  const Keys delimiters{"", "/", ".", "a/"};
  const Keys starts{"", "a", "a/", "a/b", "b/0/a", "~", "a0"};
  for (const auto& prefix : prefixes) {
    for (const auto& delimiter : delimiters) {
      for (const auto& after : starts) {
        for (const int size : {1, 7, 1000}) {
          CAPTURE(prefix);
          CAPTURE(delimiter);
          CAPTURE(after);
          auto request = with_prefix(prefix, delimiter);
          request.start_after = after;
          request.page_size = size;
          REQUIRE(list(*bucket, request) == expected_listing(keys, prefix, delimiter, after));
        }
      }
    }
  }
}

TEST_CASE_FIXTURE(FileBucket, "twenty thousand keys come once each, in pages of any size") {
  std::ofstream(root.file("one")) << "x";
  Keys keys;
  for (int i = 0; i < 20000; ++i) {
    keys.push_back((i % 2 == 0 ? "flat/" : "tree/" + std::to_string(i % 50) + "/") + std::to_string(i));
    const std::string& key = keys.back();
    std::filesystem::create_directories(std::filesystem::path(path(key)).parent_path());
    std::filesystem::create_hard_link(root.file("one"), path(key));
  }
  std::sort(keys.begin(), keys.end());
  // Settled directories are cached between the pages; so that this test uses the cache, too.
  const utimbuf long_ago{1000000000, 1000000000};
  ::utime(path("flat").c_str(), &long_ago);
  CHECK(list(*bucket, paged(1000)) == keys);
  CHECK(list(*bucket, paged(7)) == keys);
  CHECK(list(*bucket, with_prefix("", "/")) == Keys{"PRE flat/", "PRE tree/"});
  auto late = paged(1000);
  late.start_after = keys[19990];
  CHECK(list(*bucket, late) == Keys(keys.begin() + 19991, keys.end()));
}

TEST_CASE_FIXTURE(FileBucket, "what comes and goes between pages does not disturb the rest") {
  for (const char* key : {"a/1", "a/2", "b/1", "c", "d"}) REQUIRE(put(*bucket, key, "x").has_value());
  auto request = paged(2);
  const auto first = bucket->list_page(request).value();
  CHECK(first.entries.back().key == "a/2");
  REQUIRE(remove(*bucket, "a/2").has_value());
  REQUIRE(remove(*bucket, "a/1").has_value());
  REQUIRE(remove(*bucket, "c").has_value());
  REQUIRE(put(*bucket, "b/0", "x").has_value());
  REQUIRE(put(*bucket, "a/0", "x").has_value());
  request.page_token = first.next_page_token;
  request.page_size = 1000;
  CHECK(list(*bucket, request) == Keys{"b/0", "b/1", "d"});
}

TEST_CASE_FIXTURE(FileBucket, "directories without objects are not listed") {
  std::filesystem::create_directories(path("empty/also/empty"));
  REQUIRE(put(*bucket, "full/x/k", "x").has_value());
  CHECK(list(*bucket) == Keys{"full/x/k"});
  CHECK(list(*bucket, with_prefix("", "/")) == Keys{"PRE full/"});
}

TEST_CASE_FIXTURE(FileBucket, "an entry says what head says") {
  REQUIRE(put(*bucket, "d/k", "12345").has_value());
  const auto entry = bucket->list_page({}).value().entries.at(0);
  const auto head = bucket->head("d/k", {}).value();
  CHECK(entry.size == 5);
  CHECK(entry.token == head.token);
  CHECK(entry.modified == head.modified);
}

TEST_CASE_FIXTURE(FileBucket, "a cancelled listing ends") {
  REQUIRE(put(*bucket, "k", "x").has_value());
  ListPageRequest request;
  request.context = Context::cancellable();
  request.context.cancel();
  CHECK(code_of(bucket->list_page(request)) == ErrorCode::cancelled);
}

TEST_CASE_FIXTURE(FileBucket, "a new listing shows what came while another one goes on") {
  std::ofstream(root.file("one")) << "x";
  fs::create_directory(path("d"));
  for (int i = 10000; i < 13000; ++i) fs::create_hard_link(root.file("one"), path("d/" + std::to_string(i)));
  auto request = paged(1000);
  const auto first = bucket->list_page(request).value();
  REQUIRE(put(*bucket, "d/12000-new", "x").has_value());
  REQUIRE(remove(*bucket, "d/12001").has_value());
  CHECK(list(*bucket, paged(1000)).size() == 3000);
  request.page_token = first.next_page_token;
  const auto rest = list(*bucket, request);
  CHECK(std::find(rest.begin(), rest.end(), "d/12001") == rest.end());
  CHECK(rest.front() == "d/11000");
  CHECK(rest.back() == "d/12999");
}

TEST_CASE_FIXTURE(FileBucket, "a page token that names no listing is one, as of earlier versions") {
  for (const char* key : {"a", "b", "c"}) REQUIRE(put(*bucket, key, "x").has_value());
  ListPageRequest request;
  request.page_token = "ka";
  CHECK(list(*bucket, request) == Keys{"b", "c"});
  request.page_token = "0123456789abcdef";
  CHECK(list(*bucket, request) == Keys{"a", "b", "c"});
  request.page_token = "0123456789abcdef?";
  CHECK(code_of(bucket->list_page(request)) == ErrorCode::invalid_argument);
}

namespace {

struct LargeDirectory {
  LargeDirectory() {
    local::NameList many;
    for (int i = 0; i < 5000; ++i) many.add(std::to_string(i), false);
    names = std::make_shared<const local::NameList>(std::move(many));
  }
  struct stat state() const {
    struct stat found{};
    REQUIRE(::stat(directory.path().c_str(), &found) == 0);
    return found;
  }
  void age() const {
    const utimbuf long_ago{1000000000, 1000000000};
    REQUIRE(::utime(directory.path().c_str(), &long_ago) == 0);
  }
  void change() const { std::ofstream(directory.file("new")) << "x"; }

  TemporaryDirectory directory;
  std::shared_ptr<const local::NameList> names;
  local::NameCache cache;
};

}  // namespace

TEST_CASE_FIXTURE(LargeDirectory,
                  "names are kept for others only of large directories that have settled, until they change") {
  cache.keep("one", state(), state(), names);
  CHECK(cache.find("other", state()) == nullptr);  // Too young.
  age();
  const struct stat settled = state();
  cache.keep("one", settled, settled, std::make_shared<const local::NameList>());
  CHECK(cache.find("other", settled) == nullptr);  // Too small.
  cache.keep("one", settled, settled, names);
  CHECK(cache.find("other", state()) == names);
  change();
  CHECK(cache.find("other", state()) == nullptr);
  cache.forget("one");
  CHECK(cache.find("other", settled) == nullptr);
}

TEST_CASE_FIXTURE(LargeDirectory, "names are kept for their listing, also of a directory that changes, for a minute") {
  const auto begin = local::NameCache::Clock::now();
  cache.keep("one", state(), state(), names, begin);
  change();
  CHECK(cache.find("one", state(), begin + std::chrono::seconds(59)) == names);
  CHECK(cache.find("one", state(), begin + std::chrono::seconds(60)) == nullptr);
  CHECK(cache.find("other", state(), begin) == nullptr);
  cache.forget("other", begin + std::chrono::seconds(59));
  CHECK(cache.find("one", state(), begin) == names);
  cache.forget("one", begin);
  CHECK(cache.find("one", state(), begin) == nullptr);
}

TEST_CASE_FIXTURE(FileBucket, "what is no object is told once of a listing in pages, to who asks") {
  for (const char* key : {"b", "d/x", "f"}) REQUIRE(put(*bucket, key, "x").has_value());
  for (const char* name : {"a", "c", "d/y", "e", "g", "h"}) std::filesystem::create_symlink("b", path(name));
  ListPageRequest request;
  CHECK(bucket->list_page(request)->passed_over.empty());
  request.passed_over = true;
  for (const int size : {1, 2, 3, 1000}) {
    request.page_size = size;
    request.page_token.clear();
    Keys told;
    do {
      const auto page = bucket->list_page(request).value();
      for (const PassedOver& it : page.passed_over) told.push_back(it.key);
      request.page_token = page.next_page_token;
    } while (!request.page_token.empty());
    CHECK(told == Keys{"a", "c", "d/y", "e", "g", "h"});
  }
  request.start_after = "c";
  CHECK(bucket->list_page(request)->passed_over.size() == 4);
  Keys below;
  ListOptions options;
  options.passed_over = [&](std::string_view key, std::string_view what) {
    below.push_back(std::string(key) + ": " + std::string(what));
  };
  static_cast<void>(Bucket(bucket, "d").list_all(options).value());
  CHECK(below == Keys{"y: a symbolic link"});
}
