#include "sync/run_journal.h"
#include "support/read_file.h"
#include "support/temporary_directory.h"

#include <doctest/doctest.h>
#include <fcntl.h>

#include <fstream>

using namespace cloudkit;
using syncing::RunJournal;

namespace {

struct JournalFiles {
  ::test::TemporaryDirectory directory;
  core::UniqueFd fd{::open(directory.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};

  RunJournal create() const { return RunJournal::create(fd.get(), "j", "j").value(); }
  RunJournal open() const { return RunJournal::open(fd.get(), "j", "j").value(); }
  std::string read() const { return ::test::read_file(directory.file("j")); }
  void write(const std::string& text) const { std::ofstream(directory.file("j"), std::ios::binary) << text; }
};

}  // namespace

TEST_CASE_FIXTURE(JournalFiles, "a journal is found again, in whatever order it was written") {
  {
    auto journal = create();
    journal.add(7, "{\"n\":7}\n").value();
    journal.add(0, "{\"n\":0}").value();
    journal.note(3, "{\"failed\":3}").value();
    journal.add(100000, std::string(5000, 'x')).value();
    CHECK(journal.line(3).value() == "{\"failed\":3}\n");
  }
  const auto journal = open();
  CHECK(journal.line(7).value() == "{\"n\":7}\n");
  CHECK(journal.line(0).value() == "{\"n\":0}\n");
  CHECK(journal.line(100000).value() == std::string(5000, 'x') + "\n");
  // A failure is tried again.
  CHECK(!journal.has(3));
  CHECK(!journal.line(1).value());
  CHECK(!journal.line(200000).value());
}

TEST_CASE_FIXTURE(JournalFiles, "a line that was cut off or changed ends a journal, which goes on from there") {
  {
    auto journal = create();
    for (unsigned i = 0; i < 5; ++i) journal.add(i, "{\"n\":" + std::to_string(i) + "}").value();
  }
  const std::string text = read();
  for (std::size_t size = text.find('\n') + 1; size < text.size(); ++size) {
    write(text.substr(0, size));
    const auto count = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size), '\n') - 1;
    auto journal = open();
    for (unsigned i = 0; i < 5; ++i) REQUIRE(journal.has(i) == (static_cast<std::ptrdiff_t>(i) < count));
    REQUIRE(journal.add(9, "{}"));
    REQUIRE(open().line(9).value() == "{}\n");
  }
  std::string changed = text;
  changed[changed.find("\"n\":2") + 4] = '8';
  write(changed);
  const auto journal = open();
  CHECK(journal.has(1));
  CHECK(!journal.has(2));
  CHECK(!journal.has(3));
}

TEST_CASE_FIXTURE(JournalFiles, "what is no journal is empty") {
  for (const std::string& text : {std::string(), std::string("x"), std::string(900000, 'x'), std::string("+1 0 x\n")}) {
    write(text);
    CHECK(!open().has(1));
  }
  // Numbers that would need all memory.
  write("cloudkit journal 1\n+18446744073709551615 00000000 \n");
  CHECK(!open().has(0));
}
