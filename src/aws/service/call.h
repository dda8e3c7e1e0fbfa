#pragma once

#include "aws/endpoint_url.h"
#include "aws/service/form.h"
#include "codec/json.h"

#include <cloudkit/driver/http.h>

#include <chrono>
#include <string>
#include <string_view>

/// The four dialects that AWS's services speak, as pure functions from arguments to a call. An ARN in a path is sent
/// with its colons encoded, and signed with those encoded again; a `/` always parts segments.
namespace cloudkit::inline v0::aws::service {

/// A request that owns its body, before it is known where the service is.
struct Call {
  http::Method method = http::Method::post;
  std::string path = "/";  ///< Decoded.
  http::Query query = {};
  http::Headers headers = {};
  std::string body = {};
  bool idempotent = false;
  std::chrono::seconds thinking_time{0};
  bool read_only = false;
};

/// rest-json: method and path say what is done. GET, PUT and DELETE may be repeated. `json` empty: no body.
Call rest_call(http::Method method, std::string path, std::string json = {});
/// The same of an object that this closes. Errors: those of `JsonWriter::finish`.
Result<Call> rest_call(http::Method method, std::string path, codec::JsonWriter& open_object);

/// json: the header x-amz-target does, "AWSEvents.PutRule". `version`: "1.0" or "1.1".
/// https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
Call json_call(std::string_view target, std::string_view action, std::string_view version, std::string json);
Result<Call> json_call(std::string_view target, std::string_view action, std::string_view version,
                       codec::JsonWriter& open_object);

/// query and ec2-query: the form does.
Call form_call(Form form);

/// What may be sent twice: it is the same when it is done again.
Call repeatable(Call call);
/// What changes nothing: may be sent twice, and leaves nothing open when its reply is lost.
Call question(Call call);

/// `call` must outlive the request.
http::Request request_of(const Endpoint& endpoint, const Call& call);

}  // namespace cloudkit::inline v0::aws::service
