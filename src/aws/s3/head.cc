#include "aws/s3/head.h"

#include "aws/s3/errors.h"
#include "aws/s3/protocol_buckets.h"
#include "aws/s3/protocol_listing.h"
#include "aws/s3/protocol_objects.h"

#include <algorithm>
#include <array>
#include <optional>

namespace cloudkit::inline v0::aws::s3 {
namespace {

bool refused_without_reason(const Error& error) noexcept {
  return error.service_code.empty() && (error.http_status == 400 || error.http_status == 403);
}

// An answer about the object: whoever gets it was not refused.
bool is_answer(const Error& error) noexcept {
  constexpr std::array kAnswers = {304, 404, 412, 416};  // 416: of an empty object no byte can be had.
  return std::find(kAnswers.begin(), kAnswers.end(), error.http_status) != kAnswers.end();
}

// The same as HEAD, of one byte: a reply that has a body to say why it fails.
Result<http::Response> ask_by_get(S3Client& client, std::string_view bucket, std::string_view key,
                                  const HeadOptions& options, const Condition& condition) {
  GetOptions get;
  get.range = ByteRange{0, 1};
  get.condition = condition;
  get.version_id = options.version_id;
  Quirks quirks;
  quirks.conditional_get = true;
  return client.send(
      bucket, [&](const Target& target) { return get_request(target, key, get, quirks); }, options.context);
}

// The reason why HEAD was refused. Nothing when GET is not refused: then the reason was one that the client could mend,
// such as expired credentials.
std::optional<Error> reason_of_refusal(S3Client& client, std::string_view bucket, std::string_view key,
                                       const HeadOptions& options, const Condition& condition, const Error& refusal) {
  const auto reply = ask_by_get(client, bucket, key, options, condition);
  if (reply || is_answer(reply.error())) return std::nullopt;
  return reply.error().service_code.empty() ? refusal : reply.error();
}

}  // namespace

Result<http::Response> head_reply(S3Client& client, std::string_view bucket, std::string_view key,
                                  const HeadOptions& options, const Condition& condition) {
  const auto send = [&] {
    return client.send(
        bucket, [&](const Target& target) { return head_request(target, key, options, condition, client.quirks()); },
        options.context);
  };
  auto reply = send();
  if (!reply && refused_without_reason(reply.error())) {
    if (auto reason = reason_of_refusal(client, bucket, key, options, condition, reply.error()))
      return *std::move(reason);
    reply = send();
  }
  return reply;
}

Error what_is_missing(S3Client& client, std::string_view bucket, std::string_view key, const HeadOptions& options,
                      const Error& error) {
  if (error.http_status != 404 || !error.service_code.empty()) return error;
  const auto reply = ask_by_get(client, bucket, key, options, {});
  return !reply && reply.error().code == ErrorCode::not_found ? reply.error() : error;
}

Result<ObjectInfo> head_object(S3Client& client, std::string_view bucket, std::string_view key,
                               const HeadOptions& options, const Condition& condition) {
  const auto reply = head_reply(client, bucket, key, options, condition);
  if (!reply) return reply.error();
  return of_reply(parse_head(key, *reply), *reply);
}

Result<bool> head_bucket(S3Client& client, std::string_view bucket, const Context& context) {
  const auto settings = client.settings();
  if (!settings) return settings.error();
  const auto head = client.manage(
      bucket, [](const Target& target) -> Result<http::Request> { return head_bucket_request(target); }, context);
  if (head) return true;
  const Error& error = head.error();
  if (error.code == ErrorCode::not_found) return false;
  // It is in a region that the reply does not name.
  if (error.http_status == 301) return true;
  if (!refused_without_reason(error)) return error;
  ListPageRequest nothing;
  nothing.page_size = 0;
  const auto list = client.manage(
      bucket,
      [&](const Target& target) -> Result<http::Request> {
        return list_request(target, nothing, *(*settings)->quirks);
      },
      context);
  if (list) return true;
  if (list.error().code == ErrorCode::not_found) return false;
  return list.error().service_code.empty() ? error : list.error();
}

}  // namespace cloudkit::inline v0::aws::s3
