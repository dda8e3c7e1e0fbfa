#include "aws/s3/request.h"

#include "aws/s3/payload.h"
#include "core/encode.h"
#include "crypto/digest.h"

namespace cloudkit::inline v0::aws::s3 {

http::Request bucket_request(http::Method method, const Target& target) {
  http::Request request;
  request.method = method;
  request.scheme = target.scheme;
  request.host = target.host;
  request.path = target.path.empty() ? "/" : target.path;
  return request;
}

void set_xml_body(http::Request& request, std::string_view body, const Quirks& quirks) {
  request.headers.add("content-type", "application/xml");
  // Others than AWS know the older of the two only.
  if (quirks.crc32c_header) {
    request.headers.add("x-amz-checksum-crc32c", crc32c_header(body));
  } else {
    request.headers.add("content-md5", core::base64_encode(crypto::md5(body)));
  }
  request.body = Bytes(body.data(), body.size());
}

}  // namespace cloudkit::inline v0::aws::s3
