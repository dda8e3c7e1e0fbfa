#pragma once

#include "codec/json.h"

#include <cloudkit/driver/http.h>
#include <cloudkit/object_types.h>

#include <optional>
#include <string>
#include <string_view>

/// An object as the JSON API describes it. https://cloud.google.com/storage/docs/json_api/v1/objects#resource
namespace cloudkit::inline v0::gcp::gcs {

/// What a reply says of an object.
struct ObjectResource {
  ObjectInfo info = {};
  std::string metageneration = {};  ///< Moves with the metadata; the token stays.
  Metadata stored_metadata = {};    ///< By the service's names, whose case counts; those of `info` are folded.
};

/// Errors: `unknown` for one that lacks its name, generation or size, or has a field that cannot be read.
Result<ObjectResource> read_object(const codec::JsonValue& object);
/// A whole reply.
Result<ObjectResource> parse_object(const http::Response& response);

/// What of an object its replies tell in headers, by the XML API; `size` is the caller's to fill.
Result<ObjectInfo> read_object_headers(std::string_view key, const http::Response& response);

/// What a request says of an object besides its bytes.
struct Attributes {
  std::string_view name = {};  ///< Where the path does not have it.
  const ContentHeaders* content = nullptr;
  const Metadata* metadata = nullptr;
  std::string_view storage_class = {};
  std::string_view crc32c = {};  ///< Base64: the service stores nothing that has another.
};
Result<std::string> attributes_json(const Attributes& attributes);

/// "STANDARD" is the usual one, which `ObjectInfo` leaves empty.
std::string storage_class_of(std::string_view name);

/// The document of a 2xx reply. Errors: `unknown`.
Result<codec::JsonValue> parse_document(const http::Response& response);

}  // namespace cloudkit::inline v0::gcp::gcs
