#include "fixture.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstring>

using ::test::Machines;
using ::test::soon;
using namespace cloudkit;

namespace {

class Text final : public Source {
 public:
  explicit Text(std::string text) : text_(std::move(text)) {}
  std::uint64_t size() const noexcept override { return text_.size() + missing; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) const override {
    const std::size_t count =
        std::min<std::size_t>(out.size(), text_.size() - std::min<std::size_t>(offset, text_.size()));
    std::memcpy(out.data(), text_.data() + offset, count);
    return count;
  }
  std::size_t missing = 0;

 private:
  std::string text_;
};

unsigned mode_of(const std::string& path) {
  struct stat state{};
  return ::stat(path.c_str(), &state) == 0 ? state.st_mode & 07777U : 0U;
}

}  // namespace

TEST_CASE("a file is put below the machine's root, with its mode") {
  Machines machines;
  const std::string id = machines.create("web").id;
  const std::string root = machines.root(id);
  const Status missing = machines->put_file(id, Text("hello"), {"/etc/app/app.conf", 0640}, {});
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().code == ErrorCode::invalid_argument);
  CHECK(missing.error().message == "the machine has no such directory");
  CHECK(missing.error().hint == "make it by a script: mkdir -p");
  CHECK(machines.run(id, "mkdir etc/app").exit_code == 0);
  REQUIRE(machines->put_file(id, Text("hello"), {"/etc/app/app.conf", 0640}, {}).has_value());
  CHECK(::test::read_file(root + "/etc/app/app.conf") == "hello");
  CHECK(mode_of(root + "/etc/app/app.conf") == 0640);
  CHECK(machines.run(id, "cat etc/app/app.conf").out == "hello");

  REQUIRE(machines->put_file(id, Text("#!/bin/sh\necho run\n"), {"//etc//app/app.conf", 04755}, {}).has_value());
  CHECK(mode_of(root + "/etc/app/app.conf") == 0755);
  CHECK(machines.run(id, "etc/app/app.conf").out == "run\n");
  REQUIRE(machines->put_file(id, Text(""), {"/empty"}, {}).has_value());
  CHECK(machines.run(id, "wc -c < empty").out == "0\n");
  // As a script of the machine would name it.
  REQUIRE(machines->put_file(id, Text("own"), {root + "/tmp/own"}, {}).has_value());
  CHECK(machines.run(id, "cat $CLOUDKIT_MACHINE_ROOT/tmp/own").out == "own");
  const std::string large(3'000'000, 'x');
  REQUIRE(machines->put_file(id, Text(large), {"/large"}, {}).has_value());
  CHECK(::test::read_file(root + "/large") == large);
}

TEST_CASE("a path that leads elsewhere is refused, and nothing is written") {
  Machines machines;
  const std::string id = machines.create("web").id;
  const std::string root = machines.root(id);
  const std::string outside = machines.directory() + "/outside";
  std::filesystem::create_directories(outside);
  for (const std::string path : {"", "/", "relative", "/dir/", "/../x", "/a/../../x", "/./x", "/a/.", "//"}) {
    CAPTURE(path);
    const Status refused = machines->put_file(id, Text("x"), {path}, {});
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == ErrorCode::invalid_argument);
  }
  std::filesystem::create_directory_symlink(outside, root + "/link");
  const Status refused = machines->put_file(id, Text("x"), {"/link/file"}, {});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::conflict);
  CHECK(refused.error().message == "a part of the path is no directory");
  CHECK(refused.error().hint == "symbolic links below a machine's root are not followed");
  CHECK(::test::is_empty(outside));

  // A link in the file's own place is replaced.
  ::test::write_file(outside + "/target", "kept");
  std::filesystem::create_symlink(outside + "/target", root + "/file");
  REQUIRE(machines->put_file(id, Text("new"), {"/file"}, {}).has_value());
  CHECK(::test::read_file(outside + "/target") == "kept");
  CHECK(::test::read_file(root + "/file") == "new");
}

TEST_CASE("a file that cannot be put whole is not put") {
  Machines machines;
  const std::string id = machines.create("web").id;
  const std::string root = machines.root(id);
  CHECK(machines.run(id, "mkdir dir").exit_code == 0);
  REQUIRE(machines->put_file(id, Text("old"), {"/dir/file"}, {}).has_value());
  Text broken("new");
  broken.missing = 5;
  CHECK(machines->put_file(id, broken, {"/dir/file"}, {}).error().code == ErrorCode::io);
  const Context cancelled = Context::cancellable();
  cancelled.cancel();
  CHECK(machines->put_file(id, Text("new"), {"/dir/file"}, cancelled).error().code == ErrorCode::cancelled);
  std::filesystem::create_directories(root + "/dir/taken/below");
  CHECK_FALSE(machines->put_file(id, Text("new"), {"/dir/taken"}, {}).has_value());
  CHECK(machines->put_file(id, Text("new"), {"/dir/file/below"}, {}).error().code == ErrorCode::conflict);
  CHECK(::test::read_file(root + "/dir/file") == "old");
  CHECK(machines.run(id, "ls -A dir").out == "file\ntaken\n");
}

TEST_CASE("of a file that is not whole yet nothing is there, whenever its program is killed") {
  class Looking final : public Source {
   public:
    explicit Looking(std::string directory) : directory_(std::move(directory)) {}
    std::uint64_t size() const noexcept override { return 3; }
    Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) const override {
      if (!::test::is_empty(directory_)) return Error(ErrorCode::conflict, "there is a file already");
      const std::size_t count = offset < 3 && !out.empty() ? 1 : 0;
      std::fill_n(out.begin(), count, 'x');
      return count;
    }

   private:
    std::string directory_;
  };
  Machines machines;
  const std::string id = machines.create("web").id;
  REQUIRE(machines->put_file(id, Looking(machines.root(id) + "/opt"), {"/opt/file"}, {}).has_value());
  CHECK(::test::read_file(machines.root(id) + "/opt/file") == "xxx");
  CHECK(machines.run(id, "ls -A opt").out == "file\n");
  CHECK(mode_of(machines.root(id) + "/opt/file") == 0644U);
}

TEST_CASE("a machine that does not run takes no files") {
  Machines machines;
  const std::string id = machines.create("web").id;
  REQUIRE(machines->stop(id, {}).has_value());
  REQUIRE(machines.becomes(id, InstanceState::stopped));
  const Status refused = machines->put_file(id, Text("x"), {"/file"}, {});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::conflict);
  CHECK(refused.error().message == "the machine is stopped");
}
