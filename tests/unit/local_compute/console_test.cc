#include "local/compute/supervisor/console.h"

#include "fixture.h"

#include <fcntl.h>
#include <unistd.h>

using namespace cloudkit;
using local::compute::Console;

namespace {

// A console's files are in the current directory.
class Elsewhere {
 public:
  explicit Elsewhere(const std::string& directory) : before_(std::filesystem::current_path()) {
    std::filesystem::current_path(directory);
  }
  ~Elsewhere() { std::filesystem::current_path(before_); }

 private:
  const std::filesystem::path before_;
};

}  // namespace

TEST_CASE("a console begins its next file once one is full, and keeps two") {
  const ::test::TemporaryDirectory directory;
  const Elsewhere elsewhere(directory.path());
  {
    Console console(10);
    REQUIRE(console.open());
    console.append("0123456789");
    console.append("second");
  }
  CHECK(::test::read_file("console.log.1") == "0123456789");
  CHECK(::test::read_file("console.log") == "second");
  Console console(10);  // Goes on.
  REQUIRE(console.open());
  console.append(" more");
  CHECK(::test::read_file("console.log") == "second more");
  console.append("third");
  CHECK(::test::read_file("console.log.1") == "second more");
  CHECK(::test::read_file("console.log") == "third");
}

TEST_CASE("a console's file is private, and no link") {
  const ::test::TemporaryDirectory directory;
  const Elsewhere elsewhere(directory.path());
  Console console;
  REQUIRE(console.open());
  CHECK((std::filesystem::status("console.log").permissions() & std::filesystem::perms::all) ==
        (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
  std::filesystem::remove("console.log");
  std::filesystem::create_symlink("other", "console.log");
  CHECK_FALSE(Console().open());
  CHECK_FALSE(std::filesystem::exists("other"));
}
