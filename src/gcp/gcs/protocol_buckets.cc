#include "gcp/gcs/protocol_buckets.h"

#include "core/check_text.h"
#include "core/fail.h"
#include "core/time.h"
#include "gcp/gcs/errors.h"
#include "gcp/gcs/object_resource.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::inline v0::gcp::gcs {
namespace {

bool is_allowed(char c) noexcept { return core::is_lower(c) || core::is_digit(c) || c == '-' || c == '_' || c == '.'; }
bool is_end(char c) noexcept { return core::is_lower(c) || core::is_digit(c); }

// The rule that the name breaks, or "".
std::string broken_rule(std::string_view name) {
  // With dots it is a domain name, each label of which may be so long.
  const std::size_t longest = name.find('.') == std::string_view::npos ? 63 : 222;
  if (name.empty()) return "is empty";
  if (!std::all_of(name.begin(), name.end(), is_allowed)) return "has other characters than a-z, 0-9, '-', '_', '.'";
  if (name.size() < 3) return "is shorter than 3 characters";
  if (name.size() > longest) return fmt::format("is longer than {} characters", longest);
  if (!is_end(name.front()) || !is_end(name.back())) return "does not begin and end with a letter or digit";
  if (name.find("..") != std::string_view::npos) return "has two dots in a row";
  if (name.starts_with("goog")) return "begins with the reserved \"goog\"";
  return {};
}

}  // namespace

Status check_bucket_name(std::string_view name) {
  const std::string rule = broken_rule(name);
  if (rule.empty()) return {};
  return core::invalid_argument(fmt::format("the bucket name {} {}", core::in_quotes(name), rule),
                                "a bucket name is 3 to 63 characters: a-z, 0-9, '-' and '_'");
}

Result<std::string> create_bucket_json(std::string_view name, std::string_view location, bool versioned) {
  codec::JsonWriter json;
  json.begin_object().name("name").string(name);
  if (!location.empty()) json.name("location").string(location);
  // Here nobody has rights of an object alone, and newer organisations refuse buckets where somebody could.
  // https://cloud.google.com/storage/docs/org-policy-constraints
  json.name("iamConfiguration").begin_object().name("uniformBucketLevelAccess").begin_object();
  json.name("enabled").boolean(true).end_object().end_object();
  if (versioned) json.name("versioning").begin_object().name("enabled").boolean(true).end_object();
  return json.end_object().finish();
}

http::Request create_bucket_request(const Target& target, std::string_view project, std::string_view json) {
  http::Request request = document_request(http::Method::post, target, "/storage/v1/b");
  request.query.emplace_back("project", project);
  request.query.emplace_back("fields", "name");
  request.headers.add("content-type", "application/json");
  request.body = Bytes(json.data(), json.size());
  // Repeated, it would meet its own bucket and call that a failure.
  request.idempotent = false;
  return request;
}

http::Request delete_bucket_request(const Target& target, std::string_view name) {
  http::Request request = api_request(http::Method::remove, target, bucket_path(name));
  request.idempotent = false;
  return request;
}

http::Request look_at_bucket_request(const Target& target, std::string_view name) {
  http::Request request = document_request(http::Method::get, target, bucket_path(name));
  request.query.emplace_back("fields", "name");
  return request;
}

http::Request list_buckets_request(const Target& target, std::string_view project, std::string_view page_token) {
  http::Request request = document_request(http::Method::get, target, "/storage/v1/b");
  request.query.emplace_back("project", project);
  request.query.emplace_back("fields", "items(name,timeCreated),nextPageToken");
  if (!page_token.empty()) request.query.emplace_back("pageToken", page_token);
  return request;
}

Result<BucketPage> parse_list_buckets(std::string_view page_token, const http::Response& response) {
  const auto document = parse_document(response);
  if (!document) return document.error();
  BucketPage page;
  for (const codec::JsonValue& item : document->find("items").items()) {
    BucketEntry entry;
    entry.name = item.find("name").as_string().value_or("");
    if (entry.name.empty()) return unexpected_reply("the list of buckets has one without a name");
    const auto created = core::parse_rfc3339(item.find("timeCreated").as_string().value_or(""));
    if (created) entry.created = *created;
    page.entries.push_back(std::move(entry));
  }
  page.next_page_token = document->find("nextPageToken").as_string().value_or("");
  if (!page.next_page_token.empty() && page.next_page_token == page_token) {
    return unexpected_reply("the list of buckets goes on where it already was");
  }
  return page;
}

}  // namespace cloudkit::inline v0::gcp::gcs
