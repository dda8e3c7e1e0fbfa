#include "aws/s3/errors.h"

#include "aws/s3/error_hints.h"
#include "aws/service_endpoint.h"
#include "codec/xml.h"
#include "core/encode.h"
#include "core/fail.h"
#include "http/classify.h"

#include <fmt/format.h>

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

// The document that a successful reply must be, or "" when none is expected.
std::string_view expected_root(const http::Request& request) {
  if (request.headers.contains("x-amz-copy-source")) return "CopyObjectResult";
  if (request.method != http::Method::get) return {};
  for (const auto& [name, value] : request.query) {
    // ListObjectsV2 has both, ListObjects only the other.
    if (name == "list-type" || name == "max-keys") return "ListBucketResult";
    if (name == "max-buckets") return "ListAllMyBucketsResult";
  }
  return {};
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
    return root.empty() ? std::nullopt : check_control_reply(response, root);
  }
  if (region_of_redirect(response)) return std::nullopt;
  if (const auto body = receiver_took_body ? std::nullopt : parse_error_body(response.body)) {
    return failure_of(*body, response);
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
  }
  // It becomes part of a host name, to which credentials are sent.
  if (!is_region(region)) return std::nullopt;
  return region;
}

Error error_of_reply(const http::Response& response) {
  const auto body = parse_error_body(response.body);
  return body ? failure_of(*body, response).error : failure_of_status(response).error;
}

Error unexpected_reply(std::string message) {
  return core::fail(ErrorCode::unknown, std::move(message), "is this endpoint an S3 server?");
}

}  // namespace cloudkit::inline v0::aws::s3
