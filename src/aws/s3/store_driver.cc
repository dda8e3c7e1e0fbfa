#include "aws/s3/store_driver.h"

#include "aws/s3/bucket_driver.h"
#include "aws/s3/bucket_name.h"
#include "aws/s3/errors.h"
#include "aws/s3/head.h"
#include "aws/s3/protocol_buckets.h"
#include "aws/s3/protocol_versions.h"
#include "core/fail.h"
#include "core/object_rules.h"

namespace cloudkit::inline v0::aws::s3 {
namespace {
constexpr std::chrono::seconds kCleanupTimeout{5};
}  // namespace

Result<std::string> S3StoreDriver::account(const Context&) {
  const auto settings = client_->settings();
  if (!settings) return settings.error();
  return client_->store_id();
}

Result<std::shared_ptr<BucketDriver>> S3StoreDriver::bucket(std::string_view name) {
  if (auto valid = check_bucket_name(name); !valid) return std::move(valid).error();
  return std::shared_ptr<BucketDriver>(std::make_shared<S3BucketDriver>(client_, std::string(name)));
}

Status S3StoreDriver::create_bucket(std::string_view name, const CreateBucketOptions& options) {
  if (auto valid = check_own_bucket_name(name); !valid) return valid;
  const auto settings = client_->settings();
  if (!settings) return settings.error();
  if ((*settings)->region_is_guessed()) {
    return core::invalid_argument("no region is configured to create the bucket in", kSetRegion);
  }
  // us-east-1 and radosgw answer 200 to a second creation: it would look like a new bucket.
  client_->forget_region(name);
  const auto exists = head_bucket(*client_, name, options.context);
  if (exists.has_value() && *exists)
    return core::fail(ErrorCode::already_exists, "the bucket exists already", std::string(core::kUseExistingBucket));
  const bool foreign = !exists.has_value() && exists.error().code == ErrorCode::permission_denied;
  if (!exists.has_value() && !foreign) return exists.error();

  const std::string body = create_bucket_body(signing_region((*settings)->region), *(*settings)->quirks);
  const auto build = [&](const Target& target) -> Result<http::Request> { return create_bucket_request(target, body); };
  client_->forget_region(name);
  const auto reply = client_->manage(name, build, options.context);
  if (!reply) return reply.error();
  return options.versioned ? keep_versions(name, options.context) : Status{};
}

// Of a new bucket, which must not stay if it cannot be what the caller asked for.
Status S3StoreDriver::keep_versions(std::string_view name, const Context& context) {
  const auto settings = client_->settings();
  if (!settings) return settings.error();
  const std::string body = versioning_body();
  const auto build = [&](const Target& target) -> Result<http::Request> {
    return set_versioning_request(target, body, *(*settings)->quirks);
  };
  const auto reply = client_->manage(name, build, context);
  if (reply) return {};
  Error error = reply.error();
  const auto removed = delete_bucket(name, {.context = Context::with_timeout(kCleanupTimeout)});
  if (!removed) error.message += "; the bucket was created, and is there without versions";
  error.may_have_happened = !removed;
  return error;
}

Status S3StoreDriver::delete_bucket(std::string_view name, const BucketOptions& options) {
  if (auto valid = check_own_bucket_name(name); !valid) return valid;
  const auto build = [](const Target& target) -> Result<http::Request> { return delete_bucket_request(target); };
  const auto reply = client_->manage(name, build, options.context);
  if (!reply) return reply.error();
  client_->forget_region(name);
  return {};
}

Result<bool> S3StoreDriver::bucket_exists(std::string_view name, const BucketOptions& options) {
  if (auto valid = check_bucket_name(name); !valid) return std::move(valid).error();
  return head_bucket(*client_, name, options.context);
}

Result<BucketPage> S3StoreDriver::list_buckets_page(std::string_view page_token, const BucketOptions& options) {
  const auto build = [&](const Target& target) -> Result<http::Request> {
    return list_buckets_request(target, page_token);
  };
  const auto reply = client_->manage({}, build, options.context);
  if (!reply) return reply.error();
  return of_reply(parse_list_buckets(page_token, *reply), *reply);
}

}  // namespace cloudkit::inline v0::aws::s3
