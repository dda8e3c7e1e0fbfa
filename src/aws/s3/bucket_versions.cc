#include "aws/s3/bucket_driver.h"
#include "aws/s3/errors.h"
#include "aws/s3/object_request.h"
#include "aws/s3/protocol_versions.h"

namespace cloudkit::inline v0::aws::s3 {

Result<VersionPage> S3BucketDriver::list_versions_page(const ListVersionsRequest& request) {
  const auto settings = client_->settings();
  if (!settings) return settings.error();
  const auto build = [&](const Target& target) { return list_versions_request(target, request, *(*settings)->quirks); };
  const auto reply = send(build, request.context);
  if (!reply) return reply.error();
  return of_reply(parse_list_versions(request, *reply), *reply);
}

Status S3BucketDriver::remove_version(std::string_view key, std::string_view version_id,
                                      const VersionOptions& options) {
  const auto build = [&](const Target& target) { return remove_version_request(target, key, version_id); };
  const auto reply = send(build, options.context);
  if (reply || object_is_missing(reply.error())) return {};
  return reply.error();
}

}  // namespace cloudkit::inline v0::aws::s3
