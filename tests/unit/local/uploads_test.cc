#include "support/upload_io.h"
#include "support/varied_bytes.h"
#include "unit/local/fixture.h"

using namespace ::test;

namespace {

struct Uploads : FileBucket {
  UploadId begin(const std::string& key, const PutOptions& options = {}) {
    const auto id = bucket->begin_upload(key, options);
    REQUIRE_MESSAGE(id.has_value(), id.error().to_string());
    return *id;
  }
  std::string directory_of(const UploadId& id) const { return path(".ck-uploads/" + id.value); }
};

PutOptions on_condition(Condition condition) {
  PutOptions options;
  options.condition = std::move(condition);
  return options;
}

}  // namespace

TEST_CASE_FIXTURE(Uploads, "parts sent in any order become one object, which nobody saw before") {
  PutOptions options;
  options.content.type = "text/css";
  options.metadata = {{"owner", "ann"}};
  const UploadId id = begin("d/k", options);
  const auto third = put_part(*bucket, "d/k", id, 3, "ccc");
  const auto first = put_part(*bucket, "d/k", id, 1, "a");
  const auto second = put_part(*bucket, "d/k", id, 2, "bb");
  CHECK(list(*bucket).empty());
  CHECK(code_of(bucket->head("d/k", {})) == ErrorCode::not_found);

  const auto info = bucket->complete_upload("d/k", id, {first, second, third}, options);
  REQUIRE(info.has_value());
  CHECK(get(*bucket, "d/k").value() == "abbccc");
  const auto head = bucket->head("d/k", {}).value();
  CHECK(head.token == info->token);
  CHECK(head.content.type == "text/css");
  CHECK(head.metadata == Metadata{{"owner", "ann"}});
  CHECK(everything() == Keys{"d", "d/k"});
}

TEST_CASE_FIXTURE(Uploads, "an upload goes on after a restart of the program, its attributes too") {
  PutOptions options;
  options.metadata = {{"large", std::string(70000, 'm')}};  // Too large for an extended attribute.
  const UploadId id = begin("k", options);
  const auto first = put_part(*bucket, "k", id, 1, "one ");
  {
    local::FileStoreDriver other{config_of(root.path())};
    const auto again = other.bucket("b").value();
    put_part(*again, "k", id, 2, "two");
    const auto parts = again->list_parts("k", id, {}).value();
    REQUIRE(parts.size() == 2);
    CHECK(parts[0].number == 1);
    CHECK(parts[0].token == first.token);
    CHECK(parts[1].size == 3);
    REQUIRE(again->complete_upload("k", id, parts, {}).has_value());
  }
  CHECK(get(*bucket, "k").value() == "one two");
  CHECK(bucket->head("k", {})->metadata == options.metadata);
  CHECK(bucket->list_uploads_page("", "", {})->entries.empty());
}

TEST_CASE("with fsync it does the same") {
  TemporaryDirectory root;
  local::FileStoreDriver store{FileBucket::config_of(root.path(), true)};
  REQUIRE(store.create_bucket("b", {}).has_value());
  const auto bucket = store.bucket("b").value();
  const auto id = bucket->begin_upload("a/b/k", {}).value();
  const auto part = put_part(*bucket, "a/b/k", id, 1, "x");
  REQUIRE(bucket->complete_upload("a/b/k", id, {part}, {}).has_value());
  CHECK(get(*bucket, "a/b/k").value() == "x");
}

TEST_CASE_FIXTURE(Uploads, "a large object is put together exactly") {
  const UploadId id = begin("k");
  const std::string data = ::test::varied_bytes(700'001);
  std::vector<UploadPart> parts;
  for (int number = 1; number <= 8; ++number) {
    parts.push_back(
        put_part(*bucket, "k", id, number, data.substr((static_cast<std::size_t>(number) - 1) * 100'000, 100'000)));
  }
  REQUIRE(bucket->complete_upload("k", id, parts, {}).has_value());
  CHECK((get(*bucket, "k").value() == data));
}

TEST_CASE_FIXTURE(Uploads, "a completed upload is gone, also for parts that come late") {
  const UploadId id = begin("k");
  const auto part = put_part(*bucket, "k", id, 1, "x");
  REQUIRE(bucket->complete_upload("k", id, {part}, {}).has_value());
  CHECK(bucket->complete_upload("k", id, {part}, {}).error().service_code == "NoSuchUpload");
  CHECK(try_put_part(*bucket, "k", id, 2, "x").error().service_code == "NoSuchUpload");
  CHECK(bucket->list_parts("k", id, {}).error().service_code == "NoSuchUpload");
  CHECK(everything() == Keys{"k"});
}

TEST_CASE_FIXTURE(Uploads, "what is no id of this key's upload names nothing, wherever it leads") {
  const UploadId id = begin("k");
  put_part(*bucket, "k", id, 1, "x");
  for (const std::string& value :
       {std::string(), std::string("../b"), std::string("../../b/.ck-uploads/") + id.value, id.value + "/",
        id.value + std::string(1, '\0'), std::string(24, 'F'), std::string(24, '0'), std::string(23, '0') + "/"}) {
    CAPTURE(value);
    CHECK(try_put_part(*bucket, "k", {value}, 1, "x").error().service_code == "NoSuchUpload");
    CHECK(code_of(bucket->complete_upload("k", {value}, {{1, 1, "t", ""}}, {})) == ErrorCode::not_found);
    CHECK(bucket->abort_upload("k", {value}, {}));
  }
  CHECK(code_of(try_put_part(*bucket, "other", id, 1, "x")) == ErrorCode::not_found);
  CHECK(bucket->abort_upload("other", id, {}));
  CHECK(bucket->list_parts("k", id, {})->size() == 1);
}

TEST_CASE_FIXTURE(Uploads, "a part sent again is replaced, and the old one's token does not complete") {
  const UploadId id = begin("k");
  const auto old_part = put_part(*bucket, "k", id, 1, "old");
  const auto new_part = put_part(*bucket, "k", id, 1, "new");
  CHECK(bucket->complete_upload("k", id, {old_part}, {}).error().message ==
        "part 1 was replaced: it has another token");
  CHECK(bucket->complete_upload("k", id, {}, {}).error().service_code == "MalformedXML");
  CHECK(bucket->complete_upload("k", id, {new_part, {2, 1, "t", ""}}, {}).error().message == "part 2 was never stored");
  CHECK(code_of(try_put_part(*bucket, "k", id, 0, "x")) == ErrorCode::invalid_argument);
  REQUIRE(bucket->complete_upload("k", id, {new_part}, {}).has_value());
  CHECK(get(*bucket, "k").value() == "new");
}

TEST_CASE_FIXTURE(Uploads, "an upload may be completed on a condition, which is decided at the end") {
  const UploadId id = begin("k", on_condition(Condition::absent()));
  const auto part = put_part(*bucket, "k", id, 1, "upload");
  const auto other = put(*bucket, "k", "other");
  const auto complete = [&](Condition condition) {
    return bucket->complete_upload("k", id, {part}, on_condition(std::move(condition)));
  };
  CHECK(code_of(complete(Condition::absent())) == ErrorCode::precondition_failed);
  CHECK(code_of(complete(Condition::match("other token"))) == ErrorCode::precondition_failed);
  CHECK(get(*bucket, "k").value() == "other");
  CHECK(bucket->list_parts("k", id, {})->size() == 1);
  REQUIRE(complete(Condition::match(other->token)).has_value());
  CHECK(get(*bucket, "k").value() == "upload");
}

TEST_CASE_FIXTURE(Uploads, "an aborted upload leaves nothing, and may be aborted again") {
  const UploadId id = begin("k");
  put_part(*bucket, "k", id, 1, "x");
  CHECK(bucket->abort_upload("k", id, {}));
  CHECK(everything().empty());
  CHECK(bucket->abort_upload("k", id, {}));
  CHECK(code_of(bucket->list_parts("k", id, {})) == ErrorCode::not_found);
}

TEST_CASE_FIXTURE(Uploads, "a part that is shorter or longer than it said is not stored") {
  const UploadId id = begin("k");
  CHECK(code_of(bucket->put_part(part_request("k", id, 1), StringSource("abc", 4))) == ErrorCode::io);
  CHECK(code_of(bucket->put_part(part_request("k", id, 1), StringSource("abc", 2))) == ErrorCode::io);
  CHECK(bucket->list_parts("k", id, {})->empty());
  CHECK(everything().size() == 3);  // The upload and its record.
}

TEST_CASE_FIXTURE(Uploads, "abandoned uploads are listed by key, then by age, and can be aborted") {
  const UploadId second = begin("b");
  const UploadId first = begin("a/x");
  const UploadId third = begin("b");
  const auto before = std::chrono::system_clock::now();
  const auto page = bucket->list_uploads_page("", "", {}).value();
  REQUIRE(page.entries.size() == 3);
  CHECK(page.entries[0].key == "a/x");
  CHECK(page.entries[1].upload.value == second.value);
  CHECK(page.entries[2].upload.value == third.value);
  CHECK(page.entries[2].started <= before);
  CHECK(page.entries[2].started > before - std::chrono::minutes(1));
  CHECK(page.next_page_token.empty());
  CHECK(bucket->list_uploads_page("a/", "", {})->entries.size() == 1);
  CHECK(bucket->list_uploads_page("", second.value + " b", {})->entries.size() == 1);
  CHECK(code_of(bucket->list_uploads_page("", "junk", {})) == ErrorCode::invalid_argument);
  for (const auto& entry : page.entries) CHECK(bucket->abort_upload(entry.key, entry.upload, {}));
  CHECK(everything().empty());
}

TEST_CASE_FIXTURE(Uploads, "a part may be bytes of an object that has not changed, in another bucket too") {
  REQUIRE(store.create_bucket("other", {}).has_value());
  const auto other = store.bucket("other").value();
  const std::string token = put(*other, "d/source", "0123456789")->token;
  const UploadId id = begin("k");
  const auto copied = [&](int number, ByteRange range, const std::string& source_token) {
    return bucket->copy_part(part_request("k", id, number), "other", "d/source", range, source_token);
  };
  const auto first = copied(1, {7, 3, false}, token);
  const auto second = copied(2, {0, 2, false}, token);
  REQUIRE(first.has_value());
  REQUIRE(second.has_value());
  CHECK(code_of(copied(3, {0, 1, false}, "other token")) == ErrorCode::conflict);
  CHECK(copied(3, {9, 2, false}, token).error().message == "the range ends at 11, the object has 10 bytes");
  CHECK(bucket->copy_part(part_request("k", id, 3), "other", "none", {0, 1, false}, "t").error().service_code ==
        "NoSuchKey");
  CHECK(
      bucket->copy_part(part_request("k", {"x"}, 3), "other", "d/source", {0, 1, false}, token).error().service_code ==
      "NoSuchUpload");
  REQUIRE(bucket->complete_upload("k", id, {*first, *second}, {}).has_value());
  CHECK(get(*bucket, "k").value() == "78901");
}

TEST_CASE_FIXTURE(Uploads, "a bucket with nothing but uploads can be deleted") {
  const UploadId id = begin("k");
  put_part(*bucket, "k", id, 1, "x");
  REQUIRE(store.delete_bucket("b", {}).has_value());
  CHECK(try_put_part(*bucket, "k", id, 2, "x").error().service_code == "NoSuchBucket");
  CHECK(bucket->begin_upload("k", {}).error().service_code == "NoSuchBucket");
  CHECK(bucket->list_uploads_page("", "", {}).error().service_code == "NoSuchBucket");
}

TEST_CASE_FIXTURE(Uploads, "a crash between the object's coming and the upload's going leaves both, to end again") {
  const UploadId id = begin("k");
  const auto part = put_part(*bucket, "k", id, 1, "x");
  const std::string kept = root.path() + "/kept";
  std::filesystem::copy(path(".ck-uploads"), kept, std::filesystem::copy_options::recursive);
  REQUIRE(bucket->complete_upload("k", id, {part}, {}).has_value());
  std::filesystem::copy(kept, path(".ck-uploads"), std::filesystem::copy_options::recursive);
  CHECK(bucket->list_uploads_page("", "", {})->entries.size() == 1);
  REQUIRE(bucket->complete_upload("k", id, bucket->list_parts("k", id, {}).value(), {}).has_value());
  CHECK(get(*bucket, "k").value() == "x");
  CHECK(everything() == Keys{"k"});
}

TEST_CASE_FIXTURE(Uploads, "a crash while the parts go leaves no upload, and an abort takes the rest away") {
  const UploadId id = begin("k");
  put_part(*bucket, "k", id, 1, "x");
  std::filesystem::remove(directory_of(id) + "/.ck-upload");
  CHECK(bucket->list_uploads_page("", "", {})->entries.empty());
  CHECK(code_of(bucket->list_parts("k", id, {})) == ErrorCode::not_found);
  CHECK(bucket->abort_upload("k", id, {}));
  CHECK(everything().empty());
}

TEST_CASE_FIXTURE(Uploads, "what lies among the uploads without being one is left out") {
  const UploadId id = begin("k");
  put_part(*bucket, "k", id, 1, "x");
  std::filesystem::create_directory(path(".ck-uploads/junk"));
  std::filesystem::create_directory(path(".ck-uploads/" + std::string(24, 'a')));
  for (const char* const name : {".ck-part-0", ".ck-part-x", ".ck-part-99999999999", ".ck-part-", ".ck-tmp-1"}) {
    std::ofstream(directory_of(id) + "/" + name) << "junk";
  }
  std::filesystem::create_directory(directory_of(id) + "/.ck-part-7");
  std::filesystem::create_symlink("/etc/passwd", directory_of(id) + "/.ck-part-8");
  CHECK(bucket->list_uploads_page("", "", {})->entries.size() == 1);
  CHECK(bucket->list_parts("k", id, {})->size() == 1);
  std::ofstream(directory_of(id) + "/.ck-upload") << "../k";  // Another key than it was begun with.
  CHECK(bucket->list_uploads_page("", "", {})->entries.empty());
}

TEST_CASE_FIXTURE(Uploads, "links lead no upload out of its bucket") {
  const TemporaryDirectory outside;
  std::filesystem::create_directory_symlink(outside.path(), path(".ck-uploads"));
  CHECK_FALSE(bucket->begin_upload("k", {}).has_value());
  CHECK(bucket->list_uploads_page("", "", {})->entries.empty());
  CHECK(std::filesystem::is_empty(outside.path()));
}

TEST_CASE_FIXTURE(Uploads, "a part is cancelled with its context, and nothing of it stays") {
  const UploadId id = begin("k");
  PutPartRequest request = part_request("k", id, 1);
  request.context = Context::cancellable();
  request.context.cancel();
  CHECK(code_of(bucket->put_part(request, StringSource("abc"))) == ErrorCode::cancelled);
  CHECK(bucket->list_parts("k", id, {})->empty());
}

TEST_CASE_FIXTURE(Uploads, "an object that is in the way is found at the end, and the upload stays") {
  REQUIRE(put(*bucket, "a", "x").has_value());
  const UploadId id = begin("a/b");
  const auto part = put_part(*bucket, "a/b", id, 1, "x");
  CHECK(code_of(bucket->complete_upload("a/b", id, {part}, {})) == ErrorCode::conflict);
  REQUIRE(remove(*bucket, "a"));
  CHECK(bucket->complete_upload("a/b", id, {part}, {}).has_value());
}
