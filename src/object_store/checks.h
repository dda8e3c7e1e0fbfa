#pragma once

#include <cloudkit/object_types.h>
#include <cloudkit/result.h>

#include <string_view>

/// What every backend would refuse, refused before any I/O and in the same words.
namespace cloudkit::inline v0::object_store {

/// What S3 takes in all, names and values, and what every other backend can hold:
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
inline constexpr std::size_t kMaxMetadataSize = 2048;
std::size_t metadata_size(const Metadata& metadata);

/// `key` is whole, with the handle's prefix.
Status check_key(std::string_view key, const Capabilities& capabilities);
/// For list prefixes and start-after: any UTF-8, empty too.
Status check_listing_text(std::string_view what, std::string_view text);
/// Errors: not 1 to 1000.
Status check_page_size(int page_size);
/// Checks, and folds metadata names to lower case.
Result<PutOptions> check_put(const PutOptions& options, const Capabilities& capabilities);
/// Only files have an identity that a later program could compare.
Status check_no_resume(const TransferOptions& options);
Status check_version(std::string_view version_id, const Capabilities& capabilities);
Status check_get(const GetOptions& options, const Capabilities& capabilities);
Status check_remove(const RemoveOptions& options, const Capabilities& capabilities);
Result<CopyOptions> check_copy(std::string_view to, const CopyOptions& options, const Capabilities& capabilities);
/// Checks, folds metadata names, and guesses a content type that is replaced by an empty one.
Result<SetMetadataOptions> check_set_metadata(std::string_view key, const SetMetadataOptions& options,
                                              const Capabilities& capabilities);
Error no_tags();
Status check_tags(const Tags& tags);
Status check_presign(const PresignOptions& options, const Capabilities& capabilities);

}  // namespace cloudkit::inline v0::object_store
