#pragma once

#include "codec/json.h"
#include "codec/xml.h"

#include <cloudkit/driver/http.h>

#include <map>
#include <string>
#include <string_view>

/// What services answer, read: JSON or XML, bounded.
namespace cloudkit::inline v0::aws::service {

/// Of a success that the service could not have sent: `unknown`.
Error unexpected_reply(std::string_view what, const http::Response& response);

/// Of the reply to a change: the service said that it was done, so what cannot be read may have happened.
template <class T>
Result<T> of_change(Result<T> read) {
  if (!read) read.error().may_have_happened = true;
  return read;
}

/// An empty body is null. Errors: `unknown`.
Result<codec::JsonValue> read_json(const http::Response& response);
/// The root must be `root`. Errors: `unknown`.
Result<codec::XmlDocument> read_xml(const http::Response& response, std::string_view root);

/// Without the white space around it.
std::string text_of(codec::XmlNode node);

/// "" for what is no text.
std::string text_at(const codec::JsonValue& object, std::string_view name);
/// The members of a member; without those that are no text.
std::map<std::string, std::string> texts_at(const codec::JsonValue& object, std::string_view name);

}  // namespace cloudkit::inline v0::aws::service
