#pragma once

#include "aws/ec2/wire.h"

#include <cloudkit/driver/compute.h>

#include <string_view>

/// Disks. https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-lifecycle.html
namespace cloudkit::inline v0::aws::ec2 {

service::Call create_volume(const VolumeSpec& spec);
service::Call describe_volume(std::string_view id);
service::Call describe_volumes(std::string_view page_token, int page_size);
service::Call attach_volume(std::string_view volume, std::string_view instance, std::string_view device);
service::Call detach_volume(std::string_view volume);
service::Call delete_volume(std::string_view volume);

/// Errors: `unknown`.
Result<Volume> read_created_volume(const http::Response& response);
Result<VolumePage> read_volumes(const http::Response& response);

}  // namespace cloudkit::inline v0::aws::ec2
