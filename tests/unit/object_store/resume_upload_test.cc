#include "resume_fixture.h"

#include <algorithm>
#include <optional>

using namespace cloudkit;
using namespace cloudkit::test;

namespace {

struct ResumeUploadFixture : ResumeFixture {
  ResumeUploadFixture() { write_file(path, ::test::varied_bytes(95)); }

  Result<ObjectInfo> put(PutOptions options = {}) {
    options.transfer = transfer;
    return bucket.put("k", File{path}, options);
  }
  // As if the connection had gone when `part` was to be sent.
  void fail_at(int part, ErrorCode code = ErrorCode::unavailable) {
    driver->before_part = [part, code](const PutPartRequest& request) -> Status {
      if (request.number == part) return core::fail(code, "the line is dead");
      return {};
    };
    const auto error = put().error();
    CHECK(error.code == code);
    driver->before_part = nullptr;
  }
  int parts_sent() { return driver->count("part "); }
  void check_whole(const std::string& data) {
    CHECK(bucket.get("k").value().data == data);
    CHECK(driver->uploads_left() == 0);
    CHECK(files() == 1);
  }
};

}  // namespace

TEST_CASE_FIXTURE(ResumeUploadFixture, "an upload goes on where it stopped, with the same object at the end") {
  fail_at(6);
  CHECK(driver->uploads_left() == 1);
  CHECK(driver->count("abort") == 0);
  CHECK(parts_sent() == 6);
  std::vector<std::uint64_t> seen;
  transfer.progress = [&](const TransferProgress& progress) { seen.push_back(progress.bytes); };
  const auto info = put();
  REQUIRE_MESSAGE(info, info.error().to_string());
  CHECK(parts_sent() == 6 + 5);
  CHECK(driver->count("begin") == 1);
  CHECK(info->metadata.empty());
  CHECK(std::is_sorted(seen.begin(), seen.end()));
  CHECK(seen.back() == 95);
  check_whole(::test::varied_bytes(95));
}

TEST_CASE_FIXTURE(ResumeUploadFixture, "an error of an upload that is kept says so") {
  driver->before_part = [](const PutPartRequest& request) -> Status {
    if (request.number == 3) return core::fail(ErrorCode::unavailable, "the line is dead");
    return {};
  };
  const auto error = put().error();
  CHECK(error.message == "the line is dead");
  CHECK(error.hint == "what is done is kept: the same call, with resume, goes on from there");
}

TEST_CASE_FIXTURE(ResumeUploadFixture,
                  "an upload that is not to be resumed leaves nothing, nor does one without a part") {
  SUBCASE("not to be resumed") {
    transfer.resume = false;
    fail_at(6);
  }
  SUBCASE("without a part") { fail_at(1); }
  SUBCASE("refused for good") { fail_at(6, ErrorCode::invalid_argument); }
  CHECK(driver->uploads_left() == 0);
  CHECK(files() == 1);
}

TEST_CASE_FIXTURE(ResumeUploadFixture,
                  "what the service takes in no parts is refused, and nothing is left beside the file") {
  transfer.part_size = 3;
  CHECK(put().error().code == ErrorCode::invalid_argument);
  CHECK(files() == 1);
}

TEST_CASE_FIXTURE(ResumeUploadFixture, "a file that changed meanwhile is uploaded from its beginning") {
  fail_at(6);
  SUBCASE("its size") { write_file(path, ::test::varied_bytes(97, 1)); }
  SUBCASE("its time only") { fs::last_write_time(path, fs::last_write_time(path) - std::chrono::seconds(7)); }
  SUBCASE("another file of the same name") {
    write_file(directory.file("new"), ::test::varied_bytes(95, 1));
    fs::last_write_time(directory.file("new"), fs::last_write_time(path));
    fs::rename(directory.file("new"), path);
  }
  REQUIRE(put());
  CHECK(driver->count("abort") == 1);
  CHECK(driver->count("begin") == 2);
  check_whole(read_file(path));
}

TEST_CASE_FIXTURE(ResumeUploadFixture, "an object that is to be another is uploaded from its beginning") {
  fail_at(6);
  PutOptions options;
  SUBCASE("metadata") { options.metadata = {{"a", "b"}}; }
  SUBCASE("content type") { options.content.type = "text/css"; }
  SUBCASE("condition") { options.condition = Condition::absent(); }
  SUBCASE("storage class") { options.storage_class = "COLD"; }
  SUBCASE("tags") { options.tags = {{"x", "1"}}; }
  REQUIRE(put(options));
  CHECK(driver->count("begin") == 2);
  CHECK(bucket.head("k").value().metadata == options.metadata);
  check_whole(::test::varied_bytes(95));
}

TEST_CASE_FIXTURE(ResumeUploadFixture, "another key has a journal of its own") {
  fail_at(6);
  PutOptions options;
  options.transfer = transfer;
  REQUIRE(bucket.put("other", File{path}, options));
  CHECK(driver->uploads_left() == 1);
  REQUIRE(put());
  CHECK(driver->count("begin") == 2);
  check_whole(::test::varied_bytes(95));
}

TEST_CASE_FIXTURE(ResumeUploadFixture, "parts that the service lacks, or has with another content, are sent again") {
  fail_at(6);
  const auto entry = driver->inner().list_uploads_page("", "", {}).value().entries.at(0);
  PutPartRequest request;
  request.key = "k";
  request.upload = entry.upload;
  request.number = 2;
  REQUIRE(driver->inner().put_part(request, ::test::StringSource("0123456789")));
  driver->hides_part = 3;
  REQUIRE(put());
  CHECK(parts_sent() == 6 + 5 + 2);
  check_whole(::test::varied_bytes(95));
}

TEST_CASE_FIXTURE(ResumeUploadFixture, "an upload that the service has forgotten begins anew") {
  fail_at(6);
  const auto entry = driver->inner().list_uploads_page("", "", {}).value().entries.at(0);
  REQUIRE(bucket.abort_upload("k", entry.upload));
  REQUIRE(put());
  CHECK(driver->count("begin") == 2);
  check_whole(::test::varied_bytes(95));
}

TEST_CASE_FIXTURE(ResumeUploadFixture, "a service that does not list parts is believed") {
  fail_at(6);
  driver->lists_parts = false;
  SUBCASE("it has no such call") {}
  SUBCASE("who uploads may not list them") { driver->hides_parts_by = ErrorCode::permission_denied; }
  REQUIRE(put());
  CHECK(parts_sent() == 6 + 5);
  check_whole(::test::varied_bytes(95));
}

TEST_CASE_FIXTURE(ResumeUploadFixture,
                  "an upload that is gone, and whose parts may not be listed, is not gone on with forever") {
  fail_at(6);
  const auto entry = driver->inner().list_uploads_page("", "", {}).value().entries.at(0);
  REQUIRE(bucket.abort_upload("k", entry.upload));
  driver->lists_parts = false;
  driver->hides_parts_by = ErrorCode::permission_denied;
  if (!put()) REQUIRE(put());
  check_whole(::test::varied_bytes(95));
}

TEST_CASE_FIXTURE(ResumeUploadFixture, "a program that was killed after its last step finds its object done") {
  std::string journal;
  driver->before_complete = [&] { journal = read_file(beside(".ckjournal")); };
  const auto first = put().value();
  write_file(directory.file("saved"), journal);
  driver->before_complete = nullptr;
  // As it was at the last moment.
  fail_at(6);
  fs::rename(directory.file("saved"), beside(".ckjournal"));
  const auto again = put();
  REQUIRE_MESSAGE(again, again.error().to_string());
  CHECK(again->token == first.token);
  CHECK(driver->count("complete") == 1);
}

TEST_CASE_FIXTURE(ResumeUploadFixture, "a completion whose reply was lost for good is settled by the next call") {
  driver->fates = {Fate::request_is_lost};
  CHECK(put().error().may_have_happened);
  CHECK(driver->uploads_left() == 1);
  REQUIRE(put());
  CHECK(parts_sent() == 10);
  check_whole(::test::varied_bytes(95));
}

TEST_CASE_FIXTURE(ResumeUploadFixture, "a condition that does not hold takes the parts back") {
  REQUIRE(bucket.put("k", "there"));
  PutOptions options;
  options.condition = Condition::absent();
  CHECK(put(options).error().code == ErrorCode::precondition_failed);
  check_whole("there");
}

TEST_CASE_FIXTURE(ResumeUploadFixture, "a file that shrank to one piece takes back what was sent of it") {
  fail_at(6);
  write_file(path, "small");
  REQUIRE(put());
  CHECK(driver->count("put") == 1);
  check_whole("small");
}

TEST_CASE_FIXTURE(ResumeUploadFixture, "a hostile journal is no reason to fail") {
  fail_at(6);
  const std::string journal = beside(".ckjournal");
  SUBCASE("zeros") { write_file(journal, std::string(5000, '\0')); }
  SUBCASE("text") { write_file(journal, "0123abcd upload version=1 id=x\n"); }
  SUBCASE("empty") { write_file(journal, ""); }
  REQUIRE(put());
  CHECK(bucket.get("k").value().data == ::test::varied_bytes(95));
  CHECK(files() == 1);
  // The upload is not known any more, but can be found.
  std::vector<UploadEntry> left;
  UploadListing uploads = bucket.list_uploads();
  for (const auto& entry : uploads) left.push_back(entry.value());
  REQUIRE(left.size() == 1);
  CHECK(left[0].key == "k");
  CHECK(bucket.abort_upload("k", left[0].upload));
  CHECK(driver->uploads_left() == 0);
}

TEST_CASE_FIXTURE(ResumeUploadFixture, "two uploads of one file to one place are not made at once") {
  std::optional<Error> second;
  driver->before_part = [&](const PutPartRequest&) -> Status {
    if (!second) second = put().error();
    return {};
  };
  REQUIRE(put());
  CHECK(second->code == ErrorCode::conflict);
  CHECK(second->resource == bucket.url("k"));
  check_whole(::test::varied_bytes(95));
}

TEST_CASE_FIXTURE(ResumeUploadFixture, "what is no file cannot be resumed, and says so") {
  PutOptions options;
  options.transfer.resume = true;
  const auto error = bucket.put("k", "bytes", options).error();
  CHECK(error.code == ErrorCode::invalid_argument);
  CHECK(error.message == "only the transfer of a File can be resumed");
  CHECK(error.hint == "leave TransferOptions::resume off");
}

TEST_CASE_FIXTURE(ResumeUploadFixture, "uploads are listed and aborted below a prefix, by the handle's keys") {
  const Bucket below = bucket.below("a").value();
  const auto begun = driver->inner().begin_upload("a/b", {}).value();
  REQUIRE(driver->inner().begin_upload("c", {}));
  UploadListing uploads = below.list_uploads();
  std::vector<std::string> keys;
  for (const auto& entry : uploads) keys.push_back(entry.value().key);
  CHECK(keys == std::vector<std::string>{"b"});
  CHECK(below.abort_upload("b", begun));
  CHECK(below.abort_upload("b", begun));
  CHECK(driver->uploads_left() == 1);
  CHECK(bucket.abort_upload("c", {}).error().message == "the upload is empty");
}
