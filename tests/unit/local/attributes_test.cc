#include "local/attributes.h"

#include "local/file_state.h"
#include "unit/local/fixture.h"

#include <cloudkit/log.h>

#include <fcntl.h>
#include <sys/xattr.h>

using namespace ::test;

namespace {

PutOptions with_attributes(std::size_t metadata_size = 3) {
  PutOptions options;
  options.content = {"text/plain", "no-store", "gzip", "attachment; filename=\"a,b:c\"", "de"};
  options.metadata = {{"owner", std::string(metadata_size, 'x')}, {"empty", ""}};
  return options;
}

void check_attributes(const ObjectInfo& info, std::size_t metadata_size = 3) {
  CHECK(info.content.type == "text/plain");
  CHECK(info.content.cache_control == "no-store");
  CHECK(info.content.encoding == "gzip");
  CHECK(info.content.disposition == "attachment; filename=\"a,b:c\"");
  CHECK(info.content.language == "de");
  CHECK(info.metadata == Metadata{{"owner", std::string(metadata_size, 'x')}, {"empty", ""}});
}

// More than any file system takes as an extended attribute.
constexpr std::size_t kLarge = 70000;

}  // namespace

TEST_CASE("encoded attributes decode to the same") {
  local::Attributes attributes;
  CHECK(attributes.empty());
  attributes.content.type = "a:b,c";
  attributes.metadata = {{"k", "7:x,"}, {"", ""}};
  CHECK_FALSE(attributes.empty());
  const auto decoded = local::decode_attributes(local::encode_attributes(attributes));
  REQUIRE(decoded.has_value());
  CHECK(decoded->content.type == "a:b,c");
  CHECK(decoded->metadata == attributes.metadata);
}

TEST_CASE("damaged attributes are recognised, and those of a newer version passed by") {
  const std::string good = "4:type,3:x/y,";
  for (std::size_t size = 1; size < good.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(local::decode_attributes(good.substr(0, size)).has_value());
  }
  for (const char* bad :
       {"x", "4type,", "-1:,1:,", "99999999999999999999:x,", "18446744073709551615:x,", "4:type;3:x/y,"}) {
    CAPTURE(bad);
    CHECK_FALSE(local::decode_attributes(bad).has_value());
  }
  CHECK(local::decode_attributes("6:future,1:x," + good)->content.type == "x/y");
}

TEST_CASE_FIXTURE(FileBucket, "attributes survive a restart of the program") {
  const auto made = put(*bucket, "d/k", "data", with_attributes());
  REQUIRE(made.has_value());
  check_attributes(*made);
  local::FileStoreDriver again(config_of(root.path()));
  const auto head = again.bucket("b").value()->head("d/k", {});
  REQUIRE(head.has_value());
  check_attributes(*head);
  CHECK(head->token == made->token);
}

TEST_CASE_FIXTURE(FileBucket, "what is too much for an extended attribute is kept in a hidden sidecar") {
  REQUIRE(put(*bucket, "d/k", "data", with_attributes(kLarge)).has_value());
  CHECK(everything().size() == 3);
  CHECK(list(*bucket) == Keys{"d/k"});
  check_attributes(bucket->head("d/k", {}).value(), kLarge);
  REQUIRE(copy(*bucket, "d/k", "copy").has_value());
  check_attributes(bucket->head("copy", {}).value(), kLarge);
  SUBCASE("it goes with the object that is replaced") {
    REQUIRE(put(*bucket, "d/k", "new").has_value());
    CHECK(bucket->head("d/k", {})->metadata.empty());
    REQUIRE(remove(*bucket, "copy").has_value());
    CHECK(everything() == Keys{"d", "d/k"});
  }
  SUBCASE("it goes with the object that is removed") {
    REQUIRE(remove(*bucket, "d/k").has_value());
    REQUIRE(remove(*bucket, "copy").has_value());
    CHECK(everything().empty());
  }
  SUBCASE("it is not taken for other content's") {
    write_file("d/k", "written by someone else");
    CHECK(bucket->head("d/k", {})->metadata.empty());
  }
  SUBCASE("a put that is refused leaves none") {
    PutOptions absent = with_attributes(kLarge);
    absent.condition = Condition::absent();
    const auto before = everything();
    CHECK(code_of(put(*bucket, "d/k", "x", absent)) == ErrorCode::precondition_failed);
    CHECK(everything() == before);
  }
}

TEST_CASE_FIXTURE(FileBucket, "more attributes than could be read back are refused") {
  CHECK(code_of(put(*bucket, "k", "x", with_attributes(2 << 20))) == ErrorCode::invalid_argument);
  CHECK(everything().empty());
}

TEST_CASE_FIXTURE(FileBucket, "damaged attributes do not hide the bytes") {
  REQUIRE(put(*bucket, "k", "data", with_attributes()).has_value());
  const int file = ::open(path("k").c_str(), O_RDWR);
  const bool set = ::fsetxattr(file, "user.cloudkit", "4:type", 6, 0) == 0;
  ::close(file);
  if (!set) return;  // A file system without extended attributes.
  std::string logged;
  set_log_sink([&](const LogRecord& record) { logged = record.message; });
  CHECK(get(*bucket, "k").value() == "data");
  set_log_sink({});
  CHECK(logged == "the attributes of a file are damaged and taken for none");
}

TEST_CASE_FIXTURE(FileBucket, "a file of someone else is an object without attributes") {
  write_file("foreign", "data");
  const auto head = bucket->head("foreign", {});
  REQUIRE(head.has_value());
  CHECK(head->size == 4);
  CHECK(head->content.type == "application/octet-stream");
  CHECK(head->metadata.empty());
  CHECK(list(*bucket) == Keys{"foreign"});
}

TEST_CASE_FIXTURE(FileBucket, "a file of someone else has the type of its name") {
  write_file("page.html", "<p>");
  CHECK(bucket->head("page.html", {}).value().content.type == "text/html");
  Received received;
  REQUIRE(bucket->get("page.html", {}, received).has_value());
  CHECK(received.info.content.type == "text/html");
  REQUIRE(copy(*bucket, "page.html", "page.txt").has_value());
  CHECK(bucket->head("page.txt", {}).value().content.type == "text/plain");
}
