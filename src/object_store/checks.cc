#include "object_store/checks.h"

#include "core/content_type.h"
#include "core/encode.h"
#include "core/fail.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::inline v0::object_store {
namespace {

using core::invalid_argument;

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html: characters as UTF-16 counts
// them. Azure has the same: https://learn.microsoft.com/rest/api/storageservices/set-blob-tags
constexpr std::size_t kMaxTags = 10;
constexpr std::size_t kMaxTagName = 128;
constexpr std::size_t kMaxTagValue = 256;

// Keys may be long and may hold anything: a message shows the beginning of them.
std::string shown(std::string_view text) { return core::printable_excerpt(text, 80); }

Status check_text(std::string_view what, std::string_view text) {
  if (!core::is_valid_utf8(text)) return invalid_argument(fmt::format("{} is not UTF-8", what));
  // XML 1.0 cannot express it, and C programs end their strings there.
  if (text.find('\0') != std::string_view::npos) return invalid_argument(fmt::format("{} holds a NUL byte", what));
  return {};
}

// Of valid UTF-8: what four bytes encode are two units.
std::size_t utf16_units(std::string_view text) {
  const auto units = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte & 0xC0) == 0x80 ? 0U : byte >= 0xF0 ? 2U : 1U;
  };
  std::size_t count = 0;
  for (const char c : text) count += units(c);
  return count;
}

Status check_tag_text(std::string_view what, std::string_view text, std::size_t limit) {
  if (auto status = check_text(fmt::format("a tag's {}", what), text); !status) return status;
  if (core::has_control_character(text)) {
    return invalid_argument(fmt::format("a tag's {} holds a control character: \"{}\"", what, shown(text)));
  }
  if (const std::size_t length = utf16_units(text); length > limit) {
    return invalid_argument(fmt::format("a tag's {} has {} characters, more than {}", what, length, limit));
  }
  return {};
}

Status check_segments(std::string_view key, const Capabilities& capabilities) {
  std::size_t begin = 0;
  int depth = 0;
  while (true) {
    const std::size_t end = std::min(key.find('/', begin), key.size());
    const std::string_view segment = key.substr(begin, end - begin);
    if (segment.empty() && !capabilities.key_slashes) {
      return invalid_argument("this backend cannot hold a key that begins or ends with '/' or holds '//'");
    }
    if ((segment == "." || segment == "..") && !capabilities.key_dot_segments) {
      return invalid_argument(fmt::format("this backend cannot hold a key with the segment \"{}\"", segment));
    }
    depth += segment == ".." ? -1 : 1;
    if (depth < 0 && !capabilities.key_climbs_out) {
      return invalid_argument("this backend cannot hold a key that leads out of the bucket by its \"..\"");
    }
    if ((key == "." || key == "..") && !capabilities.key_dot_names) {
      return invalid_argument(fmt::format("this backend cannot hold the key \"{}\"", key));
    }
    if (segment.ends_with('.') && segment != "." && segment != ".." && !capabilities.key_final_dots) {
      return invalid_argument("this backend cannot hold a key of which a segment ends with a dot");
    }
    if (segment.size() > capabilities.max_segment_size) {
      return invalid_argument(fmt::format("this backend cannot hold a key with more than {} bytes between two '/'",
                                          capabilities.max_segment_size));
    }
    if (end == key.size()) return {};
    begin = end + 1;
  }
}

Status check_header_value(std::string_view what, std::string_view value) {
  const bool plain =
      std::all_of(value.begin(), value.end(), [](char c) { return c == '\t' || (c >= 0x20 && c < 0x7F); });
  if (!plain) {
    return invalid_argument(fmt::format("{} is not printable ASCII", what),
                            "encode other text, for example with percent encoding");
  }
  if (!value.empty() && core::trim(value).size() != value.size()) {
    return invalid_argument(fmt::format("{} begins or ends with white space, which HTTP does not keep", what));
  }
  return {};
}

bool is_identifier(std::string_view name) noexcept {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return !name.empty() && !is_digit(name.front()) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return fits(c) || is_digit(c); });
}

Result<Metadata> check_metadata(const Metadata& metadata, const Capabilities& capabilities) {
  Metadata folded;
  for (const auto& [name, value] : metadata) {
    if (!core::is_http_token(name)) {
      return invalid_argument(fmt::format("metadata name \"{}\" is not an HTTP token", shown(name)),
                              "use letters, digits, '-' and '_'");
    }
    if (!capabilities.metadata_any_token && !is_identifier(name)) {
      return invalid_argument(fmt::format("this backend cannot hold the metadata name \"{}\"", shown(name)),
                              "use letters, digits and '_', and no digit first");
    }
    if (auto status = check_header_value(fmt::format("the value of metadata \"{}\"", name), value); !status) {
      return status.error();
    }
    if (!folded.emplace(core::to_lower(name), value).second) {
      return invalid_argument(fmt::format("metadata name \"{}\" is given twice: names have no case", name));
    }
  }
  if (const std::size_t size = metadata_size(metadata); size > kMaxMetadataSize) {
    return invalid_argument(fmt::format("metadata has {} bytes in all, more than {}", size, kMaxMetadataSize));
  }
  return folded;
}

Status check_content(const ContentHeaders& content) {
  const std::pair<std::string_view, const std::string&> fields[] = {{"content type", content.type},
                                                                    {"cache control", content.cache_control},
                                                                    {"content encoding", content.encoding},
                                                                    {"content disposition", content.disposition},
                                                                    {"content language", content.language}};
  for (const auto& [what, value] : fields) {
    if (auto status = check_header_value(what, value); !status) return status;
  }
  return {};
}

bool says_anything(const ContentHeaders& content) noexcept {
  return !(content.type.empty() && content.cache_control.empty() && content.encoding.empty() &&
           content.disposition.empty() && content.language.empty());
}

Status check_condition(const Condition& condition, bool absent_supported, bool match_supported,
                       bool not_match_supported, std::string_view operation) {
  const auto refuse = [&](std::string_view name) -> Status {
    return core::unsupported(fmt::format("this backend cannot honour Condition::{} for {}", name, operation),
                             "a condition is never dropped; Bucket::capabilities() says what is possible");
  };
  switch (condition.kind()) {
    case Condition::Kind::none: return {};
    case Condition::Kind::absent:
      if (!absent_supported) return refuse("absent");
      return {};
    case Condition::Kind::match:
      if (!match_supported) return refuse("match");
      break;
    case Condition::Kind::not_match:
      if (!not_match_supported) return refuse("not_match");
      break;
  }
  if (condition.token().empty()) {
    return invalid_argument("the condition's token is empty", "take it from ObjectInfo::token");
  }
  return check_header_value("the condition's token", condition.token());
}

Status check_storage_class(std::string_view options, const std::string& storage_class,
                           const Capabilities& capabilities) {
  if (!storage_class.empty() && !capabilities.storage_class) {
    return core::unsupported("this backend has no storage classes",
                             fmt::format("leave {}::storage_class empty here", options));
  }
  return check_header_value("the storage class", storage_class);
}

Status wrong_condition(std::string_view operation, std::string_view allowed) {
  return invalid_argument(fmt::format("{} takes {} only", operation, allowed));
}

}  // namespace

Status check_key(std::string_view key, const Capabilities& capabilities) {
  if (key.empty()) return invalid_argument("the key is empty", "name an object; a prefix alone is none");
  if (key.size() > capabilities.max_key_size) {
    return invalid_argument(fmt::format("the key has {} bytes, more than {}", key.size(), capabilities.max_key_size));
  }
  if (auto status = check_text("the key", key); !status) return status;
  if (!capabilities.key_control_characters && core::has_control_character(key)) {
    return invalid_argument("this backend cannot hold a key with control characters");
  }
  if (!capabilities.key_backslashes && key.find('\\') != std::string_view::npos) {
    return invalid_argument("this backend cannot hold a key with a '\\'");
  }
  return check_segments(key, capabilities);
}

std::size_t metadata_size(const Metadata& metadata) {
  std::size_t size = 0;
  for (const auto& [name, value] : metadata) size += name.size() + value.size();
  return size;
}

Status check_listing_text(std::string_view what, std::string_view text) { return check_text(what, text); }

Status check_page_size(int page_size) {
  if (page_size >= 1 && page_size <= 1000) return {};
  return invalid_argument("page_size is not between 1 and 1000");
}

Result<PutOptions> check_put(const PutOptions& options, const Capabilities& capabilities) {
  if (options.condition.kind() == Condition::Kind::not_match) {
    return wrong_condition("put", "Condition::absent and match").error();
  }
  if (auto status =
          check_condition(options.condition, capabilities.put_if_absent, capabilities.put_if_match, false, "put");
      !status) {
    return status.error();
  }
  if (auto status = check_content(options.content); !status) return status.error();
  if (auto status = check_storage_class("PutOptions", options.storage_class, capabilities); !status) {
    return status.error();
  }
  if (!options.tags.empty() && !capabilities.tags) return no_tags();
  if (auto status = check_tags(options.tags); !status) return status.error();
  auto metadata = check_metadata(options.metadata, capabilities);
  if (!metadata) return metadata.error();
  PutOptions checked = options;
  checked.metadata = *std::move(metadata);
  return checked;
}

Status check_no_resume(const TransferOptions& options) {
  if (!options.resume) return {};
  return invalid_argument("only the transfer of a File can be resumed", "leave TransferOptions::resume off");
}

Status check_version(std::string_view version_id, const Capabilities& capabilities) {
  if (version_id.empty() || capabilities.versions) return {};
  return core::unsupported("this backend keeps no versions",
                           "leave version_id empty: there is one content of each key");
}

Status check_get(const GetOptions& options, const Capabilities& capabilities) {
  if (options.condition.kind() == Condition::Kind::absent) {
    return wrong_condition("get", "Condition::match and not_match");
  }
  const bool empty_range =
      options.range && (options.range->from_end ? options.range->offset : options.range->length) == 0;
  if (empty_range) {
    return invalid_argument("the range is empty");
  }
  if (auto status = check_version(options.version_id, capabilities); !status) return status;
  return check_condition(options.condition, false, capabilities.conditional_get, capabilities.conditional_get, "get");
}

Status check_remove(const RemoveOptions& options, const Capabilities& capabilities) {
  if (options.condition.kind() == Condition::Kind::absent || options.condition.kind() == Condition::Kind::not_match) {
    return wrong_condition("remove", "Condition::match");
  }
  return check_condition(options.condition, false, capabilities.remove_if_match, false, "remove");
}

Result<CopyOptions> check_copy(std::string_view to, const CopyOptions& options, const Capabilities& capabilities) {
  if (options.condition.kind() == Condition::Kind::match || options.condition.kind() == Condition::Kind::not_match) {
    return wrong_condition("copy", "Condition::absent").error();
  }
  if (auto status = check_no_resume(options.transfer); !status) return status.error();
  if (auto status = check_condition(options.condition, capabilities.copy_if_absent, false, false, "copy"); !status) {
    return status.error();
  }
  if (auto status = check_storage_class("CopyOptions", options.storage_class, capabilities); !status) {
    return status.error();
  }
  CopyOptions checked = options;
  if (options.content) {
    if (auto status = check_content(*options.content); !status) return status.error();
    if (options.content->type.empty()) checked.content->type = core::content_type_of(to);
  }
  if (options.metadata) {
    auto metadata = check_metadata(*options.metadata, capabilities);
    if (!metadata) return metadata.error();
    checked.metadata = *std::move(metadata);
  }
  return checked;
}

Result<SetMetadataOptions> check_set_metadata(std::string_view key, const SetMetadataOptions& options,
                                              const Capabilities& capabilities) {
  if (!capabilities.set_metadata) return core::unsupported("this backend cannot change the metadata of an object");
  if (!options.content && !options.metadata) return invalid_argument("neither content headers nor metadata are given");
  if (options.condition.kind() == Condition::Kind::absent || options.condition.kind() == Condition::Kind::not_match) {
    return wrong_condition("set_metadata", "Condition::match").error();
  }
  const bool match = capabilities.set_metadata_if_match;
  if (auto status = check_condition(options.condition, false, match, false, "set_metadata"); !status) {
    return status.error();
  }
  SetMetadataOptions checked = options;
  if (options.content) {
    if (auto status = check_content(*options.content); !status) return status.error();
    if (options.content->type.empty()) checked.content->type = core::content_type_of(key);
  }
  if (options.metadata) {
    auto metadata = check_metadata(*options.metadata, capabilities);
    if (!metadata) return metadata.error();
    checked.metadata = *std::move(metadata);
  }
  return checked;
}

Error no_tags() { return core::unsupported("this backend has no tags"); }

Status check_tags(const Tags& tags) {
  if (tags.size() > kMaxTags) return invalid_argument(fmt::format("{} tags are more than {}", tags.size(), kMaxTags));
  for (const auto& [name, value] : tags) {
    if (name.empty()) return invalid_argument("a tag has no name");
    if (auto status = check_tag_text("name", name, kMaxTagName); !status) return status;
    if (auto status = check_tag_text("value", value, kMaxTagValue); !status) return status;
  }
  return {};
}

Status check_presign(const PresignOptions& options, const Capabilities& capabilities) {
  // https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html and GCS V4 have the same limit.
  constexpr auto longest = std::chrono::hours(24 * 7);
  if (options.expires < std::chrono::seconds(1) || options.expires > longest) {
    return invalid_argument(
        fmt::format("a presigned URL lives from 1 to 604800 seconds, not {}", options.expires.count()));
  }
  if (!options.content_type.empty() && options.method != PresignMethod::put) {
    return invalid_argument("a content type can be presigned for put only",
                            "PresignOptions::response is what a reply is to say");
  }
  if (auto status = check_header_value("the content type", options.content_type); !status) return status;
  const bool is_read = options.method == PresignMethod::get || options.method == PresignMethod::head;
  if (says_anything(options.response) && !is_read) {
    return invalid_argument("headers of the reply can be presigned for get and head only");
  }
  if (auto status = check_content(options.response); !status) return status;
  if (options.version_id.empty()) return {};
  if (options.method == PresignMethod::put) {
    return invalid_argument("a version can be presigned for get, head and remove only");
  }
  // Azure signs it as a line of a text.
  if (auto status = check_header_value("the version", options.version_id); !status) return status;
  return check_version(options.version_id, capabilities);
}

}  // namespace cloudkit::inline v0::object_store
