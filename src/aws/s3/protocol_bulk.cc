#include "aws/s3/protocol_bulk.h"

#include "aws/s3/errors.h"
#include "aws/s3/request.h"
#include "codec/xml.h"
#include "core/encode.h"

#include <fmt/format.h>

#include <unordered_set>

namespace cloudkit::inline v0::aws::s3 {
namespace {

Error unclear(std::string message) {
  Error error = unexpected_reply(std::move(message));
  error.attempts = 1;
  error.may_have_happened = true;
  return error;
}

// S3 says of a missing key that it was deleted; not every server does.
bool is_gone(std::string_view code) noexcept { return code == "NoSuchKey" || code == "NoSuchVersion"; }

}  // namespace

bool can_be_named_in_xml(std::string_view key) noexcept {
  const bool has_noncharacter =
      key.find("\xEF\xBF\xBE") != std::string_view::npos || key.find("\xEF\xBF\xBF") != std::string_view::npos;
  return !has_noncharacter && !core::has_control_character(key) && core::trim(key).size() == key.size();
}

std::string remove_many_body(std::span<const std::string> keys) {
  // Quiet: only what failed is answered.
  std::string body = "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Quiet>true</Quiet>";
  for (const std::string& key : keys) {
    body += "<Object><Key>";
    body += codec::xml_escape(key);
    body += "</Key></Object>";
  }
  body += "</Delete>";
  return body;
}

http::Request remove_many_request(const Target& target, std::string_view body, const Quirks& quirks) {
  http::Request request = bucket_request(http::Method::post, target);
  request.query.emplace_back("delete", "");
  set_xml_body(request, body, quirks);
  return request;
}

Result<std::vector<RemoveFailure>> parse_remove_many(std::span<const std::string> keys,
                                                     const http::Response& response) {
  const auto document = codec::XmlDocument::parse(response.body);
  if (!document) return unclear(document.error().message);
  const codec::XmlNode root = document->root();
  if (root.name() != "DeleteResult") {
    return unclear(fmt::format("expected DeleteResult, the reply is {}", root.name()));
  }
  const std::unordered_set<std::string_view> asked(keys.begin(), keys.end());
  std::vector<RemoveFailure> failures;
  for (codec::XmlNode node = root.first_child(); node; node = node.next()) {
    if (node.name() != "Error") continue;
    const std::string_view key = node.child("Key").text();
    const std::string_view code = core::trim(node.child("Code").text());
    if (asked.count(key) == 0) {
      return unclear(fmt::format("the reply has an error ({}) of a key that was not asked for: \"{}\"",
                                 core::printable_excerpt(code, 80), core::printable_excerpt(key, 80)));
    }
    if (is_gone(code)) continue;
    failures.push_back({std::string(key), error_in_reply(code, node.child("Message").text(), response)});
  }
  return failures;
}

}  // namespace cloudkit::inline v0::aws::s3
