#include "codec/http_event.h"

#include "codec/http_reply.h"
#include "codec/json.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/form.h"

#include <utility>

namespace cloudkit::inline v0::codec {
namespace {

// Events have at most 6 MB on Lambda; other hosts may allow more.
constexpr std::size_t kMostEventBytes = std::size_t{64} << 20;

Error no_http_event(std::string why, std::string hint = {}) {
  return core::invalid_argument("not an HTTP event: " + std::move(why), std::move(hint));
}

std::string text_of(const JsonValue& json) { return std::string(json.as_string().value_or("")); }

// {"name": "value"}; a value that is no text is left out.
HttpFields singles(const JsonValue& json) {
  HttpFields fields;
  for (const JsonMember& member : json.members()) {
    if (const auto text = member.value.as_string()) fields.emplace_back(member.name, *text);
  }
  return fields;
}

// {"name": ["value", …]}, or where that is missing the form with one value a name.
HttpFields lists_or_singles(const JsonValue& lists, const JsonValue& single) {
  if (!lists.is_object()) return singles(single);
  HttpFields fields;
  for (const JsonMember& member : lists.members()) {
    for (const JsonValue& item : member.value.items()) {
      if (const auto text = item.as_string()) fields.emplace_back(member.name, *text);
    }
  }
  return fields;
}

HttpFields with_lower_names(HttpFields fields) {
  for (auto& [name, value] : fields) name = core::to_lower(name);
  return fields;
}

void read_cookie_headers(HttpRequest& request) {
  for (const auto& [name, value] : request.headers) {
    if (name == "cookie") append_cookies(request.cookies, value);
  }
}

std::string join_query(const HttpFields& pairs, bool encode) {
  std::string query;
  const auto append = [&](std::string_view text) {
    if (encode) {
      core::percent_encode_to(query, text, core::Slash::encode);
    } else {
      query += text;
    }
  };
  for (const auto& [name, value] : pairs) {
    if (!query.empty()) query += '&';
    append(name);
    query += '=';
    append(value);
  }
  return query;
}

std::string decoded(const std::string& text) { return core::percent_decode(text).value_or(text); }

std::string decoded_path(std::string path, bool is_encoded) {
  if (is_encoded) path = decoded(path);
  if (!path.starts_with('/')) path.insert(0, 1, '/');
  return path;
}

void remove_stage(HttpRequest& request) {
  const std::string prefix = '/' + request.stage;
  if (request.stage.empty() || !request.path.starts_with(prefix)) return;
  if (request.path.size() == prefix.size()) {
    request.path = "/";
  } else if (request.path[prefix.size()] == '/') {
    request.path.erase(0, prefix.size());
  }
}

// HTTP APIs call the stage that is in no path so.
std::string stage_of(const JsonValue& context) {
  std::string stage = text_of(context.find("stage"));
  return stage == "$default" ? "" : stage;
}

HttpRequest read_v1(const JsonValue& event) {
  const JsonValue& context = event.find("requestContext");
  // Only HTTP APIs say their version. They decode the path and its parameters, and leave the stage in; REST APIs do
  // none of it.
  const bool is_http_api = event.contains("version");
  HttpRequest request;
  request.method = text_of(event.find("httpMethod"));
  request.path = decoded_path(text_of(event.find("path")), !is_http_api);
  request.headers = with_lower_names(lists_or_singles(event.find("multiValueHeaders"), event.find("headers")));
  request.query = lists_or_singles(event.find("multiValueQueryStringParameters"), event.find("queryStringParameters"));
  request.raw_query = join_query(request.query, true);
  request.path_parameters = singles(event.find("pathParameters"));
  if (!is_http_api) {
    for (auto& [name, value] : request.path_parameters) value = decoded(value);
  }
  request.stage = stage_of(context);
  request.source_ip = text_of(context.find("identity").find("sourceIp"));
  if (is_http_api) remove_stage(request);
  read_cookie_headers(request);
  return request;
}

// Those of local:// have no name of their own, but no other event of it has this route.
bool is_of_url(const JsonValue& context) {
  if (text_of(context.find("domainName")).find(".lambda-url.") != std::string::npos) return true;
  return text_of(context.find("apiId")) == kLocalApi && text_of(context.find("routeKey")) == "$default";
}

HttpRequest read_v2(const JsonValue& event) {
  const JsonValue& context = event.find("requestContext");
  const JsonValue& http = context.find("http");
  HttpRequest request;
  request.method = text_of(http.find("method"));
  // Function URLs leave the path as it was sent; HTTP APIs decode it.
  request.path = decoded_path(text_of(event.find("rawPath")), is_of_url(context));
  request.raw_query = text_of(event.find("rawQueryString"));
  request.query = core::parse_form(request.raw_query);
  request.headers = with_lower_names(singles(event.find("headers")));
  for (const JsonValue& cookie : event.find("cookies").items()) append_cookies(request.cookies, text_of(cookie));
  request.path_parameters = singles(event.find("pathParameters"));
  request.stage = stage_of(context);
  request.source_ip = text_of(http.find("sourceIp"));
  remove_stage(request);
  return request;
}

// It decodes neither the path nor the query.
HttpRequest read_load_balancer(const JsonValue& event) {
  HttpRequest request;
  request.method = text_of(event.find("httpMethod"));
  request.path = decoded_path(text_of(event.find("path")), true);
  request.headers = with_lower_names(lists_or_singles(event.find("multiValueHeaders"), event.find("headers")));
  const HttpFields sent =
      lists_or_singles(event.find("multiValueQueryStringParameters"), event.find("queryStringParameters"));
  request.raw_query = join_query(sent, false);
  request.query = core::parse_form(request.raw_query);
  request.source_ip = client_of(request.headers);
  read_cookie_headers(request);
  return request;
}

Status read_body(const JsonValue& event, HttpRequest& request) {
  request.body = text_of(event.find("body"));
  if (!event.find("isBase64Encoded").as_bool().value_or(false)) return {};
  auto decoded = core::base64_decode(request.body);
  if (!decoded) return no_http_event("its body is not base64");
  request.body = *std::move(decoded);
  return {};
}

}  // namespace

Result<HttpEvent> read_http_event(std::string_view text) {
  JsonLimits limits;
  limits.max_size = kMostEventBytes;
  const auto event = JsonValue::parse(text, limits);
  if (!event) return no_http_event(event.error().message);
  const JsonValue& context = event->find("requestContext");
  HttpEvent read;
  if (context.find("http").is_object()) {
    read = {HttpEventForm::gateway_v2, read_v2(*event)};
  } else if (context.find("elb").is_object()) {
    const bool has_lists = event->find("multiValueHeaders").is_object();
    read = {has_lists ? HttpEventForm::load_balancer_lists : HttpEventForm::load_balancer, read_load_balancer(*event)};
  } else if (event->find("httpMethod").as_string()) {
    read = {HttpEventForm::gateway_v1, read_v1(*event)};
  } else {
    return no_http_event("it has neither httpMethod nor requestContext.http",
                         "serve_http answers API Gateway, function URLs and load balancers; serve answers any event");
  }
  if (!core::is_http_token(read.request.method)) return no_http_event("its method is none");
  if (auto status = read_body(*event, read.request); !status) return std::move(status).error();
  return read;
}

}  // namespace cloudkit::inline v0::codec
