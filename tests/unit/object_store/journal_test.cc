#include "object_store/transfer/journal.h"
#include "support/read_file.h"
#include "support/temporary_directory.h"

#include "crypto/crc.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

using namespace cloudkit;
using namespace cloudkit::object_store;

namespace {

const UploadState kUpload{{"s3://a\nb\nk", "file 1", "0123"}, 8 << 20, {"id /+%"}, "abc", {}};
const UploadPart kFirst{1, 8 << 20, "\"token\" with spaces\n", "aGk="};

DownloadState download_state() {
  DownloadState state;
  state.job = {"s3://a\nb\nk", "0 10 begin"};
  state.token = "t=1 2";
  state.size = 100;
  state.offset = 5;
  state.length = 95;
  state.part_size = 10;
  state.checksum = {Checksum::Algorithm::crc64nvme, UINT64_MAX};
  return state;
}

// With a right checksum, whatever it says.
std::string line(std::string_view text) { return fmt::format("{:08x} {}\n", crypto::crc32c(0, text), text); }

std::optional<DownloadState> read_changed(const DownloadState& state) {
  return read_download(read_journal(to_line(record_of(state))).records);
}

struct JournalDirectory : ::test::TemporaryDirectory {
  const std::string path = file("journal");
  std::string text() const { return ::test::read_file(path); }
};

}  // namespace

TEST_CASE("what is written to a journal is read from it") {
  const auto upload = read_upload(read_journal(to_line(record_of(kUpload)) + to_line(record_of(kFirst))).records);
  REQUIRE(upload);
  CHECK(upload->job == kUpload.job);
  CHECK(upload->part_size == kUpload.part_size);
  CHECK(upload->upload.value == kUpload.upload.value);
  CHECK(upload->write_id == "abc");
  REQUIRE(upload->parts.size() == 1);
  CHECK(upload->parts.at(1).token == kFirst.token);
  CHECK(upload->parts.at(1).checksum == "aGk=");

  const DownloadState state = download_state();
  const std::string text = to_line(record_of(state)) + to_line(record_of_range(3, 7)) + to_line(record_of_range(9, 8));
  const auto download = read_download(read_journal(text).records);
  REQUIRE(download);
  CHECK(download->job == state.job);
  CHECK(download->token == state.token);
  CHECK(download->size == 100);
  CHECK(download->offset == 5);
  CHECK(download->length == 95);
  CHECK(download->checksum.value == UINT64_MAX);
  CHECK(download->part_algorithm() == Checksum::Algorithm::crc64nvme);
  CHECK(download->parts == std::map<std::uint64_t, std::uint64_t>{{3, 7}, {9, 8}});
  CHECK_FALSE(read_upload(read_journal(text).records));
}

TEST_CASE("a line that was cut or changed ends a journal, at every byte") {
  const std::string whole = to_line(record_of(kUpload)) + to_line(record_of(kFirst));
  const std::size_t first = to_line(record_of(kUpload)).size();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const JournalText cut = read_journal(std::string_view(whole).substr(0, size));
    CHECK(cut.records.size() == (size >= first ? 1 : 0));
    CHECK(cut.intact == (size >= first ? first : 0));
    std::string changed = whole;
    changed[size] = static_cast<char>(changed[size] ^ 4);
    CHECK(read_journal(changed).records.size() <= 1);
  }
}

TEST_CASE("a journal that says what cannot be is none") {
  for (const char* text :
       {"", "upload", "upload version=1", "upload version=2 id=a part_size=1", "Upload version=1", "download version=1",
        "upload version=1 id=a part_size=0", "upload version=1 id=a part_size=1 part_size=2",
        "upload version=1 id=%zz part_size=1", "upload version=1 id=a part_size=-1",
        "upload version=1 id=a part_size=1 =", "part number=1"}) {
    INFO(text);
    const JournalText read = read_journal(line(text));
    CHECK_FALSE(read_upload(read.records));
    CHECK_FALSE(read_download(read.records));
  }
  const std::string begun = line("upload version=1 id=a part_size=1");
  CHECK(read_upload(read_journal(begun).records));
  for (const char* part : {"part number=0 size=1", "part number=99999999999 size=1", "part number=1", "part size=1"}) {
    CHECK(read_upload(read_journal(begun + line(part)).records)->parts.empty());
  }
  CHECK(read_changed(download_state()));
  using Change = void (*)(DownloadState&);
  const Change changes[] = {
      [](DownloadState& state) { state.token.clear(); },
      [](DownloadState& state) { state.length = 0; },
      [](DownloadState& state) { state.part_size = 0; },
      [](DownloadState& state) { state.length = 96; },
      [](DownloadState& state) { state.offset = UINT64_MAX; },
      [](DownloadState& state) { state.size = state.length = UINT64_MAX; },
      [](DownloadState& state) { state.size = state.length = 1U << 30; },  // Of parts of ten bytes.
  };
  for (const Change change : changes) {
    DownloadState state = download_state();
    change(state);
    CHECK_FALSE(read_changed(state));
  }
  const std::string far = to_line(record_of(download_state())) + to_line(record_of_range(10, 0));
  CHECK(read_download(read_journal(far).records)->parts.empty());
}

TEST_CASE_FIXTURE(JournalDirectory, "a journal outlives its program, and what was cut off is not built upon") {
  {
    auto journal = Journal::open(path).value();
    CHECK(journal.found().empty());
    REQUIRE(journal.start(record_of(kUpload)));
    CHECK_FALSE(journal.has_steps());
    REQUIRE(journal.add(record_of(kFirst)));
    CHECK(journal.has_steps());
  }
  std::ofstream(path, std::ios::app) << "0123abcd part num";
  {
    auto journal = Journal::open(path).value();
    CHECK(journal.found().size() == 2);
    UploadPart second = kFirst;
    second.number = 2;
    REQUIRE(journal.add(record_of(second)));
  }
  {
    auto journal = Journal::open(path).value();
    CHECK(read_upload(journal.found())->parts.size() == 2);
    REQUIRE(journal.start(record_of(download_state())));
    CHECK(text() == to_line(record_of(download_state())));
    journal.remove();
  }
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE_FIXTURE(JournalDirectory, "two transfers never have one journal") {
  auto first = std::make_unique<Journal>(Journal::open(path).value());
  const auto error = Journal::open(path).error();
  CHECK(error.code == ErrorCode::conflict);
  CHECK(error.message == "another transfer of this file is under way (" + path + ")");
  CHECK(error.hint == "wait for its end; or transfer without resume, which shares nothing with it");
  first->remove();
  CHECK(Journal::open(path));  // Another file of the same name.
  first.reset();
  CHECK(Journal::open(path));
}

TEST_CASE_FIXTURE(JournalDirectory, "what somebody else has put in its place is no journal") {
  std::ofstream(file("other")) << to_line(record_of(kUpload));
  SUBCASE("a link") { std::filesystem::create_symlink(file("other"), path); }
  SUBCASE("another name of a file") { std::filesystem::create_hard_link(file("other"), path); }
  SUBCASE("a FIFO") { REQUIRE(::mkfifo(path.c_str(), 0600) == 0); }
  SUBCASE("a directory") { std::filesystem::create_directory(path); }
  const auto error = Journal::open(path).error();
  CHECK(error.code == ErrorCode::io);
  CHECK(error.message.find(path) != std::string::npos);
  CHECK_FALSE(error.hint.empty());
  CHECK(std::filesystem::file_size(file("other")) == to_line(record_of(kUpload)).size());
}

TEST_CASE_FIXTURE(JournalDirectory, "where no journal can be made the error says what it is for") {
  const auto error = Journal::open(file("no/such/journal")).error();
  CHECK(error.code == ErrorCode::io);
  CHECK(error.message == "make the journal " + file("no/such/journal") + ": No such file or directory");
  CHECK(error.hint == "resume keeps a journal beside the file: make the directory writable, or leave resume off");
}

TEST_CASE("a journal's name is beside the file, hidden from file stores, and never too long") {
  const std::string name = path_beside("/a/b.txt", "s3://x", ".ckjournal");
  CHECK(name.find("/a/.ck-b.txt-") == 0);
  CHECK(name.ends_with(".ckjournal"));
  CHECK(name != path_beside("/a/b.txt", "s3://y", ".ckjournal"));
  CHECK(name != path_beside("/a/b.tx", "s3://x", ".ckjournal"));
  CHECK(path_beside("b", "", ".ckpart").find(".ck-b-") == 0);
  for (const std::string& unit : {std::string("n"), std::string("\xC3\xA4"), std::string("\xF0\x9F\x98\x80")}) {
    std::string longest;
    while (longest.size() + unit.size() <= 255) longest += unit;
    const std::string made = path_beside(longest, "", ".ckjournal");
    CHECK(made.size() <= 255);
    CHECK((made.find('-', 4) - 4) % unit.size() == 0);
    CHECK(made != path_beside(longest.substr(unit.size()), "", ".ckjournal"));
  }
}
