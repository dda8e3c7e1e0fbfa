#include "core/source_chunks.h"
#include "unit/local/fixture.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <thread>

using namespace ::test;

TEST_CASE_FIXTURE(FileBucket, "an object is a plain file with the same bytes") {
  const std::string data = std::string(core::kChunkSize, 'x') + std::string("a\0b", 3);
  const auto made = put(*bucket, "dir/sub/k", data);
  REQUIRE(made.has_value());
  CHECK(read_file("dir/sub/k") == data);
  CHECK(get(*bucket, "dir/sub/k").value() == data);
  const auto head = bucket->head("dir/sub/k", {}).value();
  CHECK(head.token == made->token);
  CHECK(head.size == data.size());
  CHECK(head.modified == made->modified);
  CHECK(everything() == Keys{"dir", "dir/sub", "dir/sub/k"});
}

TEST_CASE_FIXTURE(FileBucket, "with sync it is the same") {
  local::FileStoreDriver synced(config_of(root.path(), true));
  const auto other = synced.bucket("b").value();
  REQUIRE(put(*other, "x/y/z", "data").has_value());
  CHECK(get(*bucket, "x/y/z").value() == "data");
  CHECK(remove(*other, "x/y/z").has_value());
  CHECK(everything().empty());
}

TEST_CASE_FIXTURE(FileBucket, "its mode follows the umask") {
  const mode_t old = ::umask(027);
  REQUIRE(put(*bucket, "k", "x").has_value());
  ::umask(old);
  struct stat state{};
  REQUIRE(::stat(path("k").c_str(), &state) == 0);
  CHECK((state.st_mode & 0777) == 0640);
}

TEST_CASE_FIXTURE(FileBucket, "every content has another token, even when an inode comes back") {
  std::vector<std::string> tokens;
  for (int i = 0; i < 500; ++i) tokens.push_back(put(*bucket, "k", "same size").value().token);
  std::sort(tokens.begin(), tokens.end());
  CHECK(std::adjacent_find(tokens.begin(), tokens.end()) == tokens.end());
}

TEST_CASE_FIXTURE(FileBucket, "ranges are cut at the end and refused past it") {
  REQUIRE(put(*bucket, "k", "0123456789").has_value());
  CHECK(get_range(*bucket, "k", {8, 9, false}).value() == "89");
  CHECK(get_range(*bucket, "k", ByteRange::suffix(3)).value() == "789");
  CHECK(code_of(get_range(*bucket, "k", ByteRange::from(10))) == ErrorCode::invalid_argument);
  REQUIRE(put(*bucket, "empty", "").has_value());
  CHECK(get_range(*bucket, "empty", ByteRange::from(7)).value().empty());
}

TEST_CASE_FIXTURE(FileBucket, "conditions of put, get, remove and copy") {
  const auto first = put_if(*bucket, "d/k", "1", Condition::absent());
  REQUIRE(first.has_value());
  CHECK(code_of(put_if(*bucket, "d/k", "2", Condition::absent())) == ErrorCode::precondition_failed);
  const auto second = put_if(*bucket, "d/k", "2", Condition::match(first->token));
  REQUIRE(second.has_value());
  CHECK(code_of(put_if(*bucket, "d/k", "3", Condition::match(first->token))) == ErrorCode::precondition_failed);
  CHECK(code_of(put_if(*bucket, "n/new", "3", Condition::match(first->token))) == ErrorCode::precondition_failed);
  GetOptions options;
  options.condition = Condition::not_match(second->token);
  CHECK(code_of(get(*bucket, "d/k", options)) == ErrorCode::not_modified);
  options.condition = Condition::match(first->token);
  CHECK(code_of(get(*bucket, "d/k", options)) == ErrorCode::precondition_failed);
  CopyOptions absent;
  absent.condition = Condition::absent();
  CHECK(copy(*bucket, "d/k", "copy", absent).has_value());
  CHECK(code_of(copy(*bucket, "d/k", "copy", absent)) == ErrorCode::precondition_failed);
  CHECK(code_of(remove(*bucket, "d/k", Condition::match(first->token))) == ErrorCode::precondition_failed);
  CHECK(code_of(remove(*bucket, "gone/k", Condition::match(first->token))) == ErrorCode::precondition_failed);
  CHECK(get(*bucket, "d/k").value() == "2");
  CHECK(remove(*bucket, "d/k", Condition::match(second->token)).has_value());
  CHECK(everything() == Keys{"copy"});
}

TEST_CASE_FIXTURE(FileBucket, "an object and one below it cannot both exist") {
  REQUIRE(put(*bucket, "a", "x").has_value());
  CHECK(put(*bucket, "a/b/c", "y").error().message == "the object \"a\" is in the way of \"a/b/c\"");
  CHECK(code_of(put(*bucket, "a/b", "y")) == ErrorCode::conflict);
  CHECK(code_of(get(*bucket, "a/b")) == ErrorCode::not_found);
  CHECK(remove(*bucket, "a/b").has_value());
  REQUIRE(put(*bucket, "d/e", "x").has_value());
  CHECK(put(*bucket, "d", "y").error().message == "a directory is in the way of \"d\"");
  CHECK(code_of(put_if(*bucket, "d", "y", Condition::absent())) == ErrorCode::conflict);
  CHECK(code_of(put_if(*bucket, "d", "y", Condition::match("t"))) == ErrorCode::precondition_failed);
  CHECK(code_of(get(*bucket, "d")) == ErrorCode::not_found);
  CHECK(remove(*bucket, "d").has_value());
  CHECK(list(*bucket) == Keys{"a", "d/e"});
  CHECK(everything() == Keys{"a", "d", "d/e"});
}

TEST_CASE_FIXTURE(FileBucket, "a put whose condition does not hold reads none of its source") {
  struct Unread final : Source {
    std::uint64_t size() const noexcept override { return 1 << 30; }
    Result<std::size_t> read_at(std::uint64_t, std::span<char> out) const override {
      FAIL_CHECK("it was read");
      return out.size();
    }
  };
  REQUIRE(put(*bucket, "k", "x").has_value());
  PutOptions options;
  options.condition = Condition::absent();
  CHECK(code_of(bucket->put("k", Unread(), options)) == ErrorCode::precondition_failed);
  options.condition = Condition::match("other");
  CHECK(code_of(bucket->put("k", Unread(), options)) == ErrorCode::precondition_failed);
  CHECK(code_of(bucket->put("no/such", Unread(), options)) == ErrorCode::precondition_failed);
  CHECK(everything() == Keys{"k"});
}

TEST_CASE_FIXTURE(FileBucket, "an empty directory is no object and gives way to one") {
  std::filesystem::create_directory(path("d"));
  CHECK(put_if(*bucket, "d", "x", Condition::absent()).has_value());
  CHECK(get(*bucket, "d").value() == "x");
}

TEST_CASE_FIXTURE(FileBucket, "so do empty directories in one another, but not one with anything in it") {
  std::filesystem::create_directories(path("d/e/f"));
  std::filesystem::create_directories(path("d/g"));
  write_file("d/e/f/k", "x");
  CHECK(code_of(put(*bucket, "d", "x")) == ErrorCode::conflict);
  CHECK(std::filesystem::is_directory(path("d/g")));
  std::filesystem::remove(path("d/e/f/k"));
  CHECK(put(*bucket, "d", "x").has_value());
  CHECK(everything() == Keys{"d"});
}

TEST_CASE_FIXTURE(FileBucket, "removing the last object removes the directories that led to it") {
  REQUIRE(put(*bucket, "a/b/c", "x").has_value());
  REQUIRE(put(*bucket, "a/d", "x").has_value());
  REQUIRE(remove(*bucket, "a/b/c").has_value());
  CHECK(everything() == Keys{"a", "a/d"});
  REQUIRE(remove(*bucket, "a/d").has_value());
  CHECK(everything().empty());
  CHECK(store.bucket_exists("b", {}).value());
}

TEST_CASE_FIXTURE(FileBucket, "a put that fails leaves nothing") {
  CHECK(code_of(bucket->put("d/k", StringSource("abc", 4), {})) == ErrorCode::io);
  CHECK(code_of(bucket->put("d/k", StringSource("abc", 2), {})) == ErrorCode::io);
  PutOptions options;
  options.context = Context::cancellable();
  options.context.cancel();
  CHECK(code_of(put(*bucket, "d/k", "abc", options)) == ErrorCode::cancelled);
  CHECK(code_of(copy(*bucket, "missing", "d/k")) == ErrorCode::not_found);
  CHECK(everything().empty());
}

TEST_CASE_FIXTURE(FileBucket, "a disk that takes no more keeps the old object whole") {
  REQUIRE(put(*bucket, "k", "old").has_value());
  // In a child, because the limit is for the whole process.
  const pid_t child = ::fork();
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{100000, 100000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const auto failed = bucket->put("k", StringSource(std::string(200000, 'n')), {});
    ::_exit(!failed && failed.error().code == ErrorCode::io && !failed.error().hint.empty() ? 0 : 1);
  }
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(get(*bucket, "k").value() == "old");
  CHECK(everything() == Keys{"k"});
}

TEST_CASE_FIXTURE(FileBucket, "a read in progress keeps the old bytes when they are replaced") {
  const std::string old_data(3 * core::kChunkSize, 'o');
  REQUIRE(put(*bucket, "k", old_data).has_value());
  Received received;
  received.between_chunks = [&] { REQUIRE(put(*bucket, "k", "new").has_value()); };
  REQUIRE(bucket->get("k", {}, received).has_value());
  CHECK(received.data == old_data);
  CHECK(received.largest_chunk <= core::kChunkSize);
}

TEST_CASE_FIXTURE(FileBucket, "a file that someone writes into while it is read is noticed") {
  REQUIRE(put(*bucket, "k", std::string(2 * core::kChunkSize, 'o')).has_value());
  Received received;
  SUBCASE("longer") {
    received.between_chunks = [&] { std::ofstream(path("k"), std::ios::app) << "more"; };
  }
  SUBCASE("shorter") {
    received.between_chunks = [&] { std::filesystem::resize_file(path("k"), 10); };
  }
  CHECK(bucket->get("k", {}, received).error().message == "the object changed while it was read");
}

TEST_CASE_FIXTURE(FileBucket, "a copy of a file that someone writes into is a conflict, not the caller's condition") {
  REQUIRE(put(*bucket, "k", std::string(2 * core::kChunkSize, 'o')).has_value());
  std::atomic<bool> ended{false};
  std::thread writer([&] {
    while (!ended) std::ofstream(path("k"), std::ios::in) << "x";
  });
  CopyOptions options;
  options.condition = Condition::absent();
  auto copied = copy(*bucket, "k", "copy", options);
  for (int tries = 0; copied && tries < 1000; ++tries) {
    CHECK(remove(*bucket, "copy"));
    copied = copy(*bucket, "k", "copy", options);
  }
  ended = true;
  writer.join();
  REQUIRE_FALSE(copied);
  CHECK(copied.error().code == ErrorCode::conflict);
}

TEST_CASE_FIXTURE(FileBucket, "a long read and a long copy obey their contexts") {
  REQUIRE(put(*bucket, "k", std::string(3 * core::kChunkSize, 'x')).has_value());
  GetOptions options;
  options.context = Context::cancellable();
  Received received;
  received.between_chunks = [&] { options.context.cancel(); };
  CHECK(code_of(bucket->get("k", options, received)) == ErrorCode::cancelled);
  CopyOptions copying;
  copying.context = options.context;
  CHECK(code_of(copy(*bucket, "k", "copy", copying)) == ErrorCode::cancelled);
  CHECK(everything() == Keys{"k"});
}

TEST_CASE_FIXTURE(FileBucket, "a copy keeps bytes and attributes, or gets new ones") {
  PutOptions options;
  options.content.type = "text/plain";
  options.metadata = {{"a", "1"}};
  const std::string data(core::kChunkSize + 1, 'x');
  REQUIRE(put(*bucket, "from", data, options).has_value());
  const auto kept = copy(*bucket, "from", "to/kept");
  REQUIRE(kept.has_value());
  CHECK(kept->info->token == bucket->head("to/kept", {})->token);
  CHECK(bucket->head("to/kept", {})->metadata == Metadata{{"a", "1"}});
  CHECK(get(*bucket, "to/kept").value() == data);
  CopyOptions replace;
  replace.metadata = Metadata{};
  replace.content = ContentHeaders{};
  replace.content->language = "de";
  REQUIRE(copy(*bucket, "from", "from", replace).has_value());
  CHECK(bucket->head("from", {})->metadata.empty());
  CHECK(bucket->head("from", {})->content.language == "de");
  CHECK(get(*bucket, "from").value() == data);
}

TEST_CASE_FIXTURE(FileBucket, "a bucket that is gone is not found") {
  REQUIRE(store.delete_bucket("b", {}).has_value());
  CHECK(put(*bucket, "k", "x").error().service_code == "NoSuchBucket");
  CHECK(get(*bucket, "k").error().service_code == "NoSuchBucket");
  CHECK(remove(*bucket, "k").error().service_code == "NoSuchBucket");
  CHECK(bucket->list_page({}).error().service_code == "NoSuchBucket");
}

TEST_CASE_FIXTURE(FileBucket, "what its capabilities exclude it refuses") {
  for (const char* key : {"a/", "/a", "a//b", "..", "a/../b", ".ck-x"}) {
    CAPTURE(key);
    CHECK(code_of(put(*bucket, key, "x")) == ErrorCode::invalid_argument);
    CHECK(code_of(get(*bucket, key)) == ErrorCode::invalid_argument);
    CHECK(code_of(remove(*bucket, key)) == ErrorCode::invalid_argument);
    CHECK(code_of(copy(*bucket, key, "x")) == ErrorCode::invalid_argument);
    CHECK(code_of(copy(*bucket, "x", key)) == ErrorCode::invalid_argument);
  }
  CHECK_FALSE(bucket->capabilities().key_and_child);
  CHECK_FALSE(bucket->capabilities().key_slashes);
}
