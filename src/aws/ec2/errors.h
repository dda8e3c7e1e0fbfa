#pragma once

#include <cloudkit/driver/http.h>

#include <optional>

namespace cloudkit::inline v0::aws::ec2 {

/// The `http::Classifier` of EC2: with what to do, and `retryable` what the caller should try again after a while,
/// which is not repeated here. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
std::optional<http::Failure> classify_reply(const http::Request& request, const http::Response& response,
                                            bool receiver_took_body);

/// Where a VPC is needed, and neither named nor there by default.
inline constexpr std::string_view kNoDefaultVpc =
    "the region has no default VPC: name a network and a subnet, or make one: aws ec2 create-default-vpc";

}  // namespace cloudkit::inline v0::aws::ec2
