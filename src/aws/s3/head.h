#pragma once

#include "aws/s3/client.h"

#include <cloudkit/object_types.h>

namespace cloudkit::inline v0::aws::s3 {

/// One object, by HEAD. Its replies have no body to say why they fail: after 400 and 403, which
/// can mean anything, a second request asks for the reason.
Result<http::Response> head_reply(S3Client& client, std::string_view bucket, std::string_view key,
                                  const HeadOptions& options, const Condition& condition);
Result<ObjectInfo> head_object(S3Client& client, std::string_view bucket, std::string_view key,
                               const HeadOptions& options, const Condition& condition);

/// Of an error of these: a 404 may mean the bucket or the object, and a second request asks which. Else `error`.
Error what_is_missing(S3Client& client, std::string_view bucket, std::string_view key, const HeadOptions& options,
                      const Error& error);

/// Errors: as for any reply; a bucket that does not exist is false.
Result<bool> head_bucket(S3Client& client, std::string_view bucket, const Context& context);

}  // namespace cloudkit::inline v0::aws::s3
