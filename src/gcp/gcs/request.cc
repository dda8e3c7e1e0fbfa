#include "gcp/gcs/request.h"

#include "core/encode.h"
#include "core/fail.h"
#include "gcp/gcs/errors.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::inline v0::gcp::gcs {

std::string bucket_path(std::string_view bucket) {
  return fmt::format("/storage/v1/b/{}", core::percent_encode(bucket, core::Slash::encode));
}

std::string object_path(std::string_view bucket, std::string_view key) {
  return fmt::format("{}/o/{}", bucket_path(bucket), core::percent_encode(key, core::Slash::encode));
}

http::Request api_request(http::Method method, const Target& target, std::string_view path) {
  http::Request request;
  request.method = method;
  request.scheme = target.scheme;
  request.host = target.host;
  request.encoded_path = fmt::format("{}{}", target.base_path, path);
  if (!target.user_project.empty()) request.query.emplace_back("userProject", target.user_project);
  return request;
}

http::Request document_request(http::Method method, const Target& target, std::string_view path) {
  http::Request request = api_request(method, target, path);
  if (method != http::Method::remove) request.headers.add("accept", "application/json");
  return request;
}

Result<http::Request> object_request(http::Method method, const Target& target, std::string_view bucket,
                                     std::string_view key) {
  if (auto valid = check_key(key); !valid) return std::move(valid).error();
  auto request = document_request(method, target, object_path(bucket, key));
  if (method != http::Method::remove) request.query.emplace_back("fields", kObjectFields);
  return request;
}

Result<http::Request> media_request(const Target& target, std::string_view bucket, std::string_view key) {
  if (auto valid = check_key(key); !valid) return std::move(valid).error();
  http::Request request;
  request.scheme = target.scheme;
  request.host = target.host;
  request.encoded_path = fmt::format("{}/{}/{}", target.base_path, core::percent_encode(bucket, core::Slash::encode),
                                     core::percent_encode(key, core::Slash::encode));
  // Else an object with "Content-Encoding: gzip" is unpacked: other bytes, another size, no ranges.
  // https://cloud.google.com/storage/docs/transcoding#decompressive_transcoding
  request.headers.add("accept-encoding", "gzip");
  if (!target.user_project.empty()) request.headers.add("x-goog-user-project", target.user_project);
  return request;
}

Status check_key(std::string_view key) {
  if (key.empty()) return core::invalid_argument("the key is empty");
  if (key == "." || key == "..") return core::invalid_argument(fmt::format("no object can be named \"{}\"", key));
  if (key.find_first_of("\r\n") != std::string_view::npos) {
    return core::invalid_argument("no object's name can hold a line break");
  }
  if (key.starts_with(".well-known/acme-challenge/")) {
    return core::invalid_argument("no object's name can begin with \".well-known/acme-challenge/\"");
  }
  return {};
}

// Never 0, which would mean "absent", nor anything that another parser reads differently.
bool is_generation(std::string_view token) noexcept {
  return token.size() <= 19 && !token.empty() && token.front() != '0' &&
         std::all_of(token.begin(), token.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Status check_version(std::string_view version_id) {
  if (version_id.empty() || is_generation(version_id)) return {};
  return core::invalid_argument("the version is not one of this store", "take it from VersionEntry::version_id");
}

Status add_write_condition(http::Request& request, const Condition& condition) {
  switch (condition.kind()) {
    case Condition::Kind::none: return {};
    case Condition::Kind::absent: request.query.emplace_back("ifGenerationMatch", "0"); break;
    case Condition::Kind::match:
      if (!is_generation(condition.token())) {
        return core::fail(ErrorCode::precondition_failed, "no object of this store has such a token",
                          "conditions take ObjectInfo::token as it is");
      }
      request.query.emplace_back("ifGenerationMatch", condition.token());
      break;
    case Condition::Kind::not_match: return core::invalid_argument("Condition::not_match is for get");
  }
  request.idempotent = false;
  return {};
}

Error normalised(Error error, const Condition& condition) {
  if (condition.kind() == Condition::Kind::match && object_is_missing(error)) {
    error.code = ErrorCode::precondition_failed;
    error.message = "there is no such object, so it has no token to match";
  }
  return error;
}

}  // namespace cloudkit::inline v0::gcp::gcs
