#include "fixture.h"
#include "object_store/waits.h"

#include <doctest/doctest.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

using namespace cloudkit;
using namespace cloudkit::testing;

namespace {

const std::vector<http::Header> kSource = {{"ETag", "\"0x8D1\""},
                                           {"Content-Length", "5"},
                                           {"Content-Type", "text/plain"},
                                           {"x-ms-meta-owner", "ada"},
                                           {"Content-MD5", "XUFAKrxLKna5cZ2REBfFkg=="}};

CopyRequest request_of(CopyOptions options = {}) {
  CopyRequest request;
  request.source_bucket = "source";
  request.source_key = "a b";
  request.destination_key = "k";
  request.options = std::move(options);
  return request;
}

ScriptedTransport::Step copy_reply(std::string status) {
  return reply(202, {{"ETag", "\"0x8D2\""}, {"x-ms-copy-id", "c1"}, {"x-ms-copy-status", std::move(status)}});
}

ScriptedTransport::Step copy_head(std::string id, std::string status) {
  auto headers = kSource;
  headers.push_back({"x-ms-copy-id", std::move(id)});
  headers.push_back({"x-ms-copy-status", std::move(status)});
  headers.push_back({"x-ms-copy-status-description", "404 BlobNotFound"});
  headers.push_back({"x-ms-copy-source", "https://acc.blob.core.windows.net/source/a%20b?sv=1&sig=cktest-sas-1"});
  return reply(200, headers);
}

}  // namespace

TEST_CASE_FIXTURE(BlobFixture,
                  "a source whose URL is longer than the service takes is unsupported before any request") {
  CopyRequest request = request_of();
  request.source_key.clear();
  for (int i = 0; i < 340; ++i) request.source_key += "\xE6\xBC\xA2";
  const auto error = bucket->copy(request).error();
  CHECK(error.code == ErrorCode::unsupported);
  CHECK(error.message == "the source's URL has 3101 bytes, the service copies from URLs of up to 2048");
  CHECK(error.hint ==
        "use a shorter key: other characters than letters, digits and -._~/ have three bytes of the URL for each of "
        "theirs; or read the object, and put it");
  CHECK(sent().empty());
  // The last that it takes.
  request.source_key = std::string(2048 - std::string("https://acc.blob.core.windows.net/source/").size(), 'k');
  transport->then(reply(200, kSource)).then(copy_reply("success"));
  CHECK(bucket->copy(request));
  request.source_key += 'k';
  CHECK(bucket->copy(request).error().code == ErrorCode::unsupported);
}

TEST_CASE_FIXTURE(BlobFixture, "a conditional copy or removal that a 503 made after all was reported as another's") {
  transport->then(reply(200, kSource)).then(reply(503)).then(refused(409, "BlobAlreadyExists"));
  const auto copied = bucket->copy(request_of({.condition = Condition::absent()})).error();
  CHECK(copied.code == ErrorCode::precondition_failed);
  CHECK(copied.may_have_happened);
  transport->then(reply(503)).then(refused(412, "ConditionNotMet"));
  const auto removed = bucket->remove("k", {.condition = Condition::match("0x8D1")}).error();
  CHECK(removed.code == ErrorCode::precondition_failed);
  CHECK(removed.may_have_happened);
}

TEST_CASE_FIXTURE(BlobFixture, "trap 13: a copy within an account is two requests, the second pinned to the first") {
  transport->then(reply(200, kSource)).then(copy_reply("success"));
  const auto step = bucket->copy(request_of({.condition = Condition::absent(), .storage_class = "Cool"}));
  REQUIRE(step);
  REQUIRE(step->info);
  CHECK(step->info->token == "0x8D2");
  CHECK(step->info->size == 5);
  CHECK(step->info->metadata == Metadata{{"owner", "ada"}});
  CHECK(sent() ==
        std::vector<std::string>{"HEAD https://acc.blob.core.windows.net/source/a%20b\n",
                                 "PUT " + kBase +
                                     "/k\nx-ms-copy-source: https://acc.blob.core.windows.net/source/a%20b\n"
                                     "x-ms-source-if-match: \"0x8D1\"\nx-ms-access-tier: Cool\nif-none-match: *\n"});
}

TEST_CASE_FIXTURE(BlobFixture, "trap 13: a copy that goes on is asked after, until it has ended") {
  transport->then(reply(200, kSource)).then(copy_reply("pending"));
  CopyRequest request = request_of();
  auto step = bucket->copy(request);
  REQUIRE(step);
  CHECK_FALSE(step->info);
  CHECK(step->resume_token == "c1");
  request.resume_token = step->resume_token;
  transport->then(copy_head("c1", "pending")).then(copy_head("c1", "success")).then(copy_head("c2", "success"));
  step = bucket->copy(request);
  REQUIRE(step);
  CHECK(step->resume_token == "c1");
  step = bucket->copy(request);
  REQUIRE(step);
  CHECK(step->info->size == 5);
  CHECK(sent().back() == "HEAD " + kBase + "/k\n");
  CHECK(bucket->copy(request).error().message == "another write has replaced the copy");
}

TEST_CASE_FIXTURE(BlobFixture, "tags go with the copy, of the version that is copied") {
  auto tagged = kSource;
  tagged.push_back({"x-ms-tag-count", "2"});
  const auto tags = reply(200, {},
                          "<Tags><TagSet><Tag><Key>Two Words</Key><Value>a=b</Value></Tag>"
                          "<Tag><Key>x</Key><Value></Value></Tag></TagSet></Tags>");
  transport->then(reply(200, tagged)).then(tags).then(copy_reply("success"));
  CopyRequest request = request_of();
  request.source_version = "2026-01";
  REQUIRE(bucket->copy(request));
  CHECK(sent().at(1) == "GET https://acc.blob.core.windows.net/source/a%20b?comp=tags&versionid=2026-01\n");
  CHECK(sent().at(2).ends_with("x-ms-tags: Two%20Words=a%3Db&x=\n"));

  transport->then(reply(200, tagged)).then(refused(403, "AuthorizationPermissionMismatch"));
  const auto refusal = bucket->copy(request_of());
  REQUIRE_FALSE(refusal);
  CHECK(refusal.error().code == ErrorCode::permission_denied);
  CHECK(refusal.error().message ==
        "the object has tags, which could not be read for its copy: said AuthorizationPermissionMismatch");
  CHECK(transport->sent().size() == 5);
}

TEST_CASE_FIXTURE(BlobFixture, "a copy whose reply was lost is found again, and only that one") {
  const auto repeat = [&](ScriptedTransport::Step now) {
    transport->then(reply(200, kSource)).then(broken()).then(refused(409, "PendingCopyOperation")).then(now);
    return bucket->copy(request_of());
  };
  const auto found = repeat(copy_head("c7", "pending"));
  REQUIRE_MESSAGE(found, found.error().to_string());
  CHECK_FALSE(found->info);
  CHECK(found->resume_token == "c7");
  CHECK(sent().back() == "HEAD " + kBase + "/k\n");

  const auto of_another = reply(200, {{"ETag", "\"0x8D9\""},
                                      {"x-ms-copy-id", "c8"},
                                      {"x-ms-copy-status", "pending"},
                                      {"x-ms-copy-source", "https://acc.blob.core.windows.net/source/other"}});
  const auto refusal = repeat(of_another);
  REQUIRE_FALSE(refusal);
  CHECK(refusal.error().service_code == "PendingCopyOperation");
  CHECK(repeat(refused(404, "BlobNotFound")).error().service_code == "PendingCopyOperation");

  const std::size_t before = transport->sent().size();
  transport->then(reply(200, kSource)).then(refused(409, "PendingCopyOperation"));
  CHECK(bucket->copy(request_of()).error().code == ErrorCode::conflict);
  CHECK(transport->sent().size() == before + 2);
}

TEST_CASE_FIXTURE(BlobFixture, "a copy that failed leaves nothing that reads as an object") {
  CopyRequest request = request_of();
  request.resume_token = "c1";
  transport->then(copy_head("c1", "failed")).then(reply(202));
  const auto failed = bucket->copy(request);
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code == ErrorCode::conflict);
  CHECK(failed.error().message == "the copy has failed: 404 BlobNotFound");
  CHECK_FALSE(failed.error().may_have_happened);
  CHECK(sent().back() == "DELETE " + kBase + "/k\nx-ms-delete-snapshots: include\nif-match: \"0x8D1\"\n");
  // By then another write is there, which stays.
  transport->then(copy_head("c1", "aborted")).then(refused(412, "ConditionNotMet"));
  CHECK(bucket->copy(request).error().message == "the copy has been aborted: 404 BlobNotFound");
  transport->then(copy_head("c1", "failed")).then(refused(403, "AuthorizationPermissionMismatch"));
  const auto left = bucket->copy(request);
  CHECK(left.error().message ==
        "the copy has failed: 404 BlobNotFound; the empty object that it left could not be removed: said "
        "AuthorizationPermissionMismatch");
  CHECK(left.error().may_have_happened);
}

TEST_CASE_FIXTURE(BlobFixture, "as long as a copy to it goes on an object is not read as a whole one") {
  transport->then(copy_head("c1", "pending"));
  const auto looked = bucket->head("k", {});
  REQUIRE_FALSE(looked);
  CHECK(looked.error().code == ErrorCode::conflict);
  CHECK(looked.error().retryable);
  CHECK(looked.error().message == "a copy to it is under way");
  CHECK(looked.error().hint == "wait for its end, or abort it");
  Received collector;
  transport->then(copy_head("c1", "pending"), 100);
  CHECK(bucket->get("k", {}, collector).error().message == "a copy to it is under way");
  CHECK(collector.data.empty());
}

TEST_CASE_FIXTURE(BlobFixture, "the handle waits between looks at a copy that goes on") {
  auto pending = kSource;
  pending.insert(pending.end(), {{"x-ms-copy-id", "c1"}, {"x-ms-copy-status", "pending"}});
  const Context context = Context::cancellable();
  std::vector<Context::Clock::time_point> looks;
  const auto look = [&](const http::Request& request, http::BodyReceiver* receiver, const Context& asked) {
    looks.push_back(Context::Clock::now());
    if (looks.size() == 3) context.cancel();
    return reply(200, pending)(request, receiver, asked);
  };
  transport->then(reply(200, kSource)).then(copy_reply("pending")).then(look, 1000);
  const auto copied = Bucket(bucket).copy("a b", "k", {.context = context});
  REQUIRE_FALSE(copied);
  CHECK(copied.error().code == ErrorCode::cancelled);
  CHECK(copied.error().may_have_happened);
  REQUIRE(looks.size() == 3);
  for (std::size_t i = 1; i < looks.size(); ++i) CHECK(looks[i] - looks[i - 1] >= object_store::kFirstWait);
}

TEST_CASE_FIXTURE(BlobFixture, "a copy that nobody looks at any more may have happened") {
  transport->then(reply(200, kSource)).then(copy_reply("pending")).then(refused(403, "AuthorizationFailure"));
  const auto copied = Bucket(bucket).copy("a b", "k", {});
  REQUIRE_FALSE(copied);
  CHECK(copied.error().code == ErrorCode::permission_denied);
  CHECK(copied.error().may_have_happened);
}

TEST_CASE_FIXTURE(BlobFixture, "a source that changed meanwhile is no condition of the caller's") {
  transport->then(reply(200, kSource)).then(refused(412, "SourceConditionNotMet"));
  const auto step = bucket->copy(request_of());
  REQUIRE_FALSE(step);
  CHECK(step.error().code == ErrorCode::conflict);
  CHECK(step.error().retryable);
  transport->then(reply(200, kSource)).then(refused(409, "BlobAlreadyExists"));
  CHECK(bucket->copy(request_of({.condition = Condition::absent()})).error().code == ErrorCode::precondition_failed);
}

TEST_CASE_FIXTURE(BlobFixture, "other content headers are set on the copy, and its MD5 stays") {
  transport->then(reply(200, kSource)).then(copy_reply("success")).then(reply(200, {{"ETag", "\"0x8D3\""}}));
  const auto step = bucket->copy(request_of({.content = ContentHeaders{.type = "text/css"}}));
  REQUIRE(step);
  CHECK(step->info->token == "0x8D3");
  CHECK(step->info->content.type == "text/css");
  CHECK(sent().back() == "PUT " + kBase +
                             "/k?comp=properties\nx-ms-blob-content-type: text/css\n"
                             "x-ms-blob-content-md5: XUFAKrxLKna5cZ2REBfFkg==\nif-match: \"0x8D2\"\n");
  // No metadata cannot be said in the request for a copy: it would mean the source's.
  transport->then(reply(200, kSource)).then(copy_reply("success")).then(reply(200, {{"ETag", "\"0x8D3\""}}));
  REQUIRE(bucket->copy(request_of({.metadata = Metadata{}})));
  CHECK(sent().back() == "PUT " + kBase + "/k?comp=metadata\nif-match: \"0x8D2\"\n");
}

TEST_CASE_FIXTURE(BlobFixture, "trap 8: metadata and content headers are replaced one after the other, each pinned") {
  transport->then(reply(200, kSource))
      .then(reply(200, {{"ETag", "\"0x8D2\""}}))
      .then(reply(200, {{"ETag", "\"0x8D3\""}}));
  const auto info =
      bucket->set_metadata("k", {.content = ContentHeaders{.type = "text/css"}, .metadata = Metadata{{"b", "2"}}});
  REQUIRE(info);
  CHECK(info->token == "0x8D3");
  CHECK(info->size == 5);
  CHECK(sent().at(1).ends_with("if-match: \"0x8D1\"\n"));
  CHECK(sent().at(2) == "PUT " + kBase + "/k?comp=metadata\nx-ms-meta-b: 2\nif-match: \"0x8D2\"\n");

  transport->then(reply(200, kSource)).then(refused(412, "ConditionNotMet"));
  const auto raced = bucket->set_metadata("k", {.metadata = Metadata{}});
  REQUIRE_FALSE(raced);
  CHECK(raced.error().code == ErrorCode::conflict);
  transport->then(reply(200, kSource));
  CHECK(bucket->set_metadata("k", {.condition = Condition::match("old"), .metadata = Metadata{}}).error().code ==
        ErrorCode::precondition_failed);
}

TEST_CASE_FIXTURE(BlobFixture, "a change whose reply was lost is looked at: it has happened, or is made again") {
  const auto changed_to = [](std::string etag, std::string owner) {
    auto headers = kSource;
    headers[0].value = std::move(etag);
    headers[3].value = std::move(owner);
    return reply(200, headers);
  };
  const SetMetadataOptions wanted{.metadata = Metadata{{"owner", "grace"}}};
  const auto set = [&] { return bucket->set_metadata("k", wanted); };
  SUBCASE("it has happened") {
    transport->then(reply(200, kSource)).then(broken()).then(changed_to("\"0x8D2\"", "grace"));
    CHECK(set().value().token == "0x8D2");
    CHECK(transport->sent().size() == 3);
  }
  SUBCASE("it has not happened") {
    transport->then(reply(200, kSource))
        .then(refused(500, "InternalError"))
        .then(reply(200, kSource))
        .then(reply(200, {{"ETag", "\"0x8D3\""}}));
    CHECK(set().value().token == "0x8D3");
    CHECK(sent().at(1) == sent().at(3));
  }
  SUBCASE("it happens while the blob is looked at") {
    transport->then(reply(200, kSource))
        .then(broken())
        .then(reply(200, kSource))
        .then(refused(412, "ConditionNotMet"))
        .then(changed_to("\"0x8D4\"", "grace"));
    CHECK(set().value().token == "0x8D4");
  }
  SUBCASE("another write came") {
    transport->then(reply(200, kSource)).then(broken()).then(changed_to("\"0x8D2\"", "bob"));
    const auto lost = set();
    REQUIRE_FALSE(lost);
    CHECK(lost.error().code == ErrorCode::unavailable);
    CHECK(lost.error().may_have_happened);
  }
  SUBCASE("the service stays broken") {
    transport->then(reply(200, kSource));
    for (int i = 0; i < 2; ++i) transport->then(refused(500, "InternalError")).then(reply(200, kSource));
    CHECK(set().error().may_have_happened);
    CHECK(transport->sent().size() == 5);
  }
}
