#pragma once

#include "aws/ec2/wire.h"

#include <cloudkit/compute_types.h>

#include <string_view>
#include <vector>

/// Key pairs. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-key-pairs.html
namespace cloudkit::inline v0::aws::ec2 {

service::Call import_key_pair(std::string_view name, std::string_view public_key);
service::Call describe_key_pairs();
service::Call delete_key_pair(std::string_view name);

/// Errors: `unknown`.
Result<KeyPair> read_imported_key(const http::Response& response);
Result<std::vector<KeyPair>> read_key_pairs(const http::Response& response);

}  // namespace cloudkit::inline v0::aws::ec2
