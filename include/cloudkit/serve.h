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
  std::string_view payload = {};
  std::string request_id = {};
  std::string function_id = {};  ///< The ARN, where there is one.
  std::string trace_id = {};
  std::string client_context = {};
  std::string tenant_id = {};
  std::chrono::system_clock::time_point deadline = (std::chrono::system_clock::time_point::max)();
  Context context = {};  ///< Ends with the deadline, or when the caller has gone.
};

/// Answers with JSON. An error, or an exception, is reported as the function's failure, and the next call works.
using Handler = std::function<Result<std::string>(const Invocation&)>;

using HttpFields = std::vector<std::pair<std::string, std::string>>;

/// An HTTP request, whatever trigger brought it: API Gateway REST or HTTP API, a Function URL, a load balancer, or a
/// plain one. Names of headers are lower case; query and headers keep repeated names, in order.
struct HttpRequest {
  std::string method = {};
  std::string path = {};  ///< Decoded, without the stage.
  std::string raw_query = {};
  HttpFields query = {};
  HttpFields headers = {};
  HttpFields cookies = {};
  std::vector<std::pair<std::string, std::string>> path_parameters = {};
  std::string body = {};  ///< Bytes, decoded when they came as base64.
  std::string stage = {};
  std::string source_ip = {};
  Invocation invocation = {};

  /// The first of this name, in any case, or "".
  CLOUDKIT_API std::string_view header(std::string_view name) const noexcept;
  /// The first of this name, or "".
  CLOUDKIT_API std::string_view query_value(std::string_view name) const noexcept;
};

struct HttpResponse {
  int status = 200;
  std::string body = {};  ///< Any bytes: what is not UTF-8 travels as base64.
  std::string content_type = "text/plain; charset=utf-8";
  HttpFields headers = {};
  std::vector<std::string> cookies = {};  ///< Each a whole Set-Cookie.
};

using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

struct ServeOptions {
  /// Calls at once, where the host offers it (`AWS_LAMBDA_MAX_CONCURRENCY`, HTTP hosts). 0: what the host says, else 8.
  int max_concurrency = 0;
  /// Before the first call; an error is reported as the function's failure to start.
  std::function<Status()> init = {};
};

/// Serves until the host ends it, and returns the program's exit code. Never throws. To be called once, from main.
CLOUDKIT_API int serve(Handler handler, ServeOptions options = {});
/// The same for HTTP triggers. An exception is a reply with status 500 without details, which are logged.
CLOUDKIT_API int serve_http(HttpHandler handler, ServeOptions options = {});

}  // namespace cloudkit::inline v0
