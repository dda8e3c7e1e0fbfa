// A bucket over HTTP: GET / lists it (?prefix=…), GET, PUT and DELETE /KEY read, write and remove an object.
// BUCKET says which: s3://NAME, file:///DIR. The same program answers behind API Gateway and function URLs, and here:
//
//   BUCKET=file:///tmp/objects PORT=8080 rest_api
//   curl -T report.pdf http://127.0.0.1:8080/report.pdf

#include <cloudkit/object_store.h>
#include <cloudkit/open.h>
#include <cloudkit/serve.h>

#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>

namespace {

using cloudkit::ErrorCode;
using cloudkit::HttpRequest;
using cloudkit::HttpResponse;

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::not_found: return 404;
    case ErrorCode::invalid_argument: return 400;
    case ErrorCode::conflict: return 409;
    case ErrorCode::precondition_failed: return 412;
    case ErrorCode::throttled:
    case ErrorCode::unavailable: return 503;
    case ErrorCode::timeout: return 504;
    default: return 502;  // Ours, such as missing permissions: nothing that the client could change.
  }
}

HttpResponse failed(const cloudkit::Error& error) {
  const int status = status_of(error.code);
  if (status < 500) return {.status = status, .body = error.message + '\n'};
  std::cerr << error << '\n';  // Into the function's log: it is nothing for strangers.
  return {.status = status, .body = "the store has refused, or does not answer\n"};
}

HttpResponse list(const cloudkit::Bucket& bucket, const HttpRequest& request) {
  cloudkit::ListOptions options;
  options.prefix = request.query_value("prefix");
  options.context = request.invocation.context;
  HttpResponse response;
  for (const auto& entry : bucket.list(options)) {
    if (!entry) return failed(entry.error());
    response.body += entry->key + '\t' + std::to_string(entry->size) + '\n';
  }
  return response;
}

HttpResponse get(const cloudkit::Bucket& bucket, const std::string& key, const HttpRequest& request) {
  auto object = bucket.get(key, {.context = request.invocation.context});
  if (!object) return failed(object.error());
  return {.body = std::move(object->data), .content_type = object->info.content.type};
}

HttpResponse put(const cloudkit::Bucket& bucket, const std::string& key, const HttpRequest& request) {
  cloudkit::PutOptions options;
  options.content.type = request.header("content-type");
  options.context = request.invocation.context;
  const auto stored = bucket.put(key, request.body, options);
  if (!stored) return failed(stored.error());
  return {.status = 201, .body = std::to_string(stored->size) + " bytes\n"};
}

HttpResponse remove(const cloudkit::Bucket& bucket, const std::string& key, const HttpRequest& request) {
  const auto removed = bucket.remove(key, {.context = request.invocation.context});
  if (!removed) return failed(removed.error());
  return {.status = 204, .content_type = ""};
}

HttpResponse answer(const cloudkit::Bucket& bucket, const HttpRequest& request) {
  const std::string key = request.path.substr(1);
  if (key.empty() && request.method == "GET") return list(bucket, request);
  if (!key.empty() && request.method == "GET") return get(bucket, key, request);
  if (!key.empty() && request.method == "PUT") return put(bucket, key, request);
  if (!key.empty() && request.method == "DELETE") return remove(bucket, key, request);
  HttpResponse refused{.status = 405, .body = "GET, PUT or DELETE an object\n"};
  refused.headers = {{"allow", key.empty() ? "GET" : "GET, PUT, DELETE"}};
  return refused;
}

}  // namespace

int main() {
  std::optional<cloudkit::Bucket> bucket;
  const auto open = [&]() -> cloudkit::Status {
    const char* const url = std::getenv("BUCKET");
    auto opened = cloudkit::open_bucket(url == nullptr ? "" : url, {.create = true});
    if (!opened) return std::move(opened).error();
    bucket = *std::move(opened);
    return {};
  };
  return cloudkit::serve_http([&](const HttpRequest& request) { return answer(*bucket, request); }, {.init = open});
}
