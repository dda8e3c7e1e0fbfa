#include "aws/s3/protocol_buckets.h"

#include "aws/s3/errors.h"
#include "codec/xml.h"
#include "core/encode.h"
#include "core/time.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::aws::s3 {
namespace {

constexpr int kBucketsPerPage = 1000;

http::Request bucket_request(http::Method method, const Target& target) {
  http::Request request;
  request.method = method;
  request.scheme = target.scheme;
  request.host = target.host;
  request.path = target.path.empty() ? "/" : target.path;
  return request;
}

Result<BucketEntry> read_bucket(codec::XmlNode node) {
  BucketEntry entry;
  entry.name = node.child("Name").text();
  if (entry.name.empty()) return unexpected_reply("the list of buckets has one without a name");
  if (const auto created = node.child("CreationDate")) {
    const auto time = core::parse_rfc3339(core::trim(created.text()));
    if (!time) {
      return unexpected_reply(fmt::format("the bucket {} was created at \"{}\"",
                                          core::printable_excerpt(entry.name, 80),
                                          core::printable_excerpt(created.text(), 80)));
    }
    entry.created = *time;
  }
  return entry;
}

}  // namespace

std::string create_bucket_body(std::string_view region, const Quirks& quirks) {
  if (!quirks.location_constraint || region == quirks.region) return {};
  return fmt::format(
      "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
      "<LocationConstraint>{}</LocationConstraint></CreateBucketConfiguration>",
      codec::xml_escape(region));
}

http::Request create_bucket_request(const Target& target, std::string_view body) {
  http::Request request = bucket_request(http::Method::put, target);
  request.body = Bytes(body.data(), body.size());
  if (!body.empty()) request.headers.add("content-type", "application/xml");
  // Repeated, it would meet its own bucket and call that a failure.
  request.idempotent = false;
  return request;
}

http::Request delete_bucket_request(const Target& target) {
  http::Request request = bucket_request(http::Method::remove, target);
  request.idempotent = false;
  return request;
}

http::Request head_bucket_request(const Target& target) { return bucket_request(http::Method::head, target); }

http::Request list_buckets_request(const Target& target, std::string_view page_token) {
  http::Request request = bucket_request(http::Method::get, target);
  if (request.path.back() != '/') request.path += '/';
  request.query.emplace_back("max-buckets", fmt::to_string(kBucketsPerPage));
  if (!page_token.empty()) request.query.emplace_back("continuation-token", page_token);
  return request;
}

Result<BucketPage> parse_list_buckets(std::string_view page_token, const http::Response& response) {
  const auto document = codec::XmlDocument::parse(response.body);
  if (!document) return document.error();
  const codec::XmlNode root = document->root();
  if (root.name() != "ListAllMyBucketsResult") {
    return unexpected_reply(fmt::format("expected ListAllMyBucketsResult, the reply is {}", root.name()));
  }
  BucketPage page;
  for (codec::XmlNode node = root.child("Buckets").first_child(); node; node = node.next()) {
    if (node.name() != "Bucket") continue;
    auto entry = read_bucket(node);
    if (!entry) return std::move(entry).error();
    page.entries.push_back(*std::move(entry));
  }
  page.next_page_token = root.child("ContinuationToken").text();
  if (!page.next_page_token.empty() && page.next_page_token == page_token) {
    return unexpected_reply("the list of buckets goes on where it already was");
  }
  return page;
}

}  // namespace cloudkit::inline v0::aws::s3
