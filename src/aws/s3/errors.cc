#include "aws/s3/errors.h"

#include "aws/s3/error_hints.h"
#include "aws/service_endpoint.h"
#include "codec/xml.h"
#include "core/encode.h"
#include "core/fail.h"
#include "http/classify.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::inline v0::aws::s3 {
namespace {

using http::Failure;

constexpr std::size_t kExcerpt = 512;
// An error's document is small; a larger one is not S3's.
constexpr codec::XmlLimits kErrorLimits = {.max_size = 64 << 10, .max_depth = 16, .max_nodes = 2000};

// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
struct ErrorBody {
  std::string code = {};
  std::string message = {};
  std::string request_id = {};
  std::string region = {};
  std::string endpoint = {};
  std::string condition = {};
};

std::optional<ErrorBody> parse_error_body(std::string_view body) {
  const auto document = codec::XmlDocument::parse(body, kErrorLimits);
  if (!document || document->root().name() != "Error") return std::nullopt;
  const codec::XmlNode error = document->root();
  ErrorBody result;
  result.code = core::trim(error.child("Code").text());
  if (result.code.empty()) return std::nullopt;
  result.message = core::trim(error.child("Message").text());
  result.request_id = core::trim(error.child("RequestId").text());
  result.region = core::trim(error.child("Region").text());
  result.endpoint = core::trim(error.child("Endpoint").text());
  result.condition = core::trim(error.child("Condition").text());
  return result;
}

std::string message_of(const ErrorBody& body) {
  std::string message = core::printable_excerpt(body.message, kExcerpt);
  if (!body.condition.empty()) message += fmt::format(" ({})", core::printable_excerpt(body.condition, 80));
  return message;
}

std::string message_without_body(int status) {
  switch (status) {
    case 304: return "the object has not changed";
    case 404: return "no such bucket or object";
    case 412: return "the condition did not hold";
    default: return fmt::format("the service answered {} and gave no reason", status);
  }
}

Failure failure_of(const ErrorBody& body, const http::Response& response) {
  Failure failure = http::classify(core::printable_excerpt(body.code, 80), response.status);
  failure.error.message = message_of(body);
  failure.error.request_id = response.headers.get("x-amz-request-id");
  if (failure.error.request_id.empty()) failure.error.request_id = core::printable_excerpt(body.request_id, 128);
  failure.error.hint = hint_for(failure.error.service_code, response);
  return failure;
}

// "us-west-2" of "bucket.s3.us-west-2.amazonaws.com", or of the older "s3-us-west-2". The host itself
// is never asked: what a reply names becomes a region, and the host is made of that.
std::string_view region_of_endpoint(std::string_view host) noexcept {
  constexpr std::string_view kDomain = ".amazonaws.com";
  if (host.ends_with(".cn")) host.remove_suffix(3);
  if (!host.ends_with(kDomain)) return {};
  const std::string_view rest = host.substr(0, host.size() - kDomain.size());
  const std::size_t dot = rest.rfind('.');
  const std::string_view last = dot == std::string_view::npos ? rest : rest.substr(dot + 1);
  if (last.starts_with("s3-")) return last.substr(3);
  const std::string_view before = dot == std::string_view::npos ? std::string_view{} : rest.substr(0, dot);
  return before == "s3" || before.ends_with(".s3") ? last : std::string_view{};
}

// A proxy's HTML, an empty body, or no body at all: only the status is left.
Failure failure_of_status(const http::Response& response) {
  Failure failure = http::classify({}, response.status);
  const std::string_view body = core::trim(response.body);
  failure.error.message = body.empty() ? message_without_body(response.status)
                                       : "the reply is not S3's: " + core::printable_excerpt(body, kExcerpt);
  failure.error.request_id = response.headers.get("x-amz-request-id");
  failure.error.hint = hint_for({}, response);
  return failure;
}

// Without reading it all: the local name of the first element, or "".
std::string_view root_name(std::string_view body) noexcept {
  if (body.starts_with("\xEF\xBB\xBF")) body.remove_prefix(3);
  body = core::trim(body);
  if (body.starts_with("<?")) {
    const std::size_t end = body.find("?>");
    if (end == std::string_view::npos) return {};
    body = core::trim(body.substr(end + 2));
  }
  if (!body.starts_with('<')) return {};
  std::string_view name = body.substr(1, body.find_first_of(" \t\r\n/>", 1) - 1);
  if (const std::size_t colon = name.find(':'); colon != std::string_view::npos) name.remove_prefix(colon + 1);
  return name;
}

// The last tag closes an element of this name, or the only element closes itself.
bool ends_with_root(std::string_view body, std::string_view root) noexcept {
  body = core::trim(body);
  if (!body.ends_with('>')) return false;
  const std::size_t open = body.rfind('<');
  if (open == std::string_view::npos) return false;
  std::string_view tag = body.substr(open + 1, body.size() - open - 2);
  if (tag.starts_with('/')) {
    tag = core::trim(tag.substr(1));
  } else if (tag.ends_with('/')) {
    tag = tag.substr(0, tag.find_first_of(" \t\r\n/"));
  } else {
    return false;
  }
  if (const std::size_t colon = tag.find(':'); colon != std::string_view::npos) tag.remove_prefix(colon + 1);
  return tag == root;
}

Failure broken_reply(const http::Response& response, ErrorCode code, Failure::Remedy remedy, std::string message) {
  Failure failure;
  failure.error = core::fail(code, std::move(message));
  failure.error.http_status = response.status;
  failure.error.request_id = response.headers.get("x-amz-request-id");
  failure.error.retryable = remedy == Failure::Remedy::retry;
  failure.remedy = remedy;
  return failure;
}

// That is how S3 says of a version that it is a removal, and of an object that it was removed.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeleteMarker.html
std::optional<Failure> delete_marker(const http::Response& response) {
  if (response.status != 405 || response.headers.get("x-amz-delete-marker") != "true") return std::nullopt;
  Failure failure = http::classify("NoSuchKey", 404);
  failure.error.service_code = "MethodNotAllowed";
  failure.error.http_status = response.status;
  failure.error.message = "this version is a delete marker: it has no bytes";
  failure.error.request_id = response.headers.get("x-amz-request-id");
  return failure;
}

bool asks_for(const http::Request& request, std::string_view name) noexcept {
  return std::any_of(request.query.begin(), request.query.end(), [&](const auto& item) { return item.first == name; });
}

bool completes_upload(const http::Request& request) noexcept {
  return request.method == http::Method::post && asks_for(request, "uploadId");
}

// The document that a successful reply must be, or "" when none is expected.
std::string_view expected_root(const http::Request& request) {
  const bool of_upload = asks_for(request, "uploadId");
  const bool of_uploads = asks_for(request, "uploads");
  if (request.headers.contains("x-amz-copy-source")) return of_upload ? "CopyPartResult" : "CopyObjectResult";
  switch (request.method) {
    case http::Method::post:
      if (of_upload) return "CompleteMultipartUploadResult";
      if (of_uploads) return "InitiateMultipartUploadResult";
      return asks_for(request, "delete") ? "DeleteResult" : std::string_view{};
    case http::Method::get:
      if (of_upload) return "ListPartsResult";
      if (of_uploads) return "ListMultipartUploadsResult";
      if (asks_for(request, "versions")) return "ListVersionsResult";
      if (asks_for(request, "tagging")) return "Tagging";
      // ListObjectsV2 has both, ListObjects only the other.
      if (asks_for(request, "list-type") || asks_for(request, "max-keys")) return "ListBucketResult";
      return asks_for(request, "max-buckets") ? "ListAllMyBucketsResult" : std::string_view{};
    default: return {};
  }
}

// After a conflict with another writer the parts must be sent again; a put may just be repeated.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
Failure without_repeating_complete(Failure failure, const http::Request& request) {
  if (failure.error.service_code == "ConditionalRequestConflict" && completes_upload(request)) {
    failure.remedy = Failure::Remedy::none;
    failure.error.code = ErrorCode::conflict;
    failure.error.hint = "another writer was faster: the upload must be begun again";
  }
  return failure;
}

}  // namespace

std::optional<Failure> check_control_reply(const http::Response& response, std::string_view root) {
  const std::string_view found = root_name(response.body);
  if (found == root && ends_with_root(response.body, root)) return std::nullopt;
  if (found == "Error") {
    if (const auto body = parse_error_body(response.body)) return failure_of(*body, response);
  }
  if (found == root || found == "Error" || core::trim(response.body).empty()) {
    return broken_reply(response, ErrorCode::unavailable, Failure::Remedy::retry,
                        fmt::format("the reply was cut off: {} bytes without a whole {}", response.body.size(), root));
  }
  return broken_reply(
      response, ErrorCode::unknown, Failure::Remedy::retry_once,
      fmt::format("expected {}, the reply is: {}", root, core::printable_excerpt(core::trim(response.body), kExcerpt)));
}

std::optional<Failure> classify_reply(const http::Request& request, const http::Response& response,
                                      bool receiver_took_body) {
  if (response.status >= 200 && response.status <= 299) {
    const std::string_view root = receiver_took_body ? std::string_view{} : expected_root(request);
    if (root.empty()) return std::nullopt;
    auto failure = check_control_reply(response, root);
    if (failure) return without_repeating_complete(*std::move(failure), request);
    return std::nullopt;
  }
  if (region_of_redirect(response)) return std::nullopt;
  if (auto marker = delete_marker(response)) return marker;
  if (const auto body = receiver_took_body ? std::nullopt : parse_error_body(response.body)) {
    return without_repeating_complete(failure_of(*body, response), request);
  }
  return failure_of_status(response);
}

std::optional<std::string> region_of_redirect(const http::Response& response) {
  // 301 and 307 name another endpoint. 400 is AuthorizationHeaderMalformed, of which HEAD gets
  // the header alone. https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
  if (response.status != 301 && response.status != 307 && response.status != 400) return std::nullopt;
  std::string region(response.headers.get("x-amz-bucket-region"));
  const auto body = parse_error_body(response.body);
  if (body) {
    const bool about_region = body->code == "PermanentRedirect" || body->code == "TemporaryRedirect" ||
                              body->code == "AuthorizationHeaderMalformed";
    if (!about_region) return std::nullopt;
    if (region.empty()) region = body->region;
    if (region.empty()) region = region_of_endpoint(body->endpoint);
  }
  // It becomes part of a host name, to which credentials are sent.
  if (!is_region(region)) return std::nullopt;
  return region;
}

Error error_of_reply(const http::Response& response) {
  const auto body = parse_error_body(response.body);
  return body ? failure_of(*body, response).error : failure_of_status(response).error;
}

Error error_in_reply(std::string_view code, std::string_view message, const http::Response& response) {
  ErrorBody body;
  body.code = core::trim(code);
  body.message = core::trim(message);
  Error error = failure_of(body, response).error;
  error.attempts = 1;
  error.http_status = 0;  // 200: of the request, not of this.
  return error;
}

Error of_reply(Error error, const http::Response& response) {
  error.attempts = response.attempts;
  if (error.http_status == 0) error.http_status = response.status;
  if (error.request_id.empty()) {
    error.request_id = core::printable_excerpt(response.headers.get("x-amz-request-id"), 128);
  }
  return error;
}

Error unexpected_reply(std::string message) {
  return core::fail(ErrorCode::unknown, std::move(message), "is this endpoint an S3 server?");
}

}  // namespace cloudkit::inline v0::aws::s3
