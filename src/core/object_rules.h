#pragma once

#include <cloudkit/object_types.h>
#include <cloudkit/result.h>

#include <string>
#include <string_view>

/// What the embedded backends decide themselves, where a service would.
namespace cloudkit::inline v0::core {

/// What an object without a content type has. https://www.rfc-editor.org/rfc/rfc9110#section-8.3
inline constexpr std::string_view kDefaultContentType = "application/octet-stream";

/// Whether `condition` holds for an object with `token`; null: there is none. Errors:
/// `precondition_failed`, `not_modified`.
Status check_condition(const Condition& condition, const std::string* token);

/// `not_found` for either, told apart by the service codes that S3 uses.
Error no_such_bucket(std::string_view name);
Error no_such_object(std::string_view key);
/// `conflict`, for a copy: its caller set no condition that could have failed.
Error source_changed();
/// `conflict`.
Error bucket_not_empty(std::string_view name);
/// `already_exists`.
Error bucket_exists_already(std::string_view name);

/// A name that is one path segment: 1 to 255 bytes of UTF-8, no `/`, no control character, not
/// `.` or `..`. Errors: `invalid_argument`.
Status check_bucket_name(std::string_view name);

}  // namespace cloudkit::inline v0::core
