#include "aws/s3/encryption.h"
#include "fixture.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using namespace cloudkit::aws;
using namespace cloudkit::testing;

namespace {

S3Options encrypting(ServerSideEncryption how, std::string key = {}) {
  S3Options options = Fixture::in_region("us-west-2");
  options.server_side_encryption = how;
  options.kms_key_id = std::move(key);
  return options;
}

bool has_line(const std::string& text, const std::string& line) {
  return text.find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("what is put and copied is encrypted as the options say; what is read is not asked for it") {
  Fixture fixture(encrypting(ServerSideEncryption::kms, "arn:aws:kms:us-west-2:1:key/2"));
  fixture.transport->then(reply(200, {{"ETag", "\"a\""}}))
      .then(reply(200, {{"ETag", "\"a\""}, {"Content-Length", "1"}}))
      .then(reply(200, {}, kCopied));
  const MemorySource source("x");
  CHECK(fixture.bucket->put("k", source, {}));
  CopyRequest copy;
  copy.source_bucket = "reports";
  copy.source_key = "k";
  copy.destination_key = "l";
  CHECK(fixture.bucket->copy(copy));
  const auto sent = fixture.sent();
  for (const std::size_t i : {0U, 2U}) {
    CHECK(has_line(sent[i], "x-amz-server-side-encryption: aws:kms"));
    CHECK(has_line(sent[i], "x-amz-server-side-encryption-aws-kms-key-id: arn:aws:kms:us-west-2:1:key/2"));
  }
  CHECK(sent[1].find("encryption") == std::string::npos);
}

TEST_CASE("a copy onto itself encrypts an object anew: it is sent, not taken for done") {
  Fixture fixture(encrypting(ServerSideEncryption::kms, "key/2"));
  fixture.transport->then(reply(200, {{"ETag", "\"a\""}, {"Content-Length", "1"}})).then(reply(200, {}, kCopied));
  const Bucket handle(fixture.bucket);
  CHECK(handle.copy("k", "k").value().token == "def");
  REQUIRE(fixture.sent().size() == 2);
  CHECK(fixture.sent()[1] ==
        "PUT https://reports.s3.us-west-2.amazonaws.com/k\nx-amz-copy-source: reports/k\n"
        "x-amz-copy-source-if-match: \"a\"\nx-amz-server-side-encryption: aws:kms\n"
        "x-amz-server-side-encryption-aws-kms-key-id: key/2\n");
}

TEST_CASE("an upload in parts is encrypted from its begin; its parts are not asked for it") {
  Fixture fixture(encrypting(ServerSideEncryption::aes256));
  fixture.transport
      ->then(reply(200, {}, "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>"))
      .then(reply(200, {{"ETag", "\"a\""}}));
  const auto upload = fixture.bucket->begin_upload("k", {}).value();
  PutPartRequest part;
  part.key = "k";
  part.upload = upload;
  part.number = 1;
  const MemorySource source("x");
  CHECK(fixture.bucket->put_part(part, source));
  CHECK(has_line(fixture.sent()[0], "x-amz-server-side-encryption: AES256"));
  CHECK(fixture.sent()[1].find("encryption") == std::string::npos);
}

TEST_CASE("with keys of S3, or as the bucket says") {
  Fixture own(encrypting(ServerSideEncryption::aes256));
  own.transport->then(reply(200, {{"ETag", "\"a\""}}));
  const MemorySource source("x");
  CHECK(own.bucket->put("k", source, {}));
  CHECK(has_line(own.sent()[0], "x-amz-server-side-encryption: AES256"));
  Fixture bucket_default;
  bucket_default.transport->then(reply(200, {{"ETag", "\"a\""}}));
  CHECK(bucket_default.bucket->put("k", source, {}));
  CHECK(bucket_default.sent()[0].find("encryption") == std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "a change of metadata leaves an object encrypted as it was") {
  transport
      ->then(reply(200, {{"ETag", "\"a\""},
                         {"Content-Length", "1"},
                         {"x-amz-server-side-encryption", "aws:kms"},
                         {"x-amz-server-side-encryption-aws-kms-key-id", "key/1"}}))
      .then(reply(200, {}, kCopied));
  CHECK(bucket->set_metadata("k", {.metadata = Metadata{}}));
  CHECK(has_line(sent()[1], "x-amz-server-side-encryption: aws:kms"));
  CHECK(has_line(sent()[1], "x-amz-server-side-encryption-aws-kms-key-id: key/1"));
}

TEST_CASE("unless the options say how") {
  Fixture fixture(encrypting(ServerSideEncryption::aes256));
  fixture.transport
      ->then(reply(200, {{"ETag", "\"a\""}, {"Content-Length", "1"}, {"x-amz-server-side-encryption", "aws:kms"}}))
      .then(reply(200, {}, kCopied));
  CHECK(fixture.bucket->set_metadata("k", {.metadata = Metadata{}}));
  CHECK(has_line(fixture.sent()[1], "x-amz-server-side-encryption: AES256"));
  CHECK(fixture.sent()[1].find("aws:kms") == std::string::npos);
}

TEST_CASE("metadata of an object that needs a copy in parts are not set where it would lose its KMS key") {
  const std::vector<http::Header> large = {{"ETag", "\"a\""},
                                           {"Content-Length", "5368709121"},
                                           {"x-amz-server-side-encryption", "aws:kms"},
                                           {"x-amz-server-side-encryption-aws-kms-key-id", "key/1"}};
  Fixture silent;
  silent.transport->then(reply(200, large));
  const auto error = Bucket(silent.bucket).set_metadata("k", {.metadata = Metadata{}}).error();
  CHECK(error.code == ErrorCode::invalid_argument);
  CHECK(error.message == "5368709121 bytes are more than one request copies, and in parts it would lose its KMS key");
  CHECK(error.hint == "set S3Options::server_side_encryption and kms_key_id");
  CHECK(silent.transport->sent().size() == 1);
  // The options say which key, or the bucket's own way is what it has: in parts, then.
  Fixture saying(encrypting(ServerSideEncryption::kms, "key/1"));
  saying.transport->then(reply(200, large));
  CHECK(saying.bucket->set_metadata("k", {.metadata = Metadata{}}).error().code == ErrorCode::unsupported);
  Fixture by_s3;
  by_s3.transport->then(
      reply(200, {{"ETag", "\"a\""}, {"Content-Length", "5368709121"}, {"x-amz-server-side-encryption", "AES256"}}));
  CHECK(by_s3.bucket->set_metadata("k", {.metadata = Metadata{}}).error().code == ErrorCode::unsupported);
}

TEST_CASE("a presigned put could not say how to encrypt: it is refused, and other methods are not") {
  Fixture fixture(encrypting(ServerSideEncryption::aes256));
  const auto error = fixture.bucket->presign("k", {.method = PresignMethod::put}).error();
  CHECK(error.code == ErrorCode::unsupported);
  CHECK(error.message == "a presigned put cannot say S3Options::server_side_encryption");
  CHECK(error.hint == "make it the bucket's default encryption, and presign without the option");
  for (const auto method : {PresignMethod::get, PresignMethod::head, PresignMethod::remove}) {
    CHECK(fixture.bucket->presign("k", {.method = method}));
  }
  CHECK(Fixture().bucket->presign("k", {.method = PresignMethod::put}));
}

TEST_CASE("a server that may ignore the header gets nothing unencrypted by mistake") {
  S3Options options = Fixture::at("http://localhost:9000");
  options.server_side_encryption = ServerSideEncryption::aes256;
  Fixture fixture(options);
  const MemorySource source("x");
  const auto error = fixture.bucket->put("k", source, {}).error();
  CHECK(error.code == ErrorCode::unsupported);
  CHECK(error.message == "this server may ignore S3Options::server_side_encryption");
  CHECK(error.hint == "S3Options::server says which server it is");
  CHECK(fixture.transport->sent().empty());
}

TEST_CASE("who pays is said in every request, and in presigned URLs") {
  S3Options options = Fixture::in_region("us-west-2");
  options.requester_pays = true;
  Fixture fixture(options);
  fixture.transport->then(reply(204)).then(reply(200, {}, "<ListBucketResult></ListBucketResult>"));
  CHECK(fixture.bucket->remove("k", {}));
  CHECK(fixture.bucket->list_page({}));
  for (const std::string& text : fixture.sent()) CHECK(has_line(text, "x-amz-request-payer: requester"));
  const std::string url = fixture.bucket->presign("k", {}).value();
  CHECK(url.find("x-amz-request-payer=requester") != std::string::npos);
  CHECK(url.find("x-amz-request-payer=requester") == url.rfind("x-amz-request-payer"));
}

TEST_CASE("options that contradict each other are refused at once") {
  S3Options no_kms = encrypting(ServerSideEncryption::aes256, "key");
  CHECK(make_s3_store(no_kms).error().message == "S3Options has a kms_key_id, but server_side_encryption is not kms");
  S3Options nobody = Fixture::in_region("us-west-2");
  nobody.anonymous = nobody.requester_pays = true;
  const auto error = make_s3_store(nobody).error();
  CHECK(error.message == "S3Options has both anonymous and requester_pays");
  CHECK(error.hint == "nobody could be charged");
}
