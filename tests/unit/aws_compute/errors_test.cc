#include "aws/ec2/errors.h"

#include "fixture.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using cloudkit::testing::Fixture;
using cloudkit::testing::kInstanceId;

namespace {

Error refused(int status, const std::string& code, const std::string& message = "m") {
  Fixture fixture;
  for (int i = 0; i < 4; ++i) fixture.refuse(status, code, message);
  return fixture.driver->stop(kInstanceId, {}).error();
}

}  // namespace

TEST_CASE("EC2's codes have their neutral meaning") {
  struct Row {
    int status;
    const char* service_code;
    ErrorCode code;
    bool retryable;
  };
  const Row rows[] = {
      {400, "InvalidInstanceID.NotFound", ErrorCode::not_found, false},
      {400, "InvalidGroup.NotFound", ErrorCode::not_found, false},
      {400, "InvalidVolume.NotFound", ErrorCode::not_found, false},
      {400, "InvalidSubnetID.NotFound", ErrorCode::not_found, false},
      {400, "VPCIdNotSpecified", ErrorCode::not_found, false},
      {400, "InvalidGroup.Duplicate", ErrorCode::already_exists, false},
      {400, "InvalidKeyPair.Duplicate", ErrorCode::already_exists, false},
      {400, "IncorrectInstanceState", ErrorCode::conflict, false},
      {400, "IncorrectState", ErrorCode::conflict, false},
      {400, "VolumeInUse", ErrorCode::conflict, false},
      {400, "OperationNotPermitted", ErrorCode::conflict, false},
      {400, "CannotDelete", ErrorCode::conflict, false},
      {400, "IdempotentParameterMismatch", ErrorCode::conflict, false},
      {400, "IdempotentInstanceTerminated", ErrorCode::conflict, false},
      {400, "DependencyViolation", ErrorCode::conflict, true},
      {400, "InvalidGroup.InUse", ErrorCode::conflict, true},
      {403, "UnauthorizedOperation", ErrorCode::permission_denied, false},
      {401, "OptInRequired", ErrorCode::permission_denied, false},
      {400, "VcpuLimitExceeded", ErrorCode::permission_denied, false},
      {400, "InstanceLimitExceeded", ErrorCode::permission_denied, false},
      {400, "SecurityGroupLimitExceeded", ErrorCode::permission_denied, false},
      {401, "AuthFailure", ErrorCode::unauthenticated, false},
      {400, "InvalidInstanceID.Malformed", ErrorCode::invalid_argument, false},
      {400, "InvalidParameterValue", ErrorCode::invalid_argument, false},
      {400, "InvalidParameterCombination", ErrorCode::invalid_argument, false},
      {400, "MissingParameter", ErrorCode::invalid_argument, false},
      {400, "FilterLimitExceeded", ErrorCode::invalid_argument, false},
      {400, "TagLimitExceeded", ErrorCode::invalid_argument, false},
      {400, "RequestResourceCountExceeded", ErrorCode::invalid_argument, false},
      {400, "Unsupported", ErrorCode::unavailable, false},
      {400, "UnsupportedOperation", ErrorCode::unsupported, false},
      {400, "PendingVerification", ErrorCode::permission_denied, false},
      {400, "ConcurrentTagAccess", ErrorCode::conflict, true},
      {400, "InsufficientFreeAddressesInSubnet", ErrorCode::unavailable, false},
      {500, "InsufficientAddressCapacity", ErrorCode::unavailable, false},
      {400, "InsufficientInstanceCapacity", ErrorCode::unavailable, false},
      {500, "InsufficientReservedInstanceCapacity", ErrorCode::unavailable, false},
      {500, "InsufficientVolumeCapacity", ErrorCode::unavailable, false},
      {500, "InsufficientInstanceCapacity", ErrorCode::unavailable, false},
      {500, "InsufficientHostCapacity", ErrorCode::unavailable, false},
      {503, "RequestLimitExceeded", ErrorCode::throttled, true},
      {503, "Unavailable", ErrorCode::unavailable, true},
      {500, "InternalError", ErrorCode::unavailable, true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.service_code);
    const Error error = refused(row.status, row.service_code);
    CHECK(error.code == row.code);
    CHECK(error.retryable == row.retryable);
    CHECK(error.service_code == row.service_code);
    CHECK(error.request_id == "r-1");
  }
}

TEST_CASE("what only time mends is repeated; what the handle waits for, or nobody can mend, is not") {
  CHECK(refused(503, "RequestLimitExceeded").attempts == 4);
  CHECK(refused(500, "InternalError").attempts == 4);
  CHECK(refused(400, "DependencyViolation").attempts == 1);
  CHECK(refused(500, "InsufficientInstanceCapacity").attempts == 1);
  CHECK(refused(500, "InsufficientVolumeCapacity").attempts == 1);
}

TEST_CASE("refusals say what to do") {
  CHECK(refused(500, "InsufficientInstanceCapacity").hint ==
        "there is no room for this type now: try another zone or another type");
  CHECK(refused(400, "VcpuLimitExceeded").hint ==
        "a quota of the account is reached: destroy what is not needed, or have it raised by Service Quotas");
  CHECK(refused(400, "VPCIdNotSpecified").hint ==
        "the region has no default VPC: name a network and a subnet, or make one: aws ec2 create-default-vpc");
  CHECK(refused(400, "DependencyViolation").hint ==
        "something still uses it: a machine that ends lets go after some minutes; the rules of another firewall may "
        "name it as their peer");
  CHECK(refused(400, "IdempotentParameterMismatch").hint ==
        "this token made a machine of other values: take another token");
  CHECK(refused(400, "IdempotentInstanceTerminated").hint == "the machine of this token is gone: take another token");
  CHECK(refused(400, "InvalidInstanceID.NotFound").hint == "ids are per region; region is us-west-2");
  CHECK(refused(400, "InvalidParameterValue").hint.empty());
}

TEST_CASE("an instance profile that is not known yet, or has no role yet, may come") {
  const std::string value = "Value (web) for parameter iamInstanceProfile.name is invalid. ";
  for (const char* why :
       {"Invalid IAM Instance Profile name", "IAM Instance Profile \"web\" has no associated IAM Roles"}) {
    CAPTURE(why);
    const Error error = refused(400, "InvalidParameterValue", value + why);
    CHECK(error.code == ErrorCode::not_found);
    CHECK(error.retryable);
    CHECK(error.hint == "an instance profile, which is not the role in it, is known some seconds after it was made");
  }
}

TEST_CASE("another account's image is not to be had, whoever asks; that is no matter of credentials") {
  const Error error = refused(401, "AuthFailure", "Not authorized for images: [ami-1]");
  CHECK(error.code == ErrorCode::permission_denied);
  CHECK_FALSE(error.retryable);
  CHECK(error.attempts == 1);
  CHECK(error.hint ==
        "the image is another account's, who shares it with nobody: is its id right, and of this region?");
}

TEST_CASE("who may not is told what is missing, and not the encoded reason") {
  const Error error = refused(
      403, "UnauthorizedOperation",
      "You are not authorized to perform this operation. User: arn:aws:iam::123456789012:user/u is not authorized to "
      "perform: ec2:StopInstances on resource: arn:aws:ec2:us-west-2:123456789012:instance/i-1 because no "
      "identity-based policy allows the ec2:StopInstances action. Encoded authorization failure message: "
      "cktest-encoded-1");
  CHECK(error.code == ErrorCode::permission_denied);
  CHECK(error.to_string().find("cktest-encoded-1") == std::string::npos);
  CHECK(error.message.ends_with("allows the ec2:StopInstances action."));
  CHECK(error.hint.find("may lack ec2:StopInstances") != std::string::npos);
}

TEST_CASE("bodies that are no XML survive") {
  for (const char* body :
       {"", "<html><h1>Internal Server Error</h1>", "<!doctype html><html></html>", "\xFF\xFE", "<Response><Errors>",
        "<Response><Errors><Error><Code/></Error></Errors></Response>", "{\"message\":\"m\"}"}) {
    CAPTURE(body);
    Fixture fixture;
    for (int i = 0; i < 4; ++i) fixture.then(500, body);
    const Error error = fixture.driver->stop(kInstanceId, {}).error();
    CHECK(error.code == ErrorCode::unavailable);
    CHECK(error.message == "the service answered 500 and gave no reason");
    CHECK(error.attempts == 4);
  }
}
