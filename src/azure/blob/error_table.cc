#include "azure/blob/error_table.h"

#include "core/object_rules.h"
#include "http/classify.h"

namespace cloudkit::inline v0::azure::blob {
namespace {

using Remedy = http::Failure::Remedy;

struct Row {
  std::string_view service_code;
  Meaning meaning;
};

constexpr std::string_view kLeased = "somebody holds a lease on it: wait until it ends, or break it";
constexpr std::string_view kNoRole =
    "the identity is known, but lacks a role such as Storage Blob Data Contributor, or the SAS lacks the permission";
constexpr std::string_view kWrongSas = "the SAS does not allow this: it is for other services, resources or addresses";
constexpr std::string_view kDirectories = "the account has a hierarchical namespace, which lacks this call";
constexpr std::string_view kIsDirectory = "the account has directories, and one of that name: take another key";
constexpr std::string_view kReserved = "look at the object again, and decide anew";

// https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes and
// https://learn.microsoft.com/rest/api/storageservices/common-rest-api-error-codes
constexpr Row kRows[] = {
    {"BlobNotFound",
     {ErrorCode::not_found, Remedy::none,
      "check the key: upper and lower case differ, and keys rarely begin with '/'; list shows what is there; "
      "soft-deleted objects are hidden"}},
    {"ContainerNotFound",
     {ErrorCode::not_found, Remedy::none, "check the container's name, and that the account is the right one"}},
    {"ContainerDisabled", {ErrorCode::permission_denied}},
    {"CopyIdMismatch", {ErrorCode::conflict}},
    {"ResourceNotFound",
     {ErrorCode::not_found, Remedy::none, "without credentials a private container looks like this too"}},
    {"SourceNotFound", {ErrorCode::not_found}},

    {"ContainerAlreadyExists", {ErrorCode::already_exists, Remedy::none, core::kUseExistingBucket}},
    // Of what is created anew: the name is free again after some 30 seconds.
    // https://learn.microsoft.com/rest/api/storageservices/delete-container
    {"ContainerBeingDeleted",
     {ErrorCode::unavailable, Remedy::retry_throttled,
      "the container is being deleted: its name is free again after half a minute or more"}},

    {"ConditionNotMet", {ErrorCode::precondition_failed, Remedy::none, kReserved}},
    {"TargetConditionNotMet", {ErrorCode::precondition_failed, Remedy::none, kReserved}},
    // Only If-None-Match: * is told so.
    {"BlobAlreadyExists", {ErrorCode::precondition_failed, Remedy::none, kReserved}},
    // The source of a copy has another token than it had when the copy began.
    {"SourceConditionNotMet",
     {ErrorCode::conflict, Remedy::none, "the source changed while it was copied: copy it again"}},

    {"BlobArchived",
     {ErrorCode::conflict, Remedy::none,
      "the object is archived: set its tier to Hot, Cool or Cold, and wait until it is back"}},
    {"BlobBeingRehydrated",
     {ErrorCode::conflict, Remedy::none, "the object is on its way back from the archive: that takes hours"}},
    {"BlobImmutableDueToPolicy",
     {ErrorCode::conflict, Remedy::none, "an immutability policy or a legal hold protects it"}},
    {"BlobUsesCustomerSpecifiedEncryption",
     {ErrorCode::conflict, Remedy::none, "it can be read only with the key that its writer brought"}},
    {"DirectoryIsNotEmpty", {ErrorCode::conflict, Remedy::none, kIsDirectory}},
    {"OperationNotSupportedOnDirectory", {ErrorCode::conflict, Remedy::none, kIsDirectory}},
    {"InvalidBlobType",
     {ErrorCode::conflict, Remedy::none,
      "a page or append blob is there, which only its own kind of write changes: remove it first"}},
    {"LeaseAlreadyPresent", {ErrorCode::conflict, Remedy::none, kLeased}},
    {"LeaseIdMissing", {ErrorCode::conflict, Remedy::none, kLeased}},
    {"LeaseIdMismatchWithBlobOperation", {ErrorCode::conflict, Remedy::none, kLeased}},
    {"LeaseIdMismatchWithContainerOperation", {ErrorCode::conflict, Remedy::none, kLeased}},
    {"LeaseLost", {ErrorCode::conflict, Remedy::none, kLeased}},
    {"PendingCopyOperation",
     {ErrorCode::conflict, Remedy::none, "a copy to it is under way: wait for its end, or abort it"}},
    {"SnapshotsPresent", {ErrorCode::conflict}},

    {"AccountIsDisabled", {ErrorCode::permission_denied, Remedy::none, "the storage account is disabled"}},
    {"AuthorizationFailure",
     {ErrorCode::permission_denied, Remedy::none,
      "the account's firewall keeps this address out, or the credentials do not allow this"}},
    {"AuthorizationPermissionMismatch", {ErrorCode::permission_denied, Remedy::none, kNoRole}},
    {"AuthorizationProtocolMismatch", {ErrorCode::permission_denied, Remedy::none, "the SAS is for https only"}},
    {"AuthorizationResourceTypeMismatch", {ErrorCode::permission_denied, Remedy::none, kWrongSas}},
    {"AuthorizationServiceMismatch", {ErrorCode::permission_denied, Remedy::none, kWrongSas}},
    {"AuthorizationSourceIPMismatch", {ErrorCode::permission_denied, Remedy::none, kWrongSas}},
    {"InsufficientAccountPermissions", {ErrorCode::permission_denied, Remedy::none, kNoRole}},
    {"KeyBasedAuthenticationNotPermitted",
     {ErrorCode::permission_denied, Remedy::none,
      "the account takes no keys, only Entra ID: leave the key out, and log in"}},
    {"PublicAccessNotPermitted",
     {ErrorCode::permission_denied, Remedy::none, "the account serves nobody without credentials"}},
    {"UnauthorizedBlobOverwrite",
     {ErrorCode::permission_denied, Remedy::none, "the SAS may create objects, not replace them"}},
    {"CannotVerifyCopySource",
     {ErrorCode::permission_denied, Remedy::none,
      "the service could not read the source of the copy with these credentials"}},

    // A wrong clock looks like it, and an expired token.
    {"AuthenticationFailed",
     {ErrorCode::unauthenticated, Remedy::suspect_time,
      "the key or SAS does not belong to this account, has expired, or a proxy changes requests"}},
    {"InvalidAuthenticationInfo",
     {ErrorCode::unauthenticated, Remedy::refresh_credentials,
      "the token has expired, or is for another tenant or service than https://storage.azure.com"}},
    {"ExpiredAuthenticationToken",
     {ErrorCode::unauthenticated, Remedy::refresh_credentials, "the token has expired: log in again"}},
    {"NoAuthenticationInformation",
     {ErrorCode::unauthenticated, Remedy::none, "the container is private: open it with credentials"}},

    {"InvalidBlobOrBlock",
     {ErrorCode::invalid_argument, Remedy::none,
      "parts of another program's unfinished upload, of ids with another length, are in the way: they are gone after a "
      "week, or once the object is put in one request"}},
    {"InvalidRange", {ErrorCode::invalid_argument}},
    {"RequestBodyTooLarge", {ErrorCode::invalid_argument}},
    {"BlockCountExceedsLimit", {ErrorCode::invalid_argument, Remedy::none, "an object has at most 50,000 parts"}},
    {"RequestEntityTooLargeBlockCountExceedsLimit",
     {ErrorCode::invalid_argument, Remedy::none,
      "100,000 parts that were never completed wait on this key: they are gone after a week"}},
    {"AccessTierNotSupportedForBlobType",
     {ErrorCode::invalid_argument, Remedy::none, "a storage class is one of Hot, Cool, Cold, Archive"}},

    {"APINotImplemented", {ErrorCode::unsupported, Remedy::none, "this server lacks the call"}},
    {"BlobAccessTierNotSupportedForAccountType", {ErrorCode::unsupported}},
    {"BlobApiNotYetSupportedForHierarchicalNamespaceAccounts", {ErrorCode::unsupported, Remedy::none, kDirectories}},
    {"FeatureNotYetSupportedForHierarchicalNamespaceAccounts", {ErrorCode::unsupported, Remedy::none, kDirectories}},
    {"FeatureVersionMismatch",
     {ErrorCode::unsupported, Remedy::none, "the object uses what this version of the service's interface cannot do"}},
    {"UnsupportedHeader", {ErrorCode::unsupported}},
    {"UnsupportedHttpVerb", {ErrorCode::unsupported}},
    {"UnsupportedQueryParameter", {ErrorCode::unsupported}},

    {"ServerBusy", {ErrorCode::throttled, Remedy::retry_throttled, "too many requests at once: use fewer workers"}},
    {"TooManyRequests",
     {ErrorCode::throttled, Remedy::retry_throttled, "too many requests at once: use fewer workers"}},
    {"InternalError",
     {ErrorCode::unavailable, Remedy::retry,
      "a fault of the service that repeating did not mend: try later, or quote the request id to its support"}},
    {"OperationTimedOut", {ErrorCode::timeout, Remedy::retry}},

    // Once: a bit that flipped on the way does not flip again, a wrong checksum stays wrong.
    {"Crc64Mismatch", {ErrorCode::data_loss, Remedy::retry_once, "the bytes changed on their way to the service"}},
    {"Md5Mismatch", {ErrorCode::data_loss, Remedy::retry_once, "the bytes changed on their way to the service"}},
};

}  // namespace

Meaning meaning_of(std::string_view service_code, int status) {
  // Only its status says what kept the service from the source.
  if (service_code == "CannotVerifyCopySource") {
    if (status == 404) return {ErrorCode::not_found, Remedy::none, "the source of the copy is not there any more"};
    if (status >= 500) return {ErrorCode::unavailable, Remedy::retry};
  }
  if (status == 304) return {ErrorCode::not_modified};  // With the code of a condition that did not hold.
  for (const Row& row : kRows) {
    if (row.service_code == service_code) return row.meaning;
  }
  // What else is refused with 400 is the request's own fault: InvalidMetadata, OutOfRangeInput, …
  if (status == 400 && !service_code.empty()) return {ErrorCode::invalid_argument};
  const http::Failure failure = http::classify({}, status);
  Meaning meaning{failure.error.code, failure.remedy};
  if (status == 412 && !service_code.empty()) meaning.code = ErrorCode::conflict;  // Of leases, mostly.
  if (status == 403 && service_code.empty()) {
    meaning.hint = "the credentials are wrong or expired, or nothing allows them this";
  }
  return meaning;
}

}  // namespace cloudkit::inline v0::azure::blob
