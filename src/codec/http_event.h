#pragma once

#include "codec/json.h"

#include <cloudkit/result.h>
#include <cloudkit/serve.h>

#include <string>
#include <string_view>

/// HTTP requests as AWS hands them to functions, and what functions answer.
namespace cloudkit::inline v0::codec {

enum class HttpEventForm {
  gateway_v1,           ///< REST APIs, and HTTP APIs of payload format 1.0.
  gateway_v2,           ///< HTTP APIs of payload format 2.0, and function URLs.
  load_balancer,        ///< Of a target group without multi-value headers.
  load_balancer_lists,  ///< With them.
};

struct HttpEvent {
  HttpEventForm form = HttpEventForm::gateway_v2;
  HttpRequest request = {};  ///< Without `invocation`.
};

/// The `apiId` of events that local:// makes.
inline constexpr std::string_view kLocalApi = "local";

/// Errors: `invalid_argument` for an event of something else, and for one that is broken; none shows any of it.
/// https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
/// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
/// https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
/// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
Result<HttpEvent> read_http_event(std::string_view event);

/// The members `body` and `isBase64Encoded`: what is no UTF-8 travels as base64.
void write_http_body(JsonWriter& json, std::string_view body);

/// Errors: as reply_headers; `unsupported` for what the form cannot say.
Result<std::string> write_http_reply(HttpEventForm form, const HttpResponse& response);

}  // namespace cloudkit::inline v0::codec
