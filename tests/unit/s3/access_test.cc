#include "aws/s3/access.h"
#include "fixture.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using namespace cloudkit::testing;

namespace {

constexpr const char* kSecret = "cktest-access-secret-9c31";
const std::string kWho = "the credentials (profile \"dev\", AKIA…XYZ) may lack ";

S3Options as_dev() {
  S3Options options = Fixture::in_region("us-west-2");
  options.credentials = aws::explicit_credentials(
      {"AKIAIOSFODNN7ABCDXYZ", kSecret, "cktest-accesstoken-secret-20ff", {}, "profile \"dev\""});
  return options;
}

// Every request is refused.
struct Refused : Fixture {
  Refused() : Refused(as_dev()) {}
  explicit Refused(S3Options options, const std::string& message = "Access Denied") : Fixture(std::move(options)) {
    const std::string body = "<Error><Code>AccessDenied</Code><Message>" + message + "</Message></Error>";
    transport->then(reply(403, {}, body), 4);
  }
};

template <class T>
std::string hint_of(const Result<T>& result) {
  REQUIRE_FALSE(result);
  CHECK(result.error().code == ErrorCode::permission_denied);
  CHECK(result.error().to_string().find("cktest-") == std::string::npos);
  return result.error().hint;
}

}  // namespace

TEST_CASE_FIXTURE(Refused, "a refused put says whose credentials may lack which action") {
  CHECK(hint_of(bucket->put("a.pdf", MemorySource("x"), {})) ==
        kWho + "s3:PutObject on this bucket, or its policy denies it");
}

TEST_CASE_FIXTURE(Refused, "a refused put with tags, or upload, may lack either action") {
  const std::string hint = kWho + "s3:PutObject or s3:PutObjectTagging on this bucket, or its policy denies it";
  CHECK(hint_of(bucket->put("a.pdf", MemorySource("x"), {.tags = {{"a", "1"}}})) == hint);
  CHECK(hint_of(bucket->begin_upload("a.pdf", {.tags = {{"a", "1"}}})) == hint);
}

TEST_CASE_FIXTURE(Refused, "a refused read also says that the object may be missing") {
  Received collector;
  const std::string read = kWho +
                           "s3:GetObject on this bucket, or its policy denies it; without s3:ListBucket a missing "
                           "object looks like this too";
  CHECK(hint_of(bucket->get("k", {}, collector)) == read);
  CHECK(hint_of(bucket->head("k", {})) == read);
  GetOptions old;
  old.version_id = "3/L4";
  CHECK(hint_of(bucket->get("k", old, collector)).find("may lack s3:GetObjectVersion on") != std::string::npos);
}

TEST_CASE_FIXTURE(Refused, "a refused removal, listing or bucket each name their action") {
  CHECK(hint_of(bucket->remove("k", {})) == kWho + "s3:DeleteObject on this bucket, or its policy denies it");
  CHECK(hint_of(bucket->list_page({})) == kWho + "s3:ListBucket on this bucket, or its policy denies it");
  CHECK(hint_of(store->delete_bucket("reports", {})) ==
        kWho + "s3:DeleteBucket on this bucket, or its policy denies it");
  CHECK(hint_of(store->list_buckets_page({}, {})) == kWho + "s3:ListAllMyBuckets");
}

TEST_CASE_FIXTURE(Refused, "what changes, removes or lists versions, many objects or tags names its action, too") {
  const std::string tail = " on this bucket, or its policy denies it";
  const std::vector<std::string> keys = {"a", "b"};
  CHECK(hint_of(bucket->remove_many(keys, {})) == kWho + "s3:DeleteObject" + tail);
  CHECK(hint_of(bucket->list_versions_page({})) == kWho + "s3:ListBucketVersions" + tail);
  CHECK(hint_of(bucket->remove_version("k", "v", {})) == kWho + "s3:DeleteObjectVersion" + tail);
  CHECK(hint_of(bucket->set_tags("k", {{"team", "a"}}, {})) == kWho + "s3:PutObjectTagging" + tail);
}

TEST_CASE("a role that STS refuses is STS's matter: no action on the bucket is blamed") {
  struct RefusedRole final : CredentialSource {
    Result<Credentials> get(const Context&) override {
      Error error(ErrorCode::permission_denied, "User: arn:u is not authorized to perform: sts:AssumeRole");
      error.service_code = "AccessDenied";
      error.hint = "the role's trust policy must name who assumes it";
      return error;
    }
  };
  S3Options options = Fixture::in_region("us-west-2");
  options.credentials = std::make_shared<RefusedRole>();
  const Fixture fixture(std::move(options));
  CHECK(hint_of(fixture.bucket->head("k", {})) == "the role's trust policy must name who assumes it");
  CHECK(fixture.transport->sent().empty());
}

TEST_CASE("a gateway that quotes the request it refuses puts no token and no signature into the error") {
  Fixture fixture(as_dev());
  fixture.transport->then([](const http::Request& request, http::BodyReceiver* receiver, const Context& context) {
    std::string quoted;
    for (const char* const name : {"authorization", "x-amz-security-token"}) {
      quoted += std::string(name) + ": " + std::string(request.headers.get(name)) + "; ";
    }
    return reply(400, {}, "<Error><Code>Bad</Code><Message>refused " + quoted + "</Message></Error>")(request, receiver,
                                                                                                      context);
  });
  const auto refused = fixture.bucket->head("k", {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("Signature=...; x-amz-security-token: ...;") != std::string::npos);
  CHECK(refused.error().to_string().find("cktest-") == std::string::npos);
}

TEST_CASE("a new bucket that may not keep versions is taken back, and the action is named") {
  Fixture fixture(as_dev());
  fixture.transport->then(reply(404)).then(reply(200)).then(reply(403, {}, error_body("AccessDenied")));
  fixture.transport->then(reply(204));
  CHECK(hint_of(fixture.store->create_bucket("fresh", {.versioned = true})) ==
        kWho + "s3:PutBucketVersioning on this bucket, or its policy denies it");
  CHECK(fixture.sent().back().find("DELETE https://fresh.s3.us-west-2.amazonaws.com/") == 0);
}

TEST_CASE("a refused creation names its action, once the bucket is known not to exist") {
  Fixture fixture(as_dev());
  fixture.transport->then(reply(404)).then(reply(403, {}, error_body("AccessDenied")));
  CHECK(hint_of(fixture.store->create_bucket("fresh", {})) == kWho + "s3:CreateBucket");
}

TEST_CASE("a refused copy may be refused on either side") {
  Fixture fixture(as_dev());
  fixture.transport->then(
      reply(200, {{"etag", "\"e\""}, {"content-length", "1"}, {"last-modified", "Fri, 24 May 2013 00:00:00 GMT"}}));
  fixture.transport->then(reply(403, {}, error_body("AccessDenied")));
  CopyRequest request;
  request.source_bucket = "other";
  request.source_key = "k";
  request.destination_key = "k";
  CHECK(hint_of(fixture.bucket->copy(request)).find(kWho + "s3:GetObject on the source or s3:PutObject on this") == 0);
}

TEST_CASE("the service's own word for the action goes before ours") {
  Refused fixture(as_dev(),
                  "User: arn:aws:iam::111122223333:user/dev is not authorized to perform: kms:GenerateDataKey on "
                  "resource: arn:aws:kms:us-west-2:111122223333:key/1 because no identity-based policy allows it");
  CHECK(hint_of(fixture.bucket->put("k", MemorySource("x"), {})).find(kWho + "kms:GenerateDataKey on this") == 0);
}

TEST_CASE("an unsigned request has no credentials to blame") {
  S3Options options = Fixture::in_region("us-west-2");
  options.anonymous = true;
  Refused fixture(options);
  CHECK(hint_of(fixture.bucket->put("k", MemorySource("x"), {})) ==
        "unsigned requests may not s3:PutObject on this bucket: open it with credentials");
}

TEST_CASE("keys that the service does not accept are named beside what to do") {
  Fixture fixture(as_dev());
  fixture.transport->then(reply(403, {}, error_body("InvalidAccessKeyId")));
  const auto put = fixture.bucket->put("k", MemorySource("x"), {});
  REQUIRE_FALSE(put);
  CHECK(put.error().code == ErrorCode::unauthenticated);
  CHECK(put.error().hint.find("the service does not know this access key") == 0);
  CHECK(put.error().hint.ends_with("; used: profile \"dev\", AKIA…XYZ"));
}

TEST_CASE("each request that cloudkit sends has its action") {
  using aws::s3::iam_action;
  using aws::s3::Subject;
  const auto action = [](http::Method method, Subject subject, const char* query = nullptr,
                         const char* more = nullptr) {
    http::Request request;
    request.method = method;
    for (const char* name : {query, more}) {
      if (name != nullptr) request.query.emplace_back(name, "");
    }
    return iam_action(request, subject);
  };
  using enum http::Method;
  CHECK(action(head, Subject::bucket) == "s3:ListBucket");
  CHECK(action(get, Subject::bucket, "uploads") == "s3:ListBucketMultipartUploads");
  CHECK(action(get, Subject::bucket, "versions") == "s3:ListBucketVersions");
  CHECK(action(get, Subject::bucket, "location") == "s3:GetBucketLocation");
  CHECK(action(post, Subject::bucket, "delete") == "s3:DeleteObject");
  CHECK(action(post, Subject::object, "uploads") == "s3:PutObject");
  CHECK(action(put, Subject::object, "partNumber", "uploadId") == "s3:PutObject");
  CHECK(action(post, Subject::object, "uploadId") == "s3:PutObject");
  CHECK(action(remove, Subject::object, "uploadId") == "s3:AbortMultipartUpload");
  CHECK(action(get, Subject::object, "uploadId") == "s3:ListMultipartUploadParts");
  CHECK(action(remove, Subject::object, "versionId") == "s3:DeleteObjectVersion");
  CHECK(action(get, Subject::object, "tagging") == "s3:GetObjectTagging");
  CHECK(action(put, Subject::object, "tagging", "versionId") == "s3:PutObjectVersionTagging");
  CHECK(action(remove, Subject::object, "tagging") == "s3:DeleteObjectTagging");
  // A bucket's settings are nothing that cloudkit sends: better no name than a wrong one.
  CHECK(action(put, Subject::bucket, "policy").empty());
}
