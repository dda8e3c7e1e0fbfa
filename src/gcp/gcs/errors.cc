#include "gcp/gcs/errors.h"

#include "codec/json.h"
#include "codec/xml.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/object_rules.h"
#include "gcp/gcs/error_table.h"
#include "gcp/gcs/protocol_bulk.h"
#include "http/classify.h"
#include "http/request_id.h"
#include "http/secrets.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::inline v0::gcp::gcs {
namespace {

using http::Failure;
using Remedy = Failure::Remedy;

constexpr std::size_t kExcerpt = 512;
// It has objects at /BUCKET/KEY for one host only, which is Google's unless it is told: fsouza/fake-gcs-server.
constexpr std::string_view kOthersHint =
    "is this endpoint Google Cloud Storage? fake-gcs-server must be told its address: -public-host HOST:PORT";
// An error's document is small; a larger one is not the service's.
constexpr codec::XmlLimits kXmlLimits = {.max_size = 64 << 10, .max_depth = 16, .max_nodes = 2000};
constexpr codec::JsonLimits kJsonLimits = {.max_size = 64 << 10, .max_depth = 16, .max_values = 2000};

struct ErrorBody {
  std::string code = {};
  std::string message = {};
};

// https://cloud.google.com/storage/docs/json_api/v1/status-codes
std::optional<ErrorBody> parse_json_error(std::string_view body) {
  const auto document = codec::JsonValue::parse(body, kJsonLimits);
  if (!document) return std::nullopt;
  const codec::JsonValue& error = document->find("error");
  ErrorBody result;
  result.message = core::trim(error.find("message").as_string().value_or(""));
  const auto details = error.find("errors").items();
  if (!details.empty()) result.code = details.front().find("reason").as_string().value_or("");
  // OAuth's own form: {"error": "invalid_token", "error_description": …}
  if (result.message.empty() && error.as_string()) {
    result.code = *error.as_string();
    result.message = document->find("error_description").as_string().value_or("");
  }
  if (result.code.empty() && result.message.empty()) return std::nullopt;
  return result;
}

// Of the XML API. https://cloud.google.com/storage/docs/xml-api/reference-status
std::optional<ErrorBody> parse_xml_error(std::string_view body) {
  const auto document = codec::XmlDocument::parse(body, kXmlLimits);
  if (!document || document->root().name() != "Error") return std::nullopt;
  ErrorBody result{std::string(core::trim(document->root().child("Code").text())),
                   std::string(core::trim(document->root().child("Message").text()))};
  if (result.code.empty()) return std::nullopt;
  return result;
}

std::optional<ErrorBody> parse_error_body(std::string_view body) {
  body = core::trim(body);
  return body.starts_with('<') ? parse_xml_error(body) : parse_json_error(body);
}

bool contains(std::string_view text, std::string_view part) noexcept {
  return text.find(part) != std::string_view::npos;
}

// The JSON API has one word for several things. Its XML sister tells them apart, so its words are ours. The status
// decides rather than the reason, which the newer form of errors lacks, and for which emulators have words of their
// own.
std::string exact_code(const ErrorBody& body, int status, const http::Request& request) {
  if (status == 404 && !body.code.starts_with("NoSuch")) {
    if (contains(body.message, "No such object")) return "NoSuchKey";
    if (contains(body.message, "bucket does not exist") || contains(body.message, "bucket is not found")) {
      return "NoSuchBucket";
    }
    return "notFound";
  }
  if (status == 409) {
    if (contains(body.message, "not empty")) return "BucketNotEmpty";
    if (request.method == http::Method::post && request.encoded_path.ends_with("/storage/v1/b")) {
      return contains(body.message, "already own") ? "BucketAlreadyOwnedByYou" : "BucketAlreadyExists";
    }
  }
  // The reason is that of a broken condition: https://cloud.google.com/storage/docs/org-policy-constraints
  if (status == 412 && contains(body.message, "violates constraint")) return "constraintViolated";
  if (body.code == "invalid" && contains(body.message, "doesn't match")) return "BadDigest";
  return core::printable_excerpt(body.code, 80);
}

// What a reply says, for messages. Pages of errors show the URL that was asked for, which a session's request has a
// secret in.
std::string quoted(std::string_view text, const http::Request& request) {
  return core::printable_excerpt(http::redacted(text.substr(0, 4 * kExcerpt), http::secrets_of(request)), kExcerpt);
}

std::string message_without_body(int status) {
  switch (status) {
    case 304: return "the object has not changed";
    case 404: return "no such bucket, object or upload";
    case 412: return "the condition did not hold";
    default: return fmt::format("the service answered {} and gave no reason", status);
  }
}

Failure meaning_of(std::string_view code, int status) {
  // A missing token, one that has expired, one of another service: the next one may be right.
  if (status == 401) {
    Failure failure = http::classify(code, status);
    failure.error.code = ErrorCode::unauthenticated;
    failure.error.retryable = false;
    failure.remedy = Remedy::refresh_credentials;
    return failure;
  }
  Failure failure = http::classify(code, status);
  if (const Meaning* known = meaning_in_table(code)) {
    failure.error.code = known->code;
    failure.remedy = known->remedy;
    failure.error.retryable = known->remedy != Remedy::none;
  } else if (failure.remedy == Remedy::suspect_clock) {
    failure.remedy = Remedy::none;  // Tokens know no clock.
  }
  return failure;
}

Failure failure_of(const http::Request& request, const http::Response& response, bool has_body) {
  const auto body = has_body ? parse_error_body(response.body) : std::nullopt;
  Failure failure = meaning_of(body ? exact_code(*body, response.status, request) : std::string(), response.status);
  const std::string_view text = has_body ? core::trim(response.body) : std::string_view();
  if (body) {
    failure.error.message = quoted(body->message, request);
  } else {
    failure.error.message = text.empty() ? message_without_body(response.status)
                                         : "the reply is not Cloud Storage's: " + quoted(text, request);
  }
  failure.error.request_id = http::request_id_of(response.headers);
  failure.error.hint = hint_for(failure.error.service_code, response);
  const bool is_others = !body && !text.empty() && response.status == 404;
  if (is_others && failure.error.hint.empty()) failure.error.hint = kOthersHint;
  return failure;
}

bool has_header(const http::Request& request, std::string_view name) noexcept { return request.headers.contains(name); }

bool asks(const http::Request& request, std::string_view name) noexcept {
  return std::any_of(request.query.begin(), request.query.end(), [&](const auto& item) { return item.first == name; });
}

// The token is renewed as for any request. Removals may be repeated, those too that were done.
std::optional<Failure> check_parts(const http::Request& request, const http::Response& response) {
  const auto part = refused_part(request, response);
  if (!part) return std::nullopt;
  Failure failure = failure_of(request, *part, true);
  failure.error.may_have_happened = true;
  return failure;
}

// Which replies are a JSON document: all but those with bytes of objects, and those with nothing.
std::optional<Failure> check_document(const http::Request& request, const http::Response& response) {
  const bool is_json = request.headers.get("accept") == "application/json";
  if (!is_json || response.status == 204) return std::nullopt;
  const std::string_view body = core::trim(response.body);
  if (body.starts_with('{') && body.ends_with('}')) return std::nullopt;
  Failure failure;
  const bool was_cut = body.empty() || body.starts_with('{');
  failure.error =
      was_cut
          ? core::fail(ErrorCode::unavailable,
                       fmt::format("the reply was cut off: {} bytes without a whole document", response.body.size()))
          : unexpected_reply("expected JSON, the reply is: " + quoted(body, request));
  failure.error.http_status = response.status;
  failure.error.request_id = http::request_id_of(response.headers);
  failure.error.retryable = was_cut;
  failure.remedy = was_cut ? Remedy::retry : Remedy::retry_once;
  return failure;
}

}  // namespace

std::optional<Failure> classify_reply(const http::Request& request, const http::Response& response,
                                      bool receiver_took_body) {
  if (response.status >= 200 && response.status <= 299) {
    if (receiver_took_body) return std::nullopt;
    auto failure = check_parts(request, response);
    return failure ? failure : check_document(request, response);
  }
  // https://cloud.google.com/storage/docs/performing-resumable-uploads
  if (response.status == 308 && has_header(request, "content-range")) return std::nullopt;
  if (response.status == 499 && request.method == http::Method::remove && asks(request, "upload_id")) {
    return std::nullopt;
  }
  return failure_of(request, response, !receiver_took_body);
}

Error error_in_reply(const http::Request& request, const http::Response& inner) {
  Error error = failure_of(request, inner, true).error;
  error.attempts = 1;
  return error;
}

bool object_is_missing(const Error& error) noexcept {
  return error.code == ErrorCode::not_found &&
         (error.service_code == "NoSuchKey" || error.service_code == "NoSuchVersion" ||
          error.service_code == "notFound");
}

Error of_reply(Error error, const http::Response& response) {
  error.attempts = response.attempts;
  if (error.http_status == 0) error.http_status = response.status;
  if (error.request_id.empty()) error.request_id = http::request_id_of(response.headers);
  return error;
}

Error perhaps_own(Error error) {
  if (error.code != ErrorCode::precondition_failed || !error.may_have_happened) return error;
  error.code = ErrorCode::unavailable;
  error.message =
      "a reply was lost or said 503, and the condition does not hold any more: this very request may have changed it";
  error.hint = "look at the object before you try again";
  return error;
}

Error changes_too_often() {
  Error error =
      core::fail(ErrorCode::unavailable, "the object changed each time between a look at it and the next request",
                 "try again when its writers are less busy");
  error.retryable = true;
  return error;
}

Error unexpected_reply(std::string message) {
  return core::fail(ErrorCode::unknown, std::move(message), "is this endpoint Google Cloud Storage?");
}

void explain_refusal(Error& error, std::string_view whom) {
  const bool refused = error.code == ErrorCode::permission_denied || error.code == ErrorCode::unauthenticated;
  if (!refused || error.http_status == 0) return;
  if (whom.empty()) {
    error.hint = "the request was sent without credentials: open it with an identity that may do this";
  } else if (error.code == ErrorCode::unauthenticated) {
    error.hint = fmt::format("the service does not take the token of {}: is it of another project or service?", whom);
  } else if (error.hint.empty()) {
    error.hint = fmt::format("{} may lack a role on the bucket, such as Storage Object Admin", whom);
  }
}

}  // namespace cloudkit::inline v0::gcp::gcs
