#include "aws/s3/request.h"

#include "core/fail.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::aws::s3 {

Result<http::Request> object_request(http::Method method, const Target& target, std::string_view key) {
  if (key.empty()) return core::invalid_argument("the key is empty");
  http::Request request = bucket_request(method, target);
  request.path = fmt::format("{}/{}", target.path, key);
  return request;
}

http::Request bucket_request(http::Method method, const Target& target) {
  http::Request request;
  request.method = method;
  request.scheme = target.scheme;
  request.host = target.host;
  request.path = target.path.empty() ? "/" : target.path;
  return request;
}

}  // namespace cloudkit::inline v0::aws::s3
