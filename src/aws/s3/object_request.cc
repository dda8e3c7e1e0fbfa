#include "aws/s3/object_request.h"

#include "aws/s3/access_point.h"
#include "core/encode.h"
#include "core/fail.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::aws::s3 {

Result<http::Request> object_request(http::Method method, const Target& target, std::string_view key) {
  if (key.empty()) return core::invalid_argument("the key is empty");
  http::Request request;
  request.method = method;
  request.scheme = target.scheme;
  request.host = target.host;
  request.path = fmt::format("{}/{}", target.path, key);
  return request;
}

std::string copy_source(std::string_view bucket, std::string_view key) {
  const std::string_view between = is_arn(bucket) ? "/object/" : "/";
  return core::percent_encode(fmt::format("{}{}{}", bucket, between, key), core::Slash::keep);
}

Status add_if_match(http::Request& request, std::string_view header, std::string_view token, Quotes quotes) {
  auto etag = etag_of_token(token, quotes);
  if (!etag) return std::move(etag).error();
  request.headers.add(std::string(header), *std::move(etag));
  return {};
}

Error not_honoured(std::string_view what) {
  return core::unsupported(fmt::format("this server does not honour {}", what),
                           "S3Options::server says which server it is; conditions are never dropped");
}

Error too_large_to_copy(std::uint64_t size, const Quirks& quirks) {
  return core::unsupported(fmt::format("{} bytes are more than one request copies", size),
                           fmt::format("one request to this server copies at most {} bytes", quirks.max_copy));
}

Status check_write_condition(const Condition& condition, const Honoured& honoured) {
  switch (condition.kind()) {
    case Condition::Kind::none: return {};
    case Condition::Kind::absent: return honoured.absent ? Status{} : not_honoured("Condition::absent here");
    case Condition::Kind::match: return honoured.match ? Status{} : not_honoured("Condition::match here");
    case Condition::Kind::not_match: break;
  }
  return core::invalid_argument("Condition::not_match is for get");
}

Status add_write_condition(http::Request& request, const Condition& condition, const Honoured& honoured) {
  if (auto status = check_write_condition(condition, honoured); !status) return status;
  if (!condition) return {};
  request.idempotent = false;
  if (condition.kind() == Condition::Kind::match) {
    return add_if_match(request, honoured.match_header, condition.token(), honoured.quotes);
  }
  request.headers.add(std::string(honoured.absent_header), "*");
  return {};
}

Status add_read_condition(http::Request& request, const Condition& condition) {
  switch (condition.kind()) {
    case Condition::Kind::none: return {};
    case Condition::Kind::match: return add_if_match(request, "if-match", condition.token(), Quotes::with);
    case Condition::Kind::not_match: return add_if_match(request, "if-none-match", condition.token(), Quotes::with);
    case Condition::Kind::absent: break;
  }
  return core::invalid_argument("Condition::absent is for put and copy");
}

bool object_is_missing(const Error& error) {
  return error.code == ErrorCode::not_found &&
         (error.service_code == "NoSuchKey" || error.service_code == "NoSuchVersion");
}

Error normalised(Error error, const Condition& condition) {
  if (condition.kind() == Condition::Kind::match && object_is_missing(error)) {
    error.code = ErrorCode::precondition_failed;
    error.message = "there is no such object, so it has no token to match";
  }
  return error;
}

Error unpinned(Error error) {
  if (error.code == ErrorCode::precondition_failed) {
    error.code = ErrorCode::conflict;
    error.message = "the source changed while it was copied";
    error.hint = "copy it again";
    error.retryable = true;
  }
  return error;
}

}  // namespace cloudkit::inline v0::aws::s3
