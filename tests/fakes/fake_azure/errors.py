"""The service's errors: code, status and text.

https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes
https://learn.microsoft.com/rest/api/storageservices/common-rest-api-error-codes
"""

_ERRORS = {
    "AuthenticationFailed": (403, "Server failed to authenticate the request. Make sure the value of Authorization "
                                  "header is formed correctly including the signature."),
    "AuthorizationPermissionMismatch": (403, "This request is not authorized to perform this operation using this "
                                             "permission."),
    "AuthorizationProtocolMismatch": (403, "This request is not authorized to perform this operation using this "
                                           "protocol."),
    "AuthorizationResourceTypeMismatch": (403, "This request is not authorized to perform this operation using this "
                                               "resource type."),
    "AuthorizationServiceMismatch": (403, "This request is not authorized to perform this operation using this "
                                          "service."),
    "AuthorizationSourceIPMismatch": (403, "This request is not authorized to perform this operation using this "
                                           "source IP."),
    "BlobAlreadyExists": (409, "The specified blob already exists."),
    "BlobArchived": (409, "This operation is not permitted on an archived blob."),
    "OperationNotAllowedOnRootBlob": (403, "The specified operation is not allowed on root blob."),
    "BlobBeingRehydrated": (409, "This operation is not permitted because the blob is being rehydrated."),
    "BlobNotFound": (404, "The specified blob does not exist."),
    "BlockListTooLong": (400, "The block list may not contain more than 50,000 blocks."),
    "CannotVerifyCopySource": (404, "The specified resource does not exist."),
    "ConditionNotMet": (412, "The condition specified using HTTP conditional header(s) is not met."),
    "ContainerAlreadyExists": (409, "The specified container already exists."),
    "ContainerBeingDeleted": (409, "The specified container is being deleted. Try operation later."),
    "ContainerNotFound": (404, "The specified container does not exist."),
    "CopyIdMismatch": (409, "The specified copy ID did not match the copy ID for the pending copy operation."),
    "Crc64Mismatch": (400, "The CRC64 value specified in the request did not match with the CRC64 value calculated by "
                           "the server."),
    "InsufficientAccountPermissions": (403, "The account being accessed does not have sufficient permissions to "
                                            "execute this operation."),
    "InternalError": (500, "Server encountered an internal error. Please try again after some time."),
    "InvalidAuthenticationInfo": (401, "Server failed to authenticate the request. Please refer to the information in "
                                       "the www-authenticate header."),
    "InvalidBlobOrBlock": (400, "The specified blob or block content is invalid."),
    "InvalidBlobTier": (400, "The specified blob tier is invalid."),
    "InvalidBlockList": (400, "The specified block list is invalid."),
    "InvalidHeaderValue": (400, "The value for one of the HTTP headers is not in the correct format."),
    "InvalidInput": (400, "One of the request inputs is not valid."),
    "InvalidMd5": (400, "The MD5 value specified in the request is invalid. The MD5 value must be 128 bits and "
                        "Base64-encoded."),
    "InvalidMetadata": (400, "The metadata specified is invalid. It has characters that are not permitted."),
    "InvalidQueryParameterValue": (400, "Value for one of the query parameters specified in the request URI is "
                                        "invalid."),
    "InvalidRange": (416, "The range specified is invalid for the current size of the resource."),
    "InvalidResourceName": (400, "The specified resource name contains invalid characters."),
    "InvalidUri": (400, "The requested URI does not represent any resource on the server."),
    "InvalidXmlDocument": (400, "XML specified is not syntactically valid."),
    "LeaseAlreadyPresent": (409, "There is already a lease present."),
    "LeaseIdMismatchWithBlobOperation": (412, "The lease ID specified did not match the lease ID for the blob."),
    "LeaseIdMismatchWithLeaseOperation": (409, "The lease ID specified did not match the lease ID for the blob."),
    "LeaseIdMissing": (412, "There is currently a lease on the blob and no lease ID was specified in the request."),
    "LeaseNotPresentWithBlobOperation": (412, "There is currently no lease on the blob."),
    "LeaseNotPresentWithLeaseOperation": (409, "There is currently no lease on the blob."),
    "Md5Mismatch": (400, "The MD5 value specified in the request did not match with the MD5 value calculated by the "
                         "server."),
    "MetadataTooLarge": (400, "The size of the specified metadata exceeds the maximum size permitted."),
    "MissingContentLengthHeader": (411, "The Content-Length header was not specified."),
    "MissingRequiredHeader": (400, "An HTTP header that's mandatory for this request is not specified."),
    "MissingRequiredQueryParameter": (400, "A query parameter that's mandatory for this request is not specified."),
    "NoAuthenticationInformation": (401, "Server failed to authenticate the request. Please refer to the information "
                                         "in the www-authenticate header."),
    "NoPendingCopyOperation": (409, "There is currently no pending copy operation."),
    "OperationTimedOut": (500, "The operation could not be completed within the permitted time."),
    "OutOfRangeInput": (400, "One of the request inputs is out of range."),
    "OutOfRangeQueryParameterValue": (400, "One of the query parameters specified in the request URI is outside the "
                                           "permissible range."),
    "PendingCopyOperation": (409, "There is currently a pending copy operation."),
    "RequestBodyTooLarge": (413, "The request body is too large and exceeds the maximum permissible limit."),
    "RequestEntityTooLargeBlockCountExceedsLimit": (409, "The uncommitted block count cannot exceed the maximum limit "
                                                         "of 100,000 blocks."),
    "ResourceNotFound": (404, "The specified resource does not exist."),
    "ServerBusy": (503, "The server is busy."),
    "SnapshotsPresent": (409, "This operation is not permitted while the blob has snapshots."),
    "TagsTooLarge": (400, "The tags specified exceed the maximum permissible limit."),
    "UnauthorizedBlobOverwrite": (403, "This request is not authorized to perform blob overwrites."),
    "UnsupportedHeader": (400, "One of the HTTP headers specified in the request is not supported."),
    "UnsupportedHttpVerb": (405, "The resource doesn't support specified Http Verb."),
    "UnsupportedQueryParameter": (400, "One of the query parameters specified in the request URI is not supported."),
}


class BlobError(Exception):
    """What is answered as an <Error>; `details` become its further elements, `headers` those of the reply."""

    def __init__(self, code, status=None, headers=None, **details):
        self.code = code
        usual, self.message = _ERRORS[code]
        self.status = status or usual
        self.headers = headers or {}
        self.details = details
        super().__init__(f"{code}: {self.message}")
