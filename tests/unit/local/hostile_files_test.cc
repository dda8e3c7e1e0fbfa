#include "unit/local/fixture.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

using namespace ::test;
namespace fs = std::filesystem;

// What another user of this machine may have put into a bucket's directory.

TEST_CASE_FIXTURE(FileBucket, "a symbolic link is never followed, listed, replaced or removed") {
  std::ofstream(root.file("secret")) << "secret";
  fs::create_symlink("../secret", path("link"));
  fs::create_symlink("..", path("up"));
  CHECK(code_of(get(*bucket, "link")) == ErrorCode::not_found);
  CHECK(get(*bucket, "link").error().hint == "there is a symbolic link, and links below a bucket are not followed");
  CHECK(code_of(get(*bucket, "up/secret")) == ErrorCode::not_found);
  CHECK(code_of(put(*bucket, "up/new", "x")) == ErrorCode::conflict);
  CHECK(put(*bucket, "link", "x").error().message == "a symbolic link is in the way of \"link\"");
  CHECK(code_of(copy(*bucket, "link", "copy")) == ErrorCode::not_found);
  CHECK(code_of(copy(*bucket, "up/secret", "copy")) == ErrorCode::not_found);
  CHECK(remove(*bucket, "link").has_value());
  CHECK(remove(*bucket, "up/secret").has_value());
  CHECK(list(*bucket).empty());
  CHECK(list(*bucket, with_prefix("up/")).empty());
  CHECK(list(*bucket, with_prefix("", "/")).empty());
  CHECK(fs::is_symlink(path("link")));
  CHECK(fs::exists(root.file("secret")));
  CHECK_FALSE(fs::exists(root.file("new")));
}

TEST_CASE_FIXTURE(FileBucket, "a FIFO and a socket are no objects, and nobody waits for them") {
  REQUIRE(::mkfifo(path("fifo").c_str(), 0600) == 0);
  const int listener = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path("socket").copy(address.sun_path, sizeof address.sun_path - 1);
  REQUIRE(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  ::close(listener);
  for (const char* key : {"fifo", "socket"}) {
    CAPTURE(key);
    CHECK(code_of(get(*bucket, key)) == ErrorCode::not_found);
    CHECK(code_of(bucket->head(key, {})) == ErrorCode::not_found);
    CHECK(code_of(put(*bucket, key, "x")) == ErrorCode::conflict);
    CHECK(remove(*bucket, key).has_value());
    CHECK(fs::exists(path(key)));
  }
  CHECK(list(*bucket).empty());
}

TEST_CASE_FIXTURE(FileBucket, "prefixes that are no paths find nothing and lead nowhere") {
  std::ofstream(root.file("outside")) << "x";
  write_file("k", "x");
  for (const std::string& prefix :
       {std::string("../"), std::string("/"), std::string("//"), std::string("./"), std::string("a//b"),
        std::string("..\0/", 4), std::string(".ck-meta/"), std::string(300, 'x') + '/', std::string(5000, 'x')}) {
    CAPTURE(prefix);
    CHECK(list(*bucket, with_prefix(prefix)).empty());
  }
}

TEST_CASE_FIXTURE(FileBucket, "what dead programs left behind is hidden and harmless") {
  write_file(".ck-tmp-0123456789abcdef", "half an obj");
  fs::create_directory(path("d"));
  write_file("d/.ck-tmp-0123456789abcdef", "half");
  write_file("d/.ck-attr-ffff", "1:x,");
  CHECK(list(*bucket).empty());
  CHECK(list(*bucket, with_prefix("", "/")).empty());
  REQUIRE(put(*bucket, "d/k", "x").has_value());
  CHECK(list(*bucket) == Keys{"d/k"});
  REQUIRE(remove(*bucket, "d/k").has_value());
  CHECK(store.delete_bucket("b", {}).has_value());
}

TEST_CASE_FIXTURE(FileBucket,
                  "a list removes what a killed put has left an hour ago, and nothing that somebody may be writing") {
  const auto age = [&](const std::string& key) {
    fs::last_write_time(path(key), fs::file_time_type::clock::now() - std::chrono::minutes(61));
  };
  fs::create_directory(path("d"));
  for (const char* const name : {".ck-tmp-old", ".ck-tmp-young", ".ck-tmp-held", "d/.ck-tmp-old", ".ck-other", "k"}) {
    write_file(name, "x");
    if (std::string_view(name) != ".ck-tmp-young") age(name);
  }
  const core::UniqueFd held(::open(path(".ck-tmp-held").c_str(), O_RDWR | O_CLOEXEC));
  REQUIRE(::flock(held.get(), LOCK_EX) == 0);
  CHECK(list(*bucket, with_prefix("", "/")) == Keys{"k"});
  for (const char* const name : {".ck-tmp-young", ".ck-tmp-held", ".ck-other", "k"}) CHECK(fs::exists(path(name)));
  for (const char* const name : {".ck-tmp-old", "d/.ck-tmp-old"}) CHECK(!fs::exists(path(name)));
  // It was in the way, with a file in it that was no object.
  CHECK(put(*bucket, "d", "x").has_value());
}

TEST_CASE_FIXTURE(FileBucket, "a tree deeper than there are descriptors is listed") {
  std::string key = "x";
  while (key.size() < 400) key += "/x";
  REQUIRE(put(*bucket, key, "deep").has_value());
  rlimit old{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &old) == 0);
  const rlimit few{100, old.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &few) == 0);
  CHECK(list(*bucket) == Keys{key});
  CHECK(list(*bucket, with_prefix("", "/")) == Keys{"PRE x/"});
  CHECK(code_of(store.delete_bucket("b", {})) == ErrorCode::conflict);
  CHECK(remove(*bucket, key).has_value());
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &old) == 0);
  CHECK(everything().empty());
}

TEST_CASE_FIXTURE(FileBucket, "what may not be read is an error with its path and a hint") {
  if (::geteuid() == 0) return;  // Root may read everything.
  REQUIRE(put(*bucket, "d/k", "x").has_value());
  fs::permissions(path("d/k"), fs::perms::none);
  const auto refused = get(*bucket, "d/k");
  CHECK(code_of(refused) == ErrorCode::permission_denied);
  CHECK(refused.error().message == "open " + path("d/k") + ": Permission denied");
  CHECK_FALSE(refused.error().hint.empty());
  fs::permissions(path("d"), fs::perms::none);
  CHECK(code_of(bucket->list_page({})) == ErrorCode::permission_denied);
  CHECK(code_of(put(*bucket, "d/new", "x")) == ErrorCode::permission_denied);
  fs::permissions(path("d"), fs::perms::owner_all);
}

TEST_CASE_FIXTURE(FileBucket, "what is written to closed standard descriptors gets into no object") {
  struct Logging final : Source {
    std::uint64_t size() const noexcept override { return content.size(); }
    Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) const override {
      for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) logged += ::write(fd, "log", 3) == 3 ? 1 : 0;
      return content.read_at(offset, out);
    }
    StringSource content{"content"};
    mutable int logged = 0;
  };
  const Logging source;
  int kept[3];
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) kept[fd] = ::dup(fd);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::close(fd);
  const auto info = bucket->put("k", source, {});
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    ::dup2(kept[fd], fd);
    ::close(kept[fd]);
  }
  CHECK(info.has_value());
  CHECK(source.logged == 0);
  CHECK(read_file("k") == "content");
}
