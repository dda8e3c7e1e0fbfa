#include "azure/blob/request.h"

#include "core/encode.h"
#include "core/fail.h"
#include "http/object/etag.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::inline v0::azure::blob {
namespace {

constexpr std::ptrdiff_t kMostSegments = 254;

http::Request request_to(http::Method method, const Target& target, std::string path) {
  http::Request request;
  request.method = method;
  request.scheme = target.scheme;
  request.host = target.host;
  request.path = std::move(path);
  request.headers.add("x-ms-version", std::string(kServiceVersion));
  return request;
}

Status add_if_match(http::Request& request, std::string_view header, std::string_view token) {
  auto etag = http::etag_of_token(token);
  if (!etag) return std::move(etag).error();
  request.headers.add(std::string(header), *std::move(etag));
  return {};
}

bool is_letter_or_digit(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

}  // namespace

http::Request account_request(http::Method method, const Target& account) {
  return request_to(method, account, account.path + '/');
}

http::Request container_request(http::Method method, const Target& container) {
  http::Request request = request_to(method, container, container.path);
  request.query.emplace_back("restype", "container");
  return request;
}

Result<http::Request> blob_request(http::Method method, const Target& container, std::string_view key) {
  if (auto valid = check_key(key); !valid) return std::move(valid).error();
  return request_to(method, container, fmt::format("{}/{}", container.path, key));
}

std::string blob_url(const Target& container, std::string_view key) {
  return fmt::format("{}://{}{}/{}", container.scheme, container.host,
                     core::percent_encode(container.path, core::Slash::keep),
                     core::percent_encode(key, core::Slash::keep));
}

std::string_view version_in_query(std::string_view version_id) noexcept {
  return version_id == kNoVersion ? std::string_view() : version_id;
}

void add_version(http::Request& request, std::string_view version_id) {
  const std::string_view version = version_in_query(version_id);
  if (!version.empty()) request.query.emplace_back("versionid", version);
}

void set_xml_body(http::Request& request, std::string_view body) {
  request.headers.add("content-type", "application/xml");
  request.body = Bytes(body.data(), body.size());
}

Status check_key(std::string_view key) {
  if (key.empty()) return core::invalid_argument("the key is empty");
  const auto segments = std::count(key.begin(), key.end(), '/') + 1;
  if (segments <= kMostSegments) return {};
  return core::invalid_argument(fmt::format("the key has {} segments; Azure holds {}", segments, kMostSegments));
}

Status check_container_name(std::string_view name) {
  if (name == "$root" || name == "$web" || name == "$logs") return {};
  const bool length_is_right = name.size() >= 3 && name.size() <= 63;
  const bool letters_are_right =
      std::all_of(name.begin(), name.end(), [](char c) { return is_letter_or_digit(c) || c == '-'; });
  if (length_is_right && letters_are_right && name.front() != '-' && name.back() != '-' &&
      name.find("--") == std::string_view::npos) {
    return {};
  }
  return core::invalid_argument(
      fmt::format("\"{}\" cannot be the name of a container", core::printable_excerpt(name, 80)),
      "3 to 63 lower case letters, digits and single dashes between them; or $root, $web, $logs");
}

Status add_write_condition(http::Request& request, const Condition& condition) {
  if (!condition) return {};
  request.idempotent = false;
  switch (condition.kind()) {
    case Condition::Kind::absent: request.headers.add("if-none-match", "*"); return {};
    case Condition::Kind::match: return add_if_match(request, "if-match", condition.token());
    default: return core::invalid_argument("Condition::not_match is for get");
  }
}

Status add_read_condition(http::Request& request, const Condition& condition) {
  switch (condition.kind()) {
    case Condition::Kind::none: return {};
    case Condition::Kind::match: return add_if_match(request, "if-match", condition.token());
    case Condition::Kind::not_match: return add_if_match(request, "if-none-match", condition.token());
    case Condition::Kind::absent: break;
  }
  return core::invalid_argument("Condition::absent is for put and copy");
}

bool blob_is_missing(const Error& error) {
  // A directory of that name is no object.
  return (error.code == ErrorCode::not_found && error.service_code == "BlobNotFound") ||
         error.service_code == "DirectoryIsNotEmpty" || error.service_code == "OperationNotSupportedOnDirectory";
}

Error normalised(Error error, const Condition& condition) {
  if (condition.kind() == Condition::Kind::match && blob_is_missing(error)) {
    error.code = ErrorCode::precondition_failed;
    error.message = "there is no such object, so it has no token to match";
  }
  return error;
}

}  // namespace cloudkit::inline v0::azure::blob
