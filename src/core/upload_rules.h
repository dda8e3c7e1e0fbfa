#pragma once

#include <cloudkit/driver/object_store.h>

#include <string_view>
#include <vector>

/// What drivers decide of uploads in parts: the embedded ones all, where a service would.
namespace cloudkit::inline v0::core {

/// The service code that S3 uses, and that all drivers tell.
inline constexpr std::string_view kNoSuchUpload = "NoSuchUpload";
/// `not_found`, with that service code.
Error no_such_upload();

/// What is known when a part is sent, in an upload that has `stored`, by ascending number.
/// Errors: `invalid_argument`.
Status check_part(const UploadLimits& limits, const std::vector<UploadPart>& stored, const PutPartRequest& request,
                  std::uint64_t size);

/// Whether `named` are parts by ascending number, and at least one. Errors: `invalid_argument`.
Status check_part_order(const std::vector<UploadPart>& named);

/// Whether `named` can become an object: some of `stored`, both by ascending number. Only now it
/// is known which part is the last. Errors: `invalid_argument`, with the service codes of S3.
Status check_parts(const UploadLimits& limits, const std::vector<UploadPart>& stored,
                   const std::vector<UploadPart>& named);

/// The bytes of an object of `size` that become a part: a range with a length, within the object.
/// Errors: `invalid_argument`.
Status check_part_range(const ByteRange& range);
Status check_part_range(const ByteRange& range, std::uint64_t size);

/// One page of `uploads`, which are all that there are: by key, then by id, which grows with age.
/// Errors: `invalid_argument` for a page token that is not one.
Result<UploadPage> fill_upload_page(std::vector<UploadEntry> uploads, std::string_view page_token,
                                    std::size_t page_size = 1000);

/// The part with this number, or null.
const UploadPart* find_part(const std::vector<UploadPart>& parts, int number);

}  // namespace cloudkit::inline v0::core
