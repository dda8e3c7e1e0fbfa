#include "azure/blob/store_driver.h"

#include "azure/blob/bucket_driver.h"
#include "azure/blob/errors.h"
#include "azure/blob/protocol_containers.h"
#include "azure/blob/protocol_listing.h"
#include "core/fail.h"
#include "core/object_rules.h"
#include "core/without_value.h"

namespace cloudkit::inline v0::azure::blob {

Result<std::shared_ptr<BucketDriver>> BlobStoreDriver::bucket(std::string_view name) {
  if (auto valid = check_container_name(name); !valid) return std::move(valid).error();
  return std::shared_ptr<BucketDriver>(std::make_shared<BlobBucketDriver>(client_, std::string(name)));
}

Status BlobStoreDriver::create_bucket(std::string_view name, const CreateBucketOptions& options) {
  if (auto valid = check_container_name(name); !valid) return valid;
  if (options.versioned) {
    return core::unsupported("Azure keeps versions for a whole account, not for a container",
                             "switch on blob versioning of the storage account");
  }
  const auto build = [](const Target& target) -> Result<http::Request> { return create_container_request(target); };
  return core::without_value(client_->send(name, build, options.context));
}

// Azure deletes a container with all that it holds. Between look and deletion somebody may still write to it.
Status BlobStoreDriver::delete_bucket(std::string_view name, const BucketOptions& options) {
  if (auto valid = check_container_name(name); !valid) return valid;
  const auto empty = is_empty(name, options.context);
  if (!empty.has_value()) return empty.error();
  if (!*empty) {
    Error error = core::bucket_not_empty(name);
    error.hint += "; snapshots, earlier versions and parts of unfinished uploads count too, which no list shows";
    return error;
  }
  const auto build = [](const Target& target) -> Result<http::Request> { return delete_container_request(target); };
  return core::without_value(client_->send(name, build, options.context));
}

Result<bool> BlobStoreDriver::is_empty(std::string_view name, const Context& context) {
  ListPageRequest request;
  request.context = context;
  do {
    const auto build = [&](const Target& target) -> Result<http::Request> {
      return list_request(target, request, Everything::yes);
    };
    const auto reply = client_->send(name, build, context);
    if (!reply) return reply.error();
    auto page = of_reply(parse_list(request, *reply), *reply);
    if (!page) return std::move(page).error();
    if (!page->entries.empty()) return false;
    request.page_token = std::move(page->next_page_token);
  } while (!request.page_token.empty());
  return true;
}

Result<bool> BlobStoreDriver::bucket_exists(std::string_view name, const BucketOptions& options) {
  if (auto valid = check_container_name(name); !valid) return std::move(valid).error();
  const auto build = [](const Target& target) -> Result<http::Request> { return head_container_request(target); };
  const auto reply = client_->send(name, build, options.context);
  if (reply) return true;
  if (reply.error().code == ErrorCode::not_found) return false;
  return reply.error();
}

Result<BucketPage> BlobStoreDriver::list_buckets_page(std::string_view page_token, const BucketOptions& options) {
  const auto build = [&](const Target& target) -> Result<http::Request> {
    return list_containers_request(target, page_token);
  };
  const auto reply = client_->send({}, build, options.context);
  if (!reply) return reply.error();
  return of_reply(parse_list_containers(page_token, *reply), *reply);
}

}  // namespace cloudkit::inline v0::azure::blob
