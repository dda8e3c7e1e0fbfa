#include "azure/blob/errors.h"

#include "auth/oauth.h"
#include "azure/blob/error_table.h"
#include "azure/blob/request.h"
#include "codec/xml.h"
#include "core/encode.h"
#include "core/fail.h"
#include "http/request_id.h"
#include "http/secrets.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::inline v0::azure::blob {
namespace {

using http::Failure;

// An error's document is small; a larger one is not Azure's.
constexpr codec::XmlLimits kErrorLimits = {.max_size = 64 << 10, .max_depth = 16, .max_nodes = 2000};

// https://learn.microsoft.com/rest/api/storageservices/status-and-error-codes2
struct ErrorBody {
  std::string code = {};
  std::string message = {};
  std::string detail = {};
  std::string header = {};     // Which was refused.
  std::string parameter = {};  // The same of the query.
};

// What may be shown of the detail of a refusal, which else holds what was signed, and the signature.
std::string_view harmless(std::string_view detail) noexcept {
  constexpr std::string_view kHarmless[] = {"Signature not valid in the specified time frame",
                                            "Signed expiry time",
                                            "Lifetime validation failed",
                                            "Audience validation failed",
                                            "Issuer validation failed",
                                            "The Date header in the request is incorrect",
                                            "Request date header too old"};
  const auto is_start = [&](std::string_view start) { return detail.starts_with(start); };
  return std::any_of(std::begin(kHarmless), std::end(kHarmless), is_start) ? detail : std::string_view();
}

std::optional<ErrorBody> parse_error_body(std::string_view body) {
  const auto document = codec::XmlDocument::parse(body, kErrorLimits);
  if (!document || document->root().name() != "Error") return std::nullopt;
  const codec::XmlNode error = document->root();
  ErrorBody result;
  result.code = core::trim(error.child("Code").text());
  // "…\nRequestId:…\nTime:…"
  const std::string_view message = error.child("Message").text();
  result.message = core::trim(message.substr(0, message.find("\nRequestId:")));
  result.detail = harmless(core::trim(error.child("AuthenticationErrorDetail").text()));
  result.header = core::trim(error.child("HeaderName").text());
  result.parameter = core::trim(error.child("QueryParameterName").text());
  return result;
}

std::string message_without_body(int status, std::string_view code) {
  switch (status) {
    case 304: return "the object has not changed";
    case 404: return code == "ContainerNotFound" ? "no such container" : "no such object";
    case 412: return "the condition did not hold";
    default: return fmt::format("the service answered {} and gave no reason", status);
  }
}

std::string message_of(const std::optional<ErrorBody>& body, std::string_view code, const http::Response& response,
                       std::string_view secrets) {
  if (body && !body->message.empty()) {
    std::string message = auth::without_secrets(body->message, secrets);
    if (!body->header.empty()) message += fmt::format(" ({})", auth::without_secrets(body->header, secrets));
    if (!body->detail.empty()) message += fmt::format(" ({})", auth::without_secrets(body->detail, secrets));
    return message;
  }
  const std::string_view rest = core::trim(response.body);
  if (rest.empty() || body) return message_without_body(response.status, code);
  return "the reply is not Azure's: " + auth::without_secrets(rest, secrets);
}

std::string hint_of(const Meaning& meaning, const std::optional<ErrorBody>& body, std::string_view code,
                    const http::Response& response) {
  if (body && core::equals_ignoring_case(body->header, "x-ms-version")) {
    return fmt::format("this server does not know version {} of the service's interface", kServiceVersion);
  }
  if (!meaning.hint.empty() || !code.empty()) return std::string(meaning.hint);
  const bool is_html = core::to_lower(response.headers.get("content-type")).starts_with("text/html");
  return is_html && !response.body.empty()
             ? "HTML came back: a proxy stands between, or the endpoint is no Blob service"
             : std::string();
}

bool creates_container(const http::Request& request) noexcept {
  const bool of_container =
      std::any_of(request.query.begin(), request.query.end(), [](const auto& item) { return item.first == "restype"; });
  return request.method == http::Method::put && of_container;
}

// An account with a hierarchical namespace does not know what it lacks: so it answers to tags.
// https://learn.microsoft.com/azure/storage/blobs/storage-feature-support-in-storage-accounts
constexpr std::string_view kNoCallOfDirectories = "FeatureNotYetSupportedForHierarchicalNamespaceAccounts";

bool lacks_call(const http::Request& request, const std::optional<ErrorBody>& body, std::string_view code) noexcept {
  if (code != "InvalidQueryParameterValue" || !body || body->parameter != "comp") return false;
  return std::any_of(request.query.begin(), request.query.end(),
                     [](const auto& item) { return item.first == "comp" && item.second == "tags"; });
}

}  // namespace

http::Failure failure_of(const http::Request& request, const http::Response& response) {
  const auto body = parse_error_body(response.body);
  // HEAD has the header only. https://learn.microsoft.com/rest/api/storageservices/status-and-error-codes2
  std::string code = core::printable_excerpt(response.headers.get("x-ms-error-code"), 80);
  if (code.empty() && body) code = core::printable_excerpt(body->code, 80);
  Meaning meaning = meaning_of(code, response.status);
  if (code == "ContainerBeingDeleted" && !creates_container(request)) {
    meaning.code = ErrorCode::not_found;
    meaning.remedy = Failure::Remedy::none;
  }
  if (lacks_call(request, body, code)) meaning = meaning_of(kNoCallOfDirectories, response.status);
  Failure failure;
  failure.remedy = meaning.remedy;
  Error& error = failure.error;
  error.code = meaning.code;
  error.http_status = response.status;
  error.request_id = http::request_id_of(response.headers);
  error.retryable = failure.remedy == Failure::Remedy::retry || failure.remedy == Failure::Remedy::retry_once ||
                    failure.remedy == Failure::Remedy::retry_throttled || code == "SourceConditionNotMet";
  error.message = message_of(body, code, response, http::secrets_of(request));
  error.hint = hint_of(meaning, body, code, response);
  error.service_code = std::move(code);
  return failure;
}

std::optional<Failure> classify_reply(const http::Request& request, const http::Response& response, bool) {
  if (response.status >= 200 && response.status <= 299) return std::nullopt;
  return failure_of(request, response);
}

Error of_reply(Error error, const http::Response& response) {
  error.attempts = response.attempts;
  if (error.http_status == 0) error.http_status = response.status;
  if (error.request_id.empty()) error.request_id = http::request_id_of(response.headers);
  return error;
}

Error unexpected_reply(std::string message) {
  return core::fail(ErrorCode::unknown, std::move(message), "is this endpoint an Azure Blob service?");
}

}  // namespace cloudkit::inline v0::azure::blob
