#include "conformance/live/meter.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace live {
namespace {

// US East (N. Virginia), S3 Standard, https://aws.amazon.com/s3/pricing/; doubled, to stay above
// the dearer regions and the blanks between what is billed and what is counted here.
constexpr double kCaution = 2;
constexpr double kPricePerA = kCaution * 0.005 / 1000;
constexpr double kPricePerB = kCaution * 0.0004 / 1000;
constexpr double kPricePerByteOut = kCaution * 0.09 / 1e9;
constexpr const char* kSource = "twice the us-east-1 prices of https://aws.amazon.com/s3/pricing/";

cloudkit::Error cap_reached() {
  return {cloudkit::ErrorCode::cancelled, "the cap of requests is reached (CLOUDKIT_LIVE_MAX_REQUESTS)"};
}

std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

PriceClass class_of(const http::Request& request) {
  switch (request.method) {
    case http::Method::remove: return PriceClass::free;
    case http::Method::head: return PriceClass::b;
    case http::Method::put:
    case http::Method::patch:
    case http::Method::post: return PriceClass::a;
    case http::Method::get: break;
  }
  const bool lists = std::any_of(request.query.begin(), request.query.end(), [](const auto& parameter) {
    return parameter.first == "list-type" || parameter.first == "uploads" || parameter.first == "versions" ||
           parameter.first == "uploadId";
  });
  return lists || request.path == "/" ? PriceClass::a : PriceClass::b;
}

bool Meter::count(PriceClass price) {
  if (!in_cleanup_ && requests() >= max_requests_) {
    exhausted_ = true;
    return false;
  }
  ++(price == PriceClass::a ? a_ : price == PriceClass::b ? b_ : free_);
  return true;
}

void Meter::count_bytes(std::uint64_t sent, std::uint64_t received) {
  sent_ += sent;
  received_ += received;
}

std::string Meter::report() const {
  const double cost = kPricePerA * static_cast<double>(a_) + kPricePerB * static_cast<double>(b_) +
                      kPricePerByteOut * static_cast<double>(received_);
  return fmt::format(
      "requests: {} (A: PUT COPY POST LIST {}, B: GET HEAD {}, free: DELETE {}), {:.1f} MB sent, {:.1f} MB received\n"
      "cost: at most {:.4f} USD ({})\n",
      requests(), a_.load(), b_.load(), free_.load(), static_cast<double>(sent_) / 1e6,
      static_cast<double>(received_) / 1e6, cost, kSource);
}

std::string Meter::worst_case() const {
  return fmt::format("at most {} requests, {:.2f} USD if all were of class A", max_requests_,
                     kPricePerA * static_cast<double>(max_requests_));
}

http::Exchange MeteredTransport::send(const http::Request& request, http::BodyReceiver* receiver,
                                      const cloudkit::Context& context) {
  if (!meter_->count(class_of(request))) {
    http::Exchange refused;
    refused.status = cap_reached();
    return refused;
  }
  http::Exchange exchange = inner_->send(request, receiver, context);
  const std::uint64_t announced =
      request.method == http::Method::head ? 0 : number(exchange.response.headers.get("content-length"));
  meter_->count_bytes(request.body_size(), std::max<std::uint64_t>(announced, exchange.response.body.size()));
  return exchange;
}

cloudkit::testing::Fetch metered(cloudkit::testing::Fetch fetch, std::shared_ptr<Meter> meter) {
  return [fetch = std::move(fetch), meter = std::move(meter)](
             const std::string& method, const std::string& url, const cloudkit::testing::FetchHeaders& headers,
             const std::string& body) -> cloudkit::Result<cloudkit::testing::FetchReply> {
    const PriceClass price = method == "DELETE"                    ? PriceClass::free
                             : method == "GET" || method == "HEAD" ? PriceClass::b
                                                                   : PriceClass::a;
    if (!meter->count(price)) return cap_reached();
    auto reply = fetch(method, url, headers, body);
    meter->count_bytes(body.size(), reply ? reply->body.size() : 0);
    return reply;
  };
}

}  // namespace live
