#include "sync/manifest.h"
#include "support/read_file.h"
#include "support/temporary_directory.h"
#include "sync/manifest_text.h"

#include <doctest/doctest.h>
#include <fcntl.h>

#include <fstream>

using namespace cloudkit;
using syncing::Entry;
using syncing::ManifestHeader;
using syncing::ManifestReader;
using syncing::ManifestWriter;

namespace {

Entry entry_of(const std::string& key) {
  Entry entry;
  entry.info.key = key;
  entry.path = key;
  entry.info.size = 3;
  entry.info.token = "t\"1";
  entry.info.modified = TimePoint(std::chrono::milliseconds(1795480000123));
  entry.info.content.type = "text/plain";
  entry.info.content.language = "en";
  entry.info.metadata = {{"owner", "ada"}, {"empty", ""}, {"odd", "\xff"}};
  entry.info.checksum = {Checksum::Algorithm::crc64nvme, UINT64_MAX};
  entry.sha256 = std::string(64, 'a');
  entry.verified = true;
  entry.file = {3, -5, 77};
  return entry;
}

struct ManifestFiles {
  ::test::TemporaryDirectory directory;
  core::UniqueFd fd{::open(directory.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};

  std::string read(const std::string& name) const { return ::test::read_file(directory.file(name)); }
  std::string write(const std::vector<Entry>& entries) const {
    ManifestHeader header;
    header.source = "s3://reports";
    header.rules = {{false, "*.tmp"}, {true, "a"}};
    auto writer = ManifestWriter::create(fd.get(), "m", "m", header).value();
    for (const Entry& entry : entries) writer.add(entry).value();
    writer.finish(true).value();
    return read("m");
  }
};

// The error of reading it all, or "".
std::string problem_of(const std::string& text) {
  auto reader = ManifestReader::parse(text);
  if (!reader) return reader.error().message;
  while (true) {
    const auto entry = reader->next();
    if (!entry) {
      CHECK(entry.error().code == ErrorCode::data_loss);
      return entry.error().message;
    }
    if (!*entry) return "";
  }
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE_FIXTURE(ManifestFiles, "a manifest brings back all that it was told") {
  Entry failed = entry_of("b\xff/\n");
  failed.action = Entry::Action::failed;
  failed.path = "b";
  failed.sha256.clear();
  failed.error = "get: gone";
  write({entry_of("a"), failed});
  auto reader = ManifestReader::open(fd.get(), "m", "m").value();
  CHECK(reader.header().source == "s3://reports");
  CHECK(reader.header().rules.size() == 2);
  CHECK(reader.header().rules[1].include);
  const Entry first = reader.next().value().value();
  const Entry expected = entry_of("a");
  CHECK(first.info.metadata == expected.info.metadata);
  CHECK(first.info.content.type == "text/plain");
  CHECK(first.info.content.language == "en");
  CHECK(first.info.modified == expected.info.modified);
  CHECK(first.info.token == expected.info.token);
  CHECK(first.info.checksum.value == UINT64_MAX);
  CHECK(first.info.checksum.algorithm == Checksum::Algorithm::crc64nvme);
  CHECK(first.sha256 == expected.sha256);
  CHECK(first.verified);
  CHECK(first.file == expected.file);
  CHECK(first.path == "a");
  const Entry second = reader.next().value().value();
  CHECK(second.info.key == "b\xff/\n");
  CHECK(second.path == "b");
  CHECK(second.error == "get: gone");
  CHECK(!reader.next().value());
  CHECK(reader.footer().objects == 1);
  CHECK(reader.footer().failed == 1);
  CHECK(reader.footer().bytes == 3);
  const auto summary = syncing::read_summary(fd.get(), "m", "m").value();
  CHECK(summary.second.objects == 1);
  CHECK(summary.first.source == "s3://reports");
}

TEST_CASE_FIXTURE(ManifestFiles, "a manifest that was changed or cut off is known") {
  const std::string text = write({entry_of("a"), entry_of("b"), entry_of("c")});
  CHECK(problem_of(text).empty());
  CHECK(problem_of("") == "the manifest is damaged: line 0: the first line is no header");
  CHECK(problem_of(replaced(text, "\"en\"", "\"fr\"")) ==
        "the manifest is damaged: line 5: the lines have another SHA-256");
  CHECK(problem_of(replaced(text, "s3://reports", "s3://other")) ==
        "the manifest is damaged: line 5: the lines have another SHA-256");
  CHECK(problem_of(replaced(text, "\"key\":\"b\"", "\"key\":\"z\"")) ==
        "the manifest is damaged: line 4: the keys are not in order");
  CHECK(problem_of(replaced(text, "\"key\":\"b\"", "\"key\":\"b\",\"path\":\"../b\"")) ==
        "the manifest is damaged: line 3: a line has a path that leads out of the snapshot");
  CHECK(problem_of(replaced(text, "\"objects\":3", "\"objects\":2")) ==
        "the manifest is damaged: line 5: there are more or fewer objects than the end says");
  CHECK(problem_of(text + "x\n") == "the manifest is damaged: line 6: something comes after the end");
  CHECK(problem_of(replaced(text, "cloudkit_manifest\":1", "cloudkit_manifest\":2")) ==
        "the manifest: it was written by a newer cloudkit");
  // Cut anywhere, and every byte changed.
  for (std::size_t size = 0; size < text.size(); ++size) REQUIRE(!problem_of(text.substr(0, size)).empty());
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string changed = text;
    changed[at] = changed[at] == 'x' ? 'y' : 'x';
    REQUIRE_MESSAGE(!problem_of(changed).empty(), at);
  }
}

TEST_CASE_FIXTURE(ManifestFiles, "a manifest has its name only once it is whole") {
  {
    auto writer = ManifestWriter::create(fd.get(), "m", "m", {}).value();
    writer.add(entry_of("a")).value();
    CHECK(ManifestReader::open(fd.get(), "m", "DIR/m").error().message == "there is no DIR/m");
  }
  std::ofstream(directory.file("other")) << "text";
  std::filesystem::create_symlink(directory.file("other"), directory.file("m"));
  CHECK(ManifestReader::open(fd.get(), "m", "m").error().code == ErrorCode::permission_denied);
  write({entry_of("a")});
  CHECK(!std::filesystem::is_symlink(directory.file("m")));
  CHECK(read("other") == "text");
}

TEST_CASE_FIXTURE(ManifestFiles, "a line without an end is given up") {
  const std::string text = write({entry_of("a")});
  CHECK(problem_of(text.substr(0, text.find('\n') + 1) + std::string(600000, 'x')) ==
        "the manifest is damaged: line 1: the line is too long");
}
