#pragma once

#include "aws/ec2/wire.h"

#include <cloudkit/driver/compute.h>

#include <string>
#include <string_view>
#include <vector>

/// Machines: arguments to calls, replies to values.
/// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Operations.html
namespace cloudkit::inline v0::aws::ec2 {

/// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions
inline constexpr int kMostTags = 50;

/// Each machine has the tag `Name`, where it has a name. Errors: `invalid_argument` for a tag `Name` that is another
/// one, or a tag too many.
Result<Tags> tags_of(const InstanceSpec& spec);

/// `root_device`: the image's, "/dev/xvda"; only needed with `InstanceSpec::disk_gib`. Errors: those of `tags_of`.
Result<service::Call> run_instances(const InstanceSpec& spec, std::string_view root_device);
service::Call describe_instance(std::string_view id);
service::Call describe_instances(const InstanceFilter& filter, std::string_view page_token, int page_size);
/// False for states that no machine has here.
bool can_match(const InstanceFilter& filter);

service::Call start_instance(std::string_view id);
service::Call stop_instance(std::string_view id);
service::Call reboot_instance(std::string_view id);
service::Call terminate_instance(std::string_view id);

service::Call get_console_output(std::string_view id);
service::Call create_tags(std::string_view id, const Tags& tags);
service::Call delete_tags(std::string_view id, const std::vector<std::string>& keys);

/// These return `unknown` for what is no such reply.
Result<Instance> read_launched(const http::Response& response);
Result<InstancePage> read_instances(const http::Response& response);
/// Only id and state are known.
Result<Instance> read_terminated(const http::Response& response);
/// As the machine printed it: any bytes.
Result<std::string> read_console_output(const http::Response& response);

}  // namespace cloudkit::inline v0::aws::ec2
