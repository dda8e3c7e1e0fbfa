#include "aws/s3/error_hints.h"

#include "core/encode.h"
#include "core/object_rules.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::aws::s3 {
namespace {

struct Hint {
  std::string_view service_code;
  std::string_view text;
};

constexpr Hint kHints[] = {
    {"AccessDenied",
     "the credentials are known, but no policy allows them this; without s3:ListBucket a missing "
     "object looks like this too"},
    {"AllAccessDisabled", "the bucket's owner has to turn to AWS support"},
    {"AuthorizationHeaderMalformed", "the request was signed for another region or service than this endpoint's"},
    {"BadDigest", "the bytes changed on their way to the service"},
    {"BucketAlreadyExists", "bucket names are shared by all accounts: choose another one"},
    {"BucketAlreadyOwnedByYou", core::kUseExistingBucket},
    {"BucketNotEmpty", "remove its objects first, and in a versioned bucket their versions"},
    {"EntityTooLarge", "one request stores at most 5 GiB"},
    {"ExpiredToken", "the temporary credentials have expired: log in again, or fetch new ones"},
    {"IllegalLocationConstraintException",
     "the bucket is, or is to be, in another region than was asked: name that one"},
    {"InternalError",
     "a fault of the service that repeating did not mend: try later, or quote the request id to its support"},
    {"InvalidAccessKeyId",
     "the service does not know this access key: is it of another account or endpoint, or was "
     "it deleted?"},
    {"InvalidArgument",
     "the message says what is refused; some servers lack options of AWS: S3Options::server says which it is"},
    {"InvalidLocationConstraint", "the service has no such region; a server of your own may need S3Server::ceph"},
    {"InvalidObjectState", "the object is archived: restore it first"},
    {"InvalidStorageClass", "this bucket or server has no such storage class"},
    {"InvalidToken",
     "the session token is malformed or of another endpoint: are all three of key, secret and token "
     "from one place?"},
    {"KeyTooLongError", "a key has at most 1024 bytes"},
    {"MetadataTooLarge", "metadata has at most 2 KiB, names and values together"},
    {"MethodNotAllowed", "a delete marker cannot be read; else this server does not offer the call"},
    {"NoSuchBucket", "check the bucket's name, and that the endpoint is the right one"},
    {"NoSuchKey",
     "check the key: upper and lower case differ, and keys rarely begin with '/'; list shows what is there"},
    {"NotImplemented", "this server lacks the feature; S3Options::server says what it is"},
    {"PermanentRedirect", "the bucket is in another region: set it"},
    {"PreconditionFailed", "it is not as the condition says: look at the object again, and decide anew"},
    {"QuotaExceeded", "the store is full"},
    {"RequestTimeTooSkewed", "this machine's clock differs from the service's by more than 15 minutes: set it"},
    {"RequestTimeout",
     "the service waited in vain for the rest of the upload: check the network, or use fewer workers"},
    {"SignatureDoesNotMatch", "the secret access key does not belong to the access key, or a proxy changes requests"},
    {"SlowDown", "too many requests at once: use fewer workers, or spread the keys over more prefixes"},
    {"TemporaryRedirect",
     "the bucket is new, and not known everywhere yet: set its region, or try again in some minutes"},
    {"TooManyBuckets", "the account's limit of buckets is reached: delete some, or have it raised"},
    {"XMinioStorageFull", "the store is full"},
};

}  // namespace

std::string hint_for(std::string_view service_code, const http::Response& response) {
  for (const Hint& hint : kHints) {
    if (hint.service_code == service_code) return std::string(hint.text);
  }
  if (!service_code.empty()) return {};
  const bool is_html = core::to_lower(response.headers.get("content-type")).starts_with("text/html");
  // Some servers call the body HTML that they do not send after HEAD.
  if (is_html && !response.body.empty()) {
    return "HTML came back: a proxy stands between, or the endpoint is no S3 server";
  }
  if (response.status == 403) return "the credentials are wrong or expired, or no policy allows them this";
  return {};
}

}  // namespace cloudkit::inline v0::aws::s3
