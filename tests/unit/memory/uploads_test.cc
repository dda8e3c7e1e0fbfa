#include "fixture.h"
#include "support/driver_io.h"
#include "support/upload_io.h"

using namespace ::test;

namespace {

UploadLimits limits_of(std::uint64_t min_part, std::uint64_t max_part = 0, std::uint64_t max_parts = 0) {
  UploadLimits limits;
  limits.min_part = min_part;
  limits.max_part = max_part;
  limits.max_parts = max_parts;
  return limits;
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "parts sent in any order become one object, which nobody saw before") {
  PutOptions options;
  options.content.type = "text/plain";
  options.metadata = {{"owner", "ann"}};
  options.storage_class = "COLD";
  const auto id = bucket->begin_upload("k", options);
  REQUIRE(id.has_value());
  const auto third = put_part(*bucket, "k", *id, 3, "ccc");
  const auto first = put_part(*bucket, "k", *id, 1, "a");
  const auto second = put_part(*bucket, "k", *id, 2, "bb");
  CHECK(code_of(bucket->head("k", {})) == ErrorCode::not_found);
  CHECK(list(*bucket).empty());

  const auto info = bucket->complete_upload("k", *id, {first, second, third}, options);
  REQUIRE(info.has_value());
  CHECK(get(*bucket, "k").value() == "abbccc");
  const auto head = bucket->head("k", {}).value();
  CHECK(head.size == 6);
  CHECK(head.token == info->token);
  CHECK(head.content.type == "text/plain");
  CHECK(head.metadata == Metadata{{"owner", "ann"}});
  CHECK(head.storage_class == "COLD");
}

TEST_CASE_FIXTURE(Fixture, "a completed upload is gone") {
  const auto id = bucket->begin_upload("k", {}).value();
  const auto part = put_part(*bucket, "k", id, 1, "x");
  REQUIRE(bucket->complete_upload("k", id, {part}, {}).has_value());
  const auto again = bucket->complete_upload("k", id, {part}, {});
  CHECK(code_of(again) == ErrorCode::not_found);
  CHECK(again.error().service_code == "NoSuchUpload");
  CHECK(again.error().message == "there is no such upload: it was completed or aborted, or never begun");
  CHECK(code_of(try_put_part(*bucket, "k", id, 1, "x")) == ErrorCode::not_found);
  CHECK(code_of(bucket->list_parts("k", id, {})) == ErrorCode::not_found);
  CHECK(bucket->list_uploads_page("", "", {})->entries.empty());
}

TEST_CASE_FIXTURE(Fixture, "an id is of one key, and anything else is no upload") {
  const auto id = bucket->begin_upload("k", {}).value();
  CHECK(code_of(try_put_part(*bucket, "other", id, 1, "x")) == ErrorCode::not_found);
  for (const char* const value : {"", "0", "x", "99999999999999999999999", "1e1"}) {
    CAPTURE(value);
    CHECK(code_of(try_put_part(*bucket, "k", {value}, 1, "x")) == ErrorCode::not_found);
  }
}

TEST_CASE_FIXTURE(Fixture, "a part sent again is replaced, and the old one's token does not complete") {
  const auto id = bucket->begin_upload("k", {}).value();
  const auto old_part = put_part(*bucket, "k", id, 1, "old");
  const auto new_part = put_part(*bucket, "k", id, 1, "newer");
  const auto refused = bucket->complete_upload("k", id, {old_part}, {});
  CHECK(code_of(refused) == ErrorCode::invalid_argument);
  CHECK(refused.error().message == "part 1 was replaced: it has another token");
  const auto listed = bucket->list_parts("k", id, {}).value();
  REQUIRE(listed.size() == 1);
  CHECK(listed[0].size == 5);
  CHECK(listed[0].token == new_part.token);
  REQUIRE(bucket->complete_upload("k", id, listed, {}).has_value());
  CHECK(get(*bucket, "k").value() == "newer");
}

TEST_CASE_FIXTURE(Fixture, "only the parts that are named become the object") {
  const auto id = bucket->begin_upload("k", {}).value();
  const auto first = put_part(*bucket, "k", id, 1, "a");
  put_part(*bucket, "k", id, 2, "b");
  const auto seventh = put_part(*bucket, "k", id, 7, "c");
  REQUIRE(bucket->complete_upload("k", id, {first, seventh}, {}).has_value());
  CHECK(get(*bucket, "k").value() == "ac");
}

TEST_CASE_FIXTURE(Fixture, "a part says where the next one begins") {
  const auto id = bucket->begin_upload("k", {}).value();
  PutPartRequest request;
  request.key = "k";
  request.upload = id;
  request.number = 2;
  request.offset = 100;
  CHECK(bucket->put_part(request, StringSource("12345"))->persisted_until == 105);
}

TEST_CASE_FIXTURE(Fixture, "lists of parts that make no object are refused") {
  const auto id = bucket->begin_upload("k", {}).value();
  const auto first = put_part(*bucket, "k", id, 1, "a");
  const auto second = put_part(*bucket, "k", id, 2, "b");
  const auto code = [&](const std::vector<UploadPart>& parts) {
    const auto result = bucket->complete_upload("k", id, parts, {});
    CHECK(code_of(result) == ErrorCode::invalid_argument);
    return result.error().service_code;
  };
  CHECK(code({}) == "MalformedXML");
  CHECK(code({second, first}) == "InvalidPartOrder");
  CHECK(code({first, first}) == "InvalidPartOrder");
  CHECK(code({first, {3, 1, "token", {}}}) == "InvalidPart");
  CHECK(bucket->complete_upload("k", id, {first, second}, {}).has_value());
}

TEST_CASE_FIXTURE(Fixture, "an upload may be completed on a condition, which is decided at the end") {
  PutOptions absent;
  absent.condition = Condition::absent();
  const auto id = bucket->begin_upload("k", absent).value();
  const auto part = put_part(*bucket, "k", id, 1, "upload");
  const auto other = put(*bucket, "k", "other");
  CHECK(code_of(bucket->complete_upload("k", id, {part}, absent)) == ErrorCode::precondition_failed);
  CHECK(get(*bucket, "k").value() == "other");
  PutOptions match;
  match.condition = Condition::match("no token");
  CHECK(code_of(bucket->complete_upload("k", id, {part}, match)) == ErrorCode::precondition_failed);
  match.condition = Condition::match(other->token);
  REQUIRE(bucket->complete_upload("k", id, {part}, match).has_value());
  CHECK(get(*bucket, "k").value() == "upload");
}

TEST_CASE_FIXTURE(Fixture, "an aborted upload leaves nothing, and may be aborted again") {
  const auto id = bucket->begin_upload("k", {}).value();
  const auto part = put_part(*bucket, "k", id, 1, "x");
  CHECK(bucket->abort_upload("k", id, {}).has_value());
  CHECK(bucket->abort_upload("k", id, {}).has_value());
  CHECK(code_of(bucket->complete_upload("k", id, {part}, {})) == ErrorCode::not_found);
  CHECK(bucket->list_uploads_page("", "", {})->entries.empty());
  CHECK(list(*bucket).empty());
}

TEST_CASE_FIXTURE(Fixture, "uploads are listed by key, then by age, in pages") {
  std::vector<std::string> begun;
  for (int i = 0; i < 1001; ++i) begun.push_back(bucket->begin_upload("a b", {}).value().value);
  REQUIRE(bucket->begin_upload("\xC3\xA4", {}).has_value());
  REQUIRE(bucket->begin_upload("a/", {}).has_value());
  const auto before = std::chrono::system_clock::now();
  const auto first = bucket->list_uploads_page("", "", {}).value();
  CHECK(first.entries.size() == 1000);
  CHECK(first.entries[0].upload.value == begun[0]);
  CHECK(first.entries[999].upload.value == begun[999]);
  CHECK(first.entries[0].started <= before);
  const auto second = bucket->list_uploads_page("", first.next_page_token, {}).value();
  REQUIRE(second.entries.size() == 3);
  CHECK(second.entries[0].upload.value == begun[1000]);
  CHECK(second.entries[1].key == "a/");
  CHECK(second.entries[2].key == "\xC3\xA4");
  CHECK(second.next_page_token.empty());
  CHECK(bucket->list_uploads_page("a/", "", {})->entries.size() == 1);
  CHECK(code_of(bucket->list_uploads_page("", "junk", {})) == ErrorCode::invalid_argument);
}

TEST_CASE_FIXTURE(Fixture, "a part may be bytes of an object that has not changed") {
  const auto source = put(*bucket, "source", "0123456789").value();
  const auto id = bucket->begin_upload("k", {}).value();
  const auto copied = [&](int number, ByteRange range, const std::string& token) {
    return bucket->copy_part(part_request("k", id, number), "b", "source", range, token);
  };
  const auto first = copied(1, {2, 3, false}, source.token);
  const auto second = copied(2, {8, 2, false}, source.token);
  REQUIRE(first.has_value());
  REQUIRE(second.has_value());
  CHECK(first->size == 3);
  const auto changed = copied(3, {0, 1, false}, "other token");
  CHECK(code_of(changed) == ErrorCode::conflict);
  CHECK(changed.error().message == "the source changed while it was copied");
  CHECK(copied(3, {8, 3, false}, source.token).error().message == "the range ends at 11, the object has 10 bytes");
  for (const ByteRange range :
       {ByteRange{}, ByteRange::suffix(2), ByteRange{1, 0, false}, ByteRange{9, UINT64_MAX - 1, false}}) {
    CHECK(code_of(copied(3, range, source.token)) == ErrorCode::invalid_argument);
  }
  CHECK(bucket->copy_part(part_request("k", id, 3), "b", "none", {0, 1, false}, "t").error().service_code ==
        "NoSuchKey");
  REQUIRE(bucket->complete_upload("k", id, {*first, *second}, {}).has_value());
  CHECK(get(*bucket, "k").value() == "23489");
}

TEST_CASE("limits like those of S3 hold in small") {
  Fixture fixture(limits_of(4, 8, 3));
  BucketDriver& bucket = *fixture.bucket;
  CHECK(bucket.upload_limits().max_parts == 3);
  const auto id = bucket.begin_upload("k", {}).value();
  CHECK(try_put_part(bucket, "k", id, 4, "x").error().message == "part number 4: 3 is the last one");
  CHECK(try_put_part(bucket, "k", id, 0, "x").error().message == "part number 0: they begin at 1");
  CHECK(try_put_part(bucket, "k", id, 1, "123456789").error().service_code == "EntityTooLarge");
  const auto small = put_part(bucket, "k", id, 1, "123");
  const auto last = put_part(bucket, "k", id, 3, "x");
  const auto refused = bucket.complete_upload("k", id, {small, last}, {});
  CHECK(code_of(refused) == ErrorCode::invalid_argument);
  CHECK(refused.error().service_code == "EntityTooSmall");
  CHECK(refused.error().message == "part 1 has 3 bytes; each but the last must have 4 at least");
  const auto larger = put_part(bucket, "k", id, 1, "1234");
  REQUIRE(bucket.complete_upload("k", id, {larger, last}, {}).has_value());
}

TEST_CASE("limits like those of R2: all parts but the last are equal, and none is larger") {
  UploadLimits limits;
  limits.equal_parts = true;
  Fixture fixture(limits);
  BucketDriver& bucket = *fixture.bucket;
  const auto id = bucket.begin_upload("k", {}).value();
  const auto a = put_part(bucket, "k", id, 1, "1234");
  const auto b = put_part(bucket, "k", id, 2, "12");
  const auto c = put_part(bucket, "k", id, 3, "12345");
  const auto d = put_part(bucket, "k", id, 4, "1");
  CHECK(bucket.complete_upload("k", id, {a, b, d}, {}).error().message ==
        "part 2 has 2 bytes, the first one 4; each but the last must be equal");
  CHECK(code_of(bucket.complete_upload("k", id, {a, c}, {})) == ErrorCode::invalid_argument);
  CHECK(bucket.complete_upload("k", id, {a, d}, {}).has_value());
}

TEST_CASE("limits like those of GCS: aligned, and one after the other") {
  UploadLimits limits;
  limits.ordered = true;
  limits.alignment = 4;
  Fixture fixture(limits);
  BucketDriver& bucket = *fixture.bucket;
  const auto id = bucket.begin_upload("k", {}).value();
  CHECK(try_put_part(bucket, "k", id, 2, "1234").error().message == "part 2 was sent, the next one is 1");
  const auto first = put_part(bucket, "k", id, 1, "1234");
  put_part(bucket, "k", id, 1, "1234");
  CHECK(try_put_part(bucket, "k", id, 2, "12345678", 5).error().message ==
        "part 2 begins at 5, the parts before it end at 4");
  const auto odd = put_part(bucket, "k", id, 2, "12345", 4);
  const auto last = put_part(bucket, "k", id, 3, "1", 9);
  CHECK(code_of(try_put_part(bucket, "k", id, 2, "1234", 4)) == ErrorCode::invalid_argument);
  const auto parts = bucket.list_parts("k", id, {}).value();
  CHECK(bucket.complete_upload("k", id, parts, {}).error().message ==
        "part 2 has 5 bytes; each but the last must have a multiple of 4");
  CHECK(bucket.complete_upload("k", id, {parts[0], parts[1]}, {}).has_value());
}

TEST_CASE_FIXTURE(Fixture, "of an empty part comes an empty object") {
  const auto id = bucket->begin_upload("k", {}).value();
  const auto part = put_part(*bucket, "k", id, 1, "");
  REQUIRE(bucket->complete_upload("k", id, {part}, {}).has_value());
  CHECK(get(*bucket, "k").value().empty());
}

TEST_CASE_FIXTURE(Fixture, "a part that is shorter or longer than it said is not stored") {
  const auto id = bucket->begin_upload("k", {}).value();
  CHECK(code_of(bucket->put_part(part_request("k", id, 1), StringSource("abc", 4))) == ErrorCode::io);
  CHECK(code_of(bucket->put_part(part_request("k", id, 1), StringSource("abc", 2))) == ErrorCode::io);
  CHECK(bucket->list_parts("k", id, {})->empty());
}

TEST_CASE_FIXTURE(Fixture, "without its bucket an upload is told what is missing") {
  const auto id = bucket->begin_upload("k", {}).value();
  REQUIRE(store.delete_bucket("b", {}).has_value());
  CHECK(try_put_part(*bucket, "k", id, 1, "x").error().service_code == "NoSuchBucket");
  CHECK(bucket->begin_upload("k", {}).error().service_code == "NoSuchBucket");
  CHECK(bucket->complete_upload("k", id, {}, {}).error().service_code == "NoSuchBucket");
  CHECK(bucket->list_parts("k", id, {}).error().service_code == "NoSuchBucket");
  CHECK(bucket->list_uploads_page("", "", {}).error().service_code == "NoSuchBucket");
  CHECK(bucket->abort_upload("k", id, {}).error().service_code == "NoSuchBucket");
}
