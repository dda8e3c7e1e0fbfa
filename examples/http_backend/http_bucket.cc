#include "http_bucket.h"

#include "http_index.h"

#include <charconv>
#include <utility>

namespace http = cloudkit::http;
using cloudkit::Bytes;
using cloudkit::Condition;
using cloudkit::ErrorCode;
using cloudkit::ObjectInfo;
using cloudkit::Result;
using cloudkit::Status;

namespace {

cloudkit::Error read_only() { return {ErrorCode::unsupported, "this bucket is a web server's", "it can only be read"}; }

Result<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size()) return value;
  return cloudkit::Error(ErrorCode::unavailable, "the server does not say how large the object is");
}

ObjectInfo info_of(std::string_view key, const http::Response& head) {
  ObjectInfo info;
  info.key = key;
  info.token = head.headers.get("etag");
  info.modified = parse_http_date(std::string(head.headers.get("last-modified")));
  info.content.type = head.headers.get("content-type");
  return info;
}

std::string range_header(const cloudkit::ByteRange& range) {
  if (range.from_end) return "bytes=-" + std::to_string(range.offset);
  const std::uint64_t last = range.offset + range.length - 1;
  const bool to_end = range.length > INT64_MAX || last > INT64_MAX;
  return "bytes=" + std::to_string(range.offset) + "-" + (to_end ? "" : std::to_string(last));
}

// From a reply's head and bytes to an object's.
class Reading : public http::BodyReceiver {
 public:
  Reading(std::string_view key, cloudkit::ObjectReceiver& receiver) : key_(key), receiver_(receiver) {}

  Status begin(const http::Response& head) override {
    info_ = info_of(key_, head);
    auto length = number(head.headers.get("content-length"));
    if (!length) return std::move(length).error();
    length_ = info_.size = *length;
    offset_ = 0;
    if (head.status != 206) return {};
    const std::string_view range = head.headers.get("content-range");  // "bytes 3-7/10"
    const std::size_t slash = range.find('/');
    auto size = number(range.substr(slash == range.npos ? range.size() : slash + 1));
    auto offset = number(range.substr(0, range.find('-')).substr(range.starts_with("bytes ") ? 6 : range.size()));
    if (!size || !offset) {
      return cloudkit::Error(ErrorCode::unavailable, "the server does not say which bytes it sends");
    }
    info_.size = *size;
    offset_ = *offset;
    return {};
  }

  // Not in `begin`, which comes again with the next attempt.
  Status start() {
    if (std::exchange(started_, true)) return {};
    return receiver_.begin(info_, offset_, length_);
  }
  Status write(Bytes chunk) override {
    if (auto started = start(); !started) return started;
    return receiver_.write(chunk);
  }
  const ObjectInfo& info() const { return info_; }

 private:
  std::string_view key_;
  cloudkit::ObjectReceiver& receiver_;
  ObjectInfo info_;
  std::uint64_t offset_ = 0;
  std::uint64_t length_ = 0;
  bool started_ = false;
};

// Sent to a directory's name with a '/'.
cloudkit::Error without_directories(cloudkit::Error error) {
  if (error.http_status == 301) error.code = ErrorCode::not_found;
  return error;
}

http::ClientOptions client_options() {
  http::TransportOptions transport;
  transport.allow_http = true;  // What anybody may read needs no secret.
  http::ClientOptions options;
  options.transport = http::make_curl_transport(transport);
  return options;
}

}  // namespace

HttpBucket::HttpBucket(std::string scheme, std::string host, std::string base)
    : scheme_(std::move(scheme)), host_(std::move(host)), base_(std::move(base)), client_(client_options()) {}

cloudkit::Capabilities HttpBucket::capabilities() const {
  cloudkit::Capabilities able;
  able.conditional_get = true;
  able.remote = true;
  able.any_delimiter = false;
  able.key_slashes = false;
  able.key_dot_segments = false;
  able.key_control_characters = false;
  able.key_and_child = false;
  able.max_segment_size = 255;
  return able;
}

http::Request HttpBucket::request(http::Method method, std::string_view key) const {
  http::Request request;
  request.method = method;
  request.scheme = scheme_;
  request.host = host_;
  request.path = "/" + std::string(key);
  request.encoded_path = base_ + http::encode_target(request).substr(1);
  return request;
}

Result<ObjectInfo> HttpBucket::get(std::string_view key, const cloudkit::GetOptions& options,
                                   cloudkit::ObjectReceiver& receiver) {
  http::Request asked = request(http::Method::get, key);
  const Condition& condition = options.condition;
  if (condition.kind() == Condition::Kind::match) asked.headers.set("If-Match", condition.token());
  if (condition.kind() == Condition::Kind::not_match) asked.headers.set("If-None-Match", condition.token());
  if (options.range) asked.headers.set("Range", range_header(*options.range));
  Reading reading(key, receiver);
  auto reply = client_.send(std::move(asked), options.context, &reading);
  if (!reply) {
    // Of an empty object nginx has no range at all.
    if (reply.error().http_status != 416) return without_directories(std::move(reply).error());
    const auto info = head(key, {.context = options.context});
    if (!info || info->size != 0) return std::move(reply).error();
    cloudkit::GetOptions whole = options;
    whole.range.reset();
    return get(key, whole, receiver);
  }
  if (auto started = reading.start(); !started) return std::move(started).error();
  return reading.info();
}

Result<ObjectInfo> HttpBucket::head(std::string_view key, const cloudkit::HeadOptions& options) {
  auto reply = client_.send(request(http::Method::head, key), options.context);
  if (!reply) return without_directories(std::move(reply).error());
  ObjectInfo info = info_of(key, *reply);
  auto size = number(reply->headers.get("content-length"));
  if (!size) return std::move(size).error();
  info.size = *size;
  return info;
}

Result<cloudkit::ListPage> HttpBucket::list_page(const cloudkit::ListPageRequest& asked) {
  return list_by_index(
      [&](const std::string& directory) {
        return client_.send(request(http::Method::get, directory), asked.context).map([](http::Response&& reply) {
          return std::move(reply.body);
        });
      },
      asked);
}

Result<ObjectInfo> HttpBucket::put(std::string_view, const cloudkit::Source&, const cloudkit::PutOptions&) {
  return read_only();
}
Status HttpBucket::remove(std::string_view, const cloudkit::RemoveOptions&) { return read_only(); }
Result<cloudkit::CopyStep> HttpBucket::copy(const cloudkit::CopyRequest&) { return read_only(); }
