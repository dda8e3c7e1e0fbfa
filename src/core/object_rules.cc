#include "core/object_rules.h"

#include "core/encode.h"
#include "core/fail.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::core {
namespace {

constexpr std::size_t kMaxBucketName = 255;

Error with_service_code(ErrorCode code, std::string_view service_code, std::string message, std::string hint) {
  Error error = fail(code, std::move(message), std::move(hint));
  error.service_code = service_code;
  return error;
}

}  // namespace

Status check_condition(const Condition& condition, const std::string* token) {
  const bool same = token != nullptr && *token == condition.token();
  switch (condition.kind()) {
    case Condition::Kind::none: break;
    case Condition::Kind::absent:
      if (token != nullptr) return fail(ErrorCode::precondition_failed, "the object exists");
      break;
    case Condition::Kind::match:
      if (token == nullptr) return fail(ErrorCode::precondition_failed, "there is no such object any more");
      if (!same) return fail(ErrorCode::precondition_failed, "the object has changed: it has another token");
      break;
    case Condition::Kind::not_match:
      if (same) return fail(ErrorCode::not_modified, "the object still has this token");
      break;
  }
  return {};
}

Error no_such_bucket(std::string_view name) {
  return with_service_code(ErrorCode::not_found, "NoSuchBucket",
                           fmt::format("there is no bucket \"{}\"", printable_excerpt(name, 80)),
                           "make it with create_bucket, or open it with OpenOptions::create");
}

Error no_such_object(std::string_view key) {
  return with_service_code(ErrorCode::not_found, "NoSuchKey",
                           fmt::format("there is no object \"{}\"", printable_excerpt(key, 80)), {});
}

Error source_changed() {
  Error error = fail(ErrorCode::conflict, "the source changed while it was copied");
  error.retryable = true;
  return error;
}

Error bucket_not_empty(std::string_view name) {
  return with_service_code(ErrorCode::conflict, "BucketNotEmpty",
                           fmt::format("the bucket \"{}\" is not empty", printable_excerpt(name, 80)),
                           "remove its objects first");
}

Error bucket_exists_already(std::string_view name) {
  return with_service_code(ErrorCode::already_exists, "BucketAlreadyOwnedByYou",
                           fmt::format("the bucket \"{}\" exists already", printable_excerpt(name, 80)), {});
}

Status check_bucket_name(std::string_view name) {
  const auto refuse = [&](std::string_view why) -> Status {
    return invalid_argument(fmt::format("the bucket name \"{}\" {}", printable_excerpt(name, 80), why));
  };
  if (name.empty()) return invalid_argument("the bucket name is empty");
  if (name.size() > kMaxBucketName) return refuse(fmt::format("has more than {} bytes", kMaxBucketName));
  if (name == "." || name == "..") return refuse("is reserved");
  if (name.find('/') != std::string_view::npos) return refuse("holds a '/'");
  if (has_control_character(name)) return refuse("holds a control character");
  if (!is_valid_utf8(name)) return refuse("is not UTF-8");
  return {};
}

}  // namespace cloudkit::inline v0::core
