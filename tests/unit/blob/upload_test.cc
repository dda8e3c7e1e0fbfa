#include "azure/blob/protocol_blocks.h"
#include "core/encode.h"
#include "fixture.h"
#include "support/temporary_directory.h"

#include <doctest/doctest.h>

#include <fstream>
#include <set>
#include <string>

using namespace cloudkit;
using namespace cloudkit::azure::blob;
using namespace cloudkit::testing;

namespace {

const std::string kUpload = "00112233445566778899aabb";
const ScriptedTransport::Step kStored = reply(201, {{"ETag", "\"0x8D1\""}});

PutPartRequest part_of(int number) {
  PutPartRequest request;
  request.key = "k";
  request.upload = {kUpload};
  request.number = number;
  return request;
}

std::string block(std::string_view id, int size) {
  return fmt::format("<Block><Name>{}</Name><Size>{}</Size></Block>", id, size);
}
std::string blocks_of(std::string_view committed, std::string_view uncommitted) {
  return fmt::format(
      "\xEF\xBB\xBF<BlockList><CommittedBlocks>{}</CommittedBlocks><UncommittedBlocks>{}</UncommittedBlocks></"
      "BlockList>",
      committed, uncommitted);
}

UploadPart stored(int number) { return {number, 1, block_id(kUpload, number).value(), {}}; }

}  // namespace

TEST_CASE("trap 3: ids of blocks have one length, also behind number 9 and to the last") {
  std::set<std::size_t> lengths;
  for (const int number : {1, 9, 10, 99, 100, 999, 1000, 49'999, 50'000}) {
    const std::string id = block_id(kUpload, number).value();
    lengths.insert(id.size());
    CHECK(number_of_block(kUpload, id) == number);
    CHECK(core::base64_decode(id)->size() <= 64);
    CHECK(id.find('=') == std::string::npos);
  }
  CHECK(lengths == std::set<std::size_t>{40});
  CHECK_FALSE(block_id(kUpload, 0));
  CHECK_FALSE(block_id(kUpload, 50'001));
  CHECK_FALSE(block_id("not an upload", 1));
}

TEST_CASE("trap 3: two uploads to one key share no block") {
  const std::string one = new_upload();
  const std::string other = new_upload();
  CHECK(one != other);
  const std::string id = block_id(one, 1).value();
  CHECK_FALSE(number_of_block(other, id));
  for (const std::string& foreign : {std::string(), std::string("!"), core::base64_encode(one + "00001"),
                                     core::base64_encode(one + "0000001"), core::base64_encode(one + "00001x")}) {
    CHECK_FALSE(number_of_block(one, foreign));
  }
}

TEST_CASE("trap 4: how many blocks, and how large") {
  const UploadLimits limits = block_limits();
  CHECK(limits.max_parts == 50'000);
  CHECK(limits.max_part == std::uint64_t{4000} << 20);
  CHECK(limits.min_part == 0);
  CHECK(limits.use_from == std::uint64_t{64} << 20);
  const StringSource large("", (std::uint64_t{4000} << 20) + 1);
  CHECK(put_block_request({}, part_of(1), large, {}).error().message == "a part has at most 4194304000 bytes");
}

TEST_CASE_FIXTURE(BlobFixture, "large objects travel in blocks without being told to, smaller ones in one request") {
  transport->then(kStored, 20);
  const Bucket handle(bucket);
  const std::string large(std::size_t{64} << 20, 'x');
  REQUIRE(handle.put("k", std::string_view(large).substr(1)));
  CHECK(transport->sent().size() == 1);
  const auto info = handle.put("k", large, {.condition = Condition::absent()});
  REQUIRE_MESSAGE(info, info.error().to_string());
  CHECK(info->size == large.size());
  const auto texts = sent();
  REQUIRE(texts.size() == 1 + 8 + 1);
  for (std::size_t i = 1; i < 9; ++i) {
    CHECK(texts[i].find("?comp=block&") != std::string::npos);
    CHECK(texts[i].find("x-ms-content-crc64: ") != std::string::npos);
    CHECK(texts[i].find("if-none-match") == std::string::npos);
  }
  CHECK(texts.back().ends_with("if-none-match: *\n"));
}

TEST_CASE_FIXTURE(BlobFixture, "trap 6: blocks go out alone; the commit says all of the blob, and has the condition") {
  transport->then(kStored, 2);
  const auto part = bucket->put_part(part_of(2), MemorySource("Hello Azure!"));
  REQUIRE(part);
  CHECK(part->part.token == "MDAxMTIyMzM0NDU1NjY3Nzg4OTlhYWJiMDAwMDAy");
  PutOptions options;
  options.content.type = "text/plain";
  options.metadata = {{"owner", "ada"}};
  options.storage_class = "Cool";
  options.tags = {{"x", "1"}};
  options.condition = Condition::absent();
  std::string body;
  const auto info = bucket->complete_upload("k", {kUpload}, {stored(1), stored(2)}, options);
  REQUIRE(info);
  CHECK(info->size == 2);
  CHECK(info->token == "0x8D1");
  CHECK(sent().at(0) == "PUT " + kBase +
                            "/k?comp=block&blockid=MDAxMTIyMzM0NDU1NjY3Nzg4OTlhYWJiMDAwMDAy\n"
                            "x-ms-content-crc64: DtjZpL9/o8c=\n");
  CHECK(sent().at(1).starts_with("PUT " + kBase +
                                 "/k?comp=blocklist\n"
                                 "x-ms-blob-content-type: text/plain\n"
                                 "x-ms-meta-owner: ada\n"
                                 "x-ms-access-tier: Cool\n"
                                 "x-ms-tags: x=1\n"
                                 "x-ms-content-crc64: "));
  CHECK(sent().at(1).ends_with("content-type: application/xml\nif-none-match: *\n"));
  CHECK(block_list_body({stored(1)}) ==
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList><Latest>MDAxMTIyMzM0NDU1NjY3Nzg4OTlhYWJiMDAwMDAx</Latest>"
        "</BlockList>");
}

TEST_CASE_FIXTURE(BlobFixture,
                  "an upload is begun without a request, and a commit is repeated when its reply is lost") {
  const auto upload = bucket->begin_upload("k", {});
  REQUIRE(upload);
  CHECK(transport->sent().empty());
  transport->then(broken()).then(kStored);
  CHECK(bucket->complete_upload("k", {kUpload}, {stored(1)}, {}));
  CHECK(transport->sent().size() == 2);
}

TEST_CASE_FIXTURE(BlobFixture, "trap 5: nothing is aborted, above all no blob that is there") {
  CHECK(bucket->abort_upload("k", {kUpload}, {}));
  CHECK(transport->sent().empty());
}

TEST_CASE_FIXTURE(BlobFixture, "trap 3: blocks that another write has discarded are an upload that is gone") {
  transport->then(refused(400, "InvalidBlockList"));
  const auto gone = bucket->complete_upload("k", {kUpload}, {stored(1)}, {});
  REQUIRE_FALSE(gone);
  CHECK(gone.error().code == ErrorCode::not_found);
  CHECK(gone.error().service_code == "NoSuchUpload");
  CHECK(gone.error().hint == "begin the upload again");
  CHECK(gone.error().request_id == "4ZF");
}

TEST_CASE_FIXTURE(BlobFixture, "trap 4: blocks with ids of another length are in the way") {
  transport->then(refused(400, "InvalidBlobOrBlock"));
  const auto part = bucket->put_part(part_of(1), MemorySource("v"));
  REQUIRE_FALSE(part);
  CHECK(part.error().code == ErrorCode::invalid_argument);
  CHECK(part.error().hint.find("another program's unfinished upload") != std::string::npos);
}

TEST_CASE_FIXTURE(BlobFixture, "the blocks of an upload are found again, others are not") {
  const std::string other = block_id("ffffffffffffffffffffffff", 9).value();
  transport->then(reply(200, {},
                        blocks_of(block(other, 1), block(block_id(kUpload, 10).value(), 5) + block("MDE=", 6) +
                                                       block(block_id(kUpload, 2).value(), 7))));
  const auto parts = bucket->list_parts("k", {kUpload}, {});
  REQUIRE(parts);
  REQUIRE(parts->size() == 2);
  CHECK((*parts)[0].number == 2);
  CHECK((*parts)[0].size == 7);
  CHECK((*parts)[1].number == 10);
  CHECK(sent() == std::vector<std::string>{"GET " + kBase + "/k?comp=blocklist&blocklisttype=all\n"});
  transport->then(refused(404, "BlobNotFound")).then(refused(404, "ContainerNotFound"));
  CHECK(bucket->list_parts("k", {kUpload}, {})->empty());
  CHECK(bucket->list_parts("k", {kUpload}, {}).error().code == ErrorCode::not_found);
}

TEST_CASE_FIXTURE(BlobFixture, "an upload whose blocks are in the blob was completed: it is not known any more") {
  transport->then(reply(200, {}, blocks_of(block(block_id(kUpload, 9).value(), 1), "")));
  const auto parts = bucket->list_parts("k", {kUpload}, {});
  REQUIRE_FALSE(parts);
  CHECK(parts.error().code == ErrorCode::not_found);
  CHECK(parts.error().service_code == "NoSuchUpload");
}

TEST_CASE_FIXTURE(BlobFixture, "an upload with a condition that was killed after its commit finds its object done") {
  const ::test::TemporaryDirectory directory;
  const std::string path = directory.file("f");
  std::ofstream(path) << "0123456789";
  PutOptions options;
  options.condition = Condition::absent();
  options.transfer.part_size = 6;
  options.transfer.workers = 1;
  options.transfer.resume = true;
  const Bucket handle(bucket);
  // The commit happens, nothing says so, and nobody can look.
  transport->then(kStored, 2).then(broken()).then(refused(403, "AuthorizationFailure"));
  CHECK(handle.put("k", File{path}, options).error().may_have_happened);
  const auto first = transport->sent();
  REQUIRE(first.size() == 4);

  std::string committed;
  for (std::size_t i = 0; i < 2; ++i) committed += block(first[i].query.at(1).second, i == 0 ? 6 : 4);
  std::vector<http::Header> head = {{"ETag", "\"0x8D1\""}, {"Content-Length", "10"}};
  for (const http::Header& header : first[2].headers) {
    if (header.name.starts_with("x-ms-meta-")) head.push_back(header);
  }
  transport->then(reply(200, {}, blocks_of(committed, ""))).then(reply(200, head));
  const auto again = handle.put("k", File{path}, options);
  REQUIRE_MESSAGE(again, again.error().to_string());
  CHECK(again->token == "0x8D1");
  REQUIRE(transport->sent().size() == 6);
  CHECK(sent().back().starts_with("HEAD "));
}

TEST_CASE_FIXTURE(BlobFixture, "parts of another upload are not committed") {
  UploadPart foreign = stored(1);
  foreign.token = block_id("ffffffffffffffffffffffff", 1).value();
  CHECK(bucket->complete_upload("k", {kUpload}, {foreign}, {}).error().code == ErrorCode::invalid_argument);
  CHECK(bucket->complete_upload("k", {kUpload}, {}, {}).error().code == ErrorCode::invalid_argument);
  CHECK(transport->sent().empty());
}
