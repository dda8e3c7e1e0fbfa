#include "aws/s3/bucket_driver.h"
#include "aws/s3/errors.h"
#include "aws/s3/protocol_bulk.h"
#include "core/fail.h"

namespace cloudkit::inline v0::aws::s3 {

Result<std::vector<RemoveFailure>> S3BucketDriver::remove_many(std::span<const std::string> keys,
                                                               const RemoveManyOptions& options) {
  const auto settings = client_->settings();
  if (!settings) return settings.error();
  std::vector<std::string> named;
  std::vector<RemoveFailure> unnamed;
  for (const std::string& key : keys) {
    if (can_be_named_in_xml(key)) {
      named.push_back(key);
    } else {
      unnamed.push_back({key, core::unsupported("a request for many keys cannot name this one")});
    }
  }
  if (named.empty()) return unnamed;

  const std::string body = remove_many_body(named);
  const auto build = [&](const Target& target) -> Result<http::Request> {
    return remove_many_request(target, body, *(*settings)->quirks);
  };
  const auto reply = send(build, options.context);
  if (!reply) return reply.error();
  auto failures = of_reply(parse_remove_many(named, *reply), *reply);
  if (failures) failures->insert(failures->end(), unnamed.begin(), unnamed.end());
  return failures;
}

}  // namespace cloudkit::inline v0::aws::s3
