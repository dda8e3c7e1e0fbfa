#pragma once

#include "azure/blob/checksum.h"
#include "azure/blob/request.h"

#include <cloudkit/driver/http.h>
#include <cloudkit/driver/object_store.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Uploads in blocks. Nothing is begun and nothing aborted: blocks wait beside the blob, for a week, until a list of
/// them is committed. https://learn.microsoft.com/rest/api/storageservices/put-block-list
namespace cloudkit::inline v0::azure::blob {

/// An upload is the prefix of its blocks' ids, so that two writers of one key do not mix theirs.
std::string new_upload();
/// All ids have one length, as those of a blob must. Errors: `invalid_argument` for an upload that `new_upload` did not
/// make, or a number that is not 1 to 50,000.
Result<std::string> block_id(std::string_view upload, int number);
/// Nothing for an id that is not of the upload.
std::optional<int> number_of_block(std::string_view upload, std::string_view id);

/// https://learn.microsoft.com/azure/storage/blobs/scalability-targets
UploadLimits block_limits() noexcept;

Result<http::Request> put_block_request(const Target& target, const PutPartRequest& part, const Source& source,
                                        const Digest& digest);

std::string block_list_body(const std::vector<UploadPart>& parts);
/// `body` must outlive the request. Headers and metadata are those of `options`: none of before stay.
Result<http::Request> commit_request(const Target& target, std::string_view key, std::string_view body,
                                     const Digest& digest, const PutOptions& options);

Result<http::Request> list_blocks_request(const Target& target, std::string_view key);
/// Those of the upload, by ascending number. Errors: `unknown`; `not_found`, as of an upload that nobody knows, when
/// the blob already has blocks of it: it was completed.
Result<std::vector<UploadPart>> parse_blocks(std::string_view upload, const http::Response& response);

}  // namespace cloudkit::inline v0::azure::blob
