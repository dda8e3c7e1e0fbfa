#include "gcp/gcs/store_driver.h"

#include "core/without_value.h"
#include "gcp/gcs/bucket_driver.h"
#include "gcp/gcs/errors.h"
#include "gcp/gcs/protocol_buckets.h"

namespace cloudkit::inline v0::gcp::gcs {

Result<std::shared_ptr<BucketDriver>> GcsStoreDriver::bucket(std::string_view name) {
  if (auto valid = check_bucket_name(name); !valid) return std::move(valid).error();
  return std::shared_ptr<BucketDriver>(std::make_shared<GcsBucketDriver>(client_, std::string(name)));
}

Status GcsStoreDriver::create_bucket(std::string_view name, const CreateBucketOptions& options) {
  if (auto valid = check_bucket_name(name); !valid) return valid;
  const auto project = client_->project(options.context);
  if (!project) return project.error();
  const auto json = create_bucket_json(name, client_->location(), options.versioned);
  if (!json) return json.error();
  const auto build = [&](const Target& target) -> Result<http::Request> {
    return create_bucket_request(target, *project, *json);
  };
  return core::without_value(client_->send(build, options.context));
}

Status GcsStoreDriver::delete_bucket(std::string_view name, const BucketOptions& options) {
  if (auto valid = check_bucket_name(name); !valid) return valid;
  const auto build = [&](const Target& target) -> Result<http::Request> { return delete_bucket_request(target, name); };
  return core::without_value(client_->send(build, options.context));
}

Result<bool> GcsStoreDriver::bucket_exists(std::string_view name, const BucketOptions& options) {
  if (auto valid = check_bucket_name(name); !valid) return std::move(valid).error();
  const auto build = [&](const Target& target) -> Result<http::Request> {
    return look_at_bucket_request(target, name);
  };
  const auto reply = client_->send(build, options.context);
  if (reply) return true;
  if (reply.error().code == ErrorCode::not_found) return false;
  return reply.error();
}

Result<BucketPage> GcsStoreDriver::list_buckets_page(std::string_view page_token, const BucketOptions& options) {
  const auto project = client_->project(options.context);
  if (!project) return project.error();
  const auto build = [&](const Target& target) -> Result<http::Request> {
    return list_buckets_request(target, *project, page_token);
  };
  const auto reply = client_->send(build, options.context);
  if (!reply) return reply.error();
  return of_reply(parse_list_buckets(page_token, *reply), *reply);
}

}  // namespace cloudkit::inline v0::gcp::gcs
