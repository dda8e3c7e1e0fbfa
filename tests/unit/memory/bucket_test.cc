#include "core/source_chunks.h"
#include "fixture.h"
#include "support/driver_io.h"

using namespace ::test;

TEST_CASE_FIXTURE(Fixture, "an object has the bytes and the attributes it was put with") {
  PutOptions options;
  options.content = {"text/plain", "no-store", "gzip", "inline", "de"};
  options.metadata = {{"owner", "ann"}};
  options.storage_class = "COLD";
  const auto made = put(*bucket, "k", std::string("a\0b", 3), options);
  REQUIRE(made.has_value());
  Received received;
  REQUIRE(bucket->get("k", {}, received).has_value());
  CHECK(received.data == std::string("a\0b", 3));
  CHECK(received.info.content.language == "de");
  CHECK(received.info.metadata == Metadata{{"owner", "ann"}});
  CHECK(received.info.storage_class == "COLD");
  CHECK(received.info.token == made->token);
  CHECK(bucket->head("k", {})->size == 3);
}

TEST_CASE_FIXTURE(Fixture, "without a content type it has the one for unknown bytes") {
  REQUIRE(put(*bucket, "k", "x").has_value());
  CHECK(bucket->head("k", {})->content.type == "application/octet-stream");
}

TEST_CASE_FIXTURE(Fixture, "an empty object is begun and has no bytes, whatever the range") {
  REQUIRE(put(*bucket, "k", "").has_value());
  GetOptions options;
  options.range = ByteRange::from(7);
  Received received;
  REQUIRE(bucket->get("k", options, received).has_value());
  CHECK(received.begins == 1);
  CHECK(received.length == 0);
}

TEST_CASE_FIXTURE(Fixture, "ranges are cut at the end and refused past it") {
  REQUIRE(put(*bucket, "k", "0123456789").has_value());
  CHECK(get_range(*bucket, "k", {8, 9, false}).value() == "89");
  CHECK(get_range(*bucket, "k", ByteRange::suffix(3)).value() == "789");
  CHECK(code_of(get_range(*bucket, "k", ByteRange::from(10))) == ErrorCode::invalid_argument);
}

TEST_CASE_FIXTURE(Fixture, "a missing object and a missing bucket are told apart") {
  CHECK(get(*bucket, "k").error().service_code == "NoSuchKey");
  CHECK(get(*bucket, "k").error().message == "there is no object \"k\"");
  const auto missing = store.bucket("missing").value();
  CHECK(put(*missing, "k", "x").error().service_code == "NoSuchBucket");
  CHECK(get(*missing, "k").error().service_code == "NoSuchBucket");
  CHECK(missing->head("k", {}).error().message == "there is no bucket \"missing\"");
  CHECK(code_of(remove(*missing, "k")) == ErrorCode::not_found);
  CHECK(code_of(missing->list_page({})) == ErrorCode::not_found);
}

TEST_CASE_FIXTURE(Fixture, "conditions of put") {
  const auto first = put_if(*bucket, "k", "1", Condition::absent());
  REQUIRE(first.has_value());
  CHECK(code_of(put_if(*bucket, "k", "2", Condition::absent())) == ErrorCode::precondition_failed);
  const auto second = put_if(*bucket, "k", "2", Condition::match(first->token));
  REQUIRE(second.has_value());
  CHECK(second->token != first->token);
  CHECK(code_of(put_if(*bucket, "k", "3", Condition::match(first->token))) == ErrorCode::precondition_failed);
  CHECK(code_of(put_if(*bucket, "new", "3", Condition::match(first->token))) == ErrorCode::precondition_failed);
  CHECK(get(*bucket, "k").value() == "2");
  CHECK(code_of(get(*bucket, "new")) == ErrorCode::not_found);
}

TEST_CASE_FIXTURE(Fixture, "conditions of get and remove") {
  const std::string token = put(*bucket, "k", "1").value().token;
  GetOptions options;
  options.condition = Condition::not_match(token);
  CHECK(code_of(get(*bucket, "k", options)) == ErrorCode::not_modified);
  options.condition = Condition::match("other");
  CHECK(code_of(get(*bucket, "k", options)) == ErrorCode::precondition_failed);
  options.condition = Condition::not_match("other");
  CHECK(get(*bucket, "k", options).value() == "1");
  CHECK(code_of(remove(*bucket, "k", Condition::match("other"))) == ErrorCode::precondition_failed);
  CHECK(remove(*bucket, "k", Condition::match(token)).has_value());
  CHECK(code_of(remove(*bucket, "k", Condition::match(token))) == ErrorCode::precondition_failed);
  CHECK(remove(*bucket, "k").has_value());
}

TEST_CASE_FIXTURE(Fixture, "a copy keeps the attributes or gets new ones") {
  PutOptions options;
  options.content.type = "text/plain";
  options.metadata = {{"a", "1"}};
  REQUIRE(put(*bucket, "from", "data", options).has_value());
  const auto kept = copy(*bucket, "from", "kept");
  REQUIRE(kept.has_value());
  CHECK(kept->info->metadata == Metadata{{"a", "1"}});
  CHECK(kept->info->key == "kept");
  CopyOptions replace;
  replace.content = ContentHeaders{};
  replace.metadata = Metadata{{"b", "2"}};
  REQUIRE(copy(*bucket, "from", "replaced", replace).has_value());
  CHECK(bucket->head("replaced", {})->metadata == Metadata{{"b", "2"}});
  CHECK(bucket->head("replaced", {})->content.type == "application/octet-stream");
  CHECK(get(*bucket, "replaced").value() == "data");
  CopyOptions absent;
  absent.condition = Condition::absent();
  CHECK(code_of(copy(*bucket, "from", "kept", absent)) == ErrorCode::precondition_failed);
  CHECK(code_of(copy(*bucket, "missing", "x")) == ErrorCode::not_found);
  CHECK(copy(*bucket, "from", "from").has_value());
}

TEST_CASE_FIXTURE(Fixture, "a read in progress keeps the old bytes whole") {
  const std::string old_data(3 * core::kChunkSize, 'o');
  REQUIRE(put(*bucket, "k", old_data).has_value());
  Received received;
  received.between_chunks = [&] { REQUIRE(put(*bucket, "k", "new").has_value()); };
  REQUIRE(bucket->get("k", {}, received).has_value());
  CHECK(received.data == old_data);
  CHECK(get(*bucket, "k").value() == "new");
}

TEST_CASE_FIXTURE(Fixture, "a long read obeys its context") {
  REQUIRE(put(*bucket, "k", std::string(5 * core::kChunkSize, 'x')).has_value());
  GetOptions options;
  options.context = Context::cancellable();
  Received received;
  received.between_chunks = [&] { options.context.cancel(); };
  CHECK(code_of(bucket->get("k", options, received)) == ErrorCode::cancelled);
  CHECK(received.data.size() == core::kChunkSize);
}

TEST_CASE_FIXTURE(Fixture, "a source that is wrong about its size stores nothing") {
  CHECK(code_of(bucket->put("k", StringSource("abc", 4), {})) == ErrorCode::io);
  CHECK(code_of(bucket->put("k", StringSource("abc", 2), {})) == ErrorCode::io);
  CHECK(code_of(get(*bucket, "k")) == ErrorCode::not_found);
}

TEST_CASE_FIXTURE(Fixture, "a source that announces more than there is memory is an error") {
  CHECK(bucket->put("k", StringSource("abc", UINT64_MAX), {}).error().message ==
        "not enough memory for an object of 18446744073709551615 bytes");
}
