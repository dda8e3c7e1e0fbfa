#pragma once

#include <cloudkit/context.h>
#include <cloudkit/result.h>

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The inside of a function: one program for AWS Lambda and the local runtime (Lambda Runtime API), Cloud Run and
/// the like (`PORT`), Azure custom handlers (`FUNCTIONS_CUSTOMHANDLER_PORT`), and the command line (none of these:
/// one invocation from standard input to standard output).
namespace cloudkit::inline v0 {

/// One call. Views are valid during the call only.
struct Invocation {
  std::string_view payload = {};    ///< As the caller sent it: JSON, or an HTTP host's body.
  std::string request_id = {};      ///< Never empty: what logs are searched for.
  std::string function_id = {};     ///< The ARN, where there is one.
  std::string trace_id = {};        ///< Of X-Ray, or traceparent; empty: not traced.
  std::string client_context = {};  ///< JSON of the caller's `InvokeOptions::client_context`.
  std::string tenant_id = {};       ///< On Lambda, of a function that keeps tenants apart; else empty.
  /// By this machine's clock; `max()`: none.
  std::chrono::system_clock::time_point deadline = (std::chrono::system_clock::time_point::max)();
  Context context = {};  ///< Ends with the deadline, or when the caller has gone.
};

/// Answers with JSON. An error, or an exception, is reported as the function's failure, and the next call works. May be
/// called from several threads at once (`ServeOptions::max_concurrency`).
using Handler = std::function<Result<std::string>(const Invocation&)>;

/// Names and values, in order; a name may come more than once.
using HttpFields = std::vector<std::pair<std::string, std::string>>;

/// An HTTP request, whatever trigger brought it: API Gateway REST or HTTP API, a Function URL, a load balancer, or a
/// plain one. Names of headers are lower case; query and headers keep repeated names, in order.
struct HttpRequest {
  std::string method = {};     ///< "GET".
  std::string path = {};       ///< Decoded, without the stage.
  std::string raw_query = {};  ///< Encoded, without `?`.
  HttpFields query = {};       ///< Decoded.
  HttpFields headers = {};     ///< Names in lower case.
  HttpFields cookies = {};     ///< Of all Cookie headers: names and values, in order.
  /// Of the route's "{name}", decoded, where the trigger has any.
  std::vector<std::pair<std::string, std::string>> path_parameters = {};
  std::string body = {};       ///< Bytes, decoded when they came as base64.
  std::string stage = {};      ///< Empty: none.
  std::string source_ip = {};  ///< Of the client, as the trigger says; may be empty.
  Invocation invocation = {};  ///< The call that brought it; its payload is the event.

  /// The first of this name, in any case, or "".
  CLOUDKIT_API std::string_view header(std::string_view name) const noexcept;
  /// The first of this name, or "".
  CLOUDKIT_API std::string_view query_value(std::string_view name) const noexcept;
};

/// What `serve_http` answers.
struct HttpResponse {
  int status = 200;                                        ///< 200 to 599.
  std::string body = {};                                   ///< Any bytes: what is not UTF-8 travels as base64.
  std::string content_type = "text/plain; charset=utf-8";  ///< Unless `headers` have one. Empty: none.
  HttpFields headers = {};                                 ///< Beside Content-Type and Set-Cookie.
  std::vector<std::string> cookies = {};                   ///< Each a whole Set-Cookie.
};

/// The same for HTTP triggers.
using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

/// For `serve` and `serve_http`.
struct ServeOptions {
  /// Calls at once, where the host offers it (`AWS_LAMBDA_MAX_CONCURRENCY`, HTTP hosts). 0: what the host says, else 8.
  /// By HTTP, four times as many connections (16 to 256) are open at once; one beyond gets 503.
  int max_concurrency = 0;
  /// Before the first call; an error is reported as the function's failure to start.
  std::function<Status()> init = {};
};

/// Serves until the host ends it, and returns the program's exit code. Never throws. To be called once, from main.
CLOUDKIT_API int serve(Handler handler, ServeOptions options = {});
/// The same for HTTP triggers. An exception is a reply with status 500 without details, which are logged.
CLOUDKIT_API int serve_http(HttpHandler handler, ServeOptions options = {});

}  // namespace cloudkit::inline v0
