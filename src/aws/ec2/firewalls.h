#pragma once

#include "aws/ec2/wire.h"

#include <cloudkit/driver/compute.h>

#include <string>
#include <string_view>
#include <vector>

/// Security groups: arguments to calls, replies to values.
/// https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
namespace cloudkit::inline v0::aws::ec2 {

service::Call create_security_group(const FirewallSpec& spec);
service::Call describe_security_group(std::string_view id);
/// `name` and `network` empty: any.
service::Call describe_security_groups(std::string_view name, std::string_view network, std::string_view page_token,
                                       int page_size);
service::Call delete_security_group(std::string_view id);
/// Those with this group: of machines, load balancers, databases, endpoints.
/// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkInterfaces.html
service::Call describe_network_interfaces(std::string_view group);
service::Call describe_default_vpc();

/// Each of `rules` has this direction, and one CIDR or one peer: a group's id, or a prefix list's.
service::Call authorize_rules(std::string_view group, Direction direction, const std::vector<FirewallRule>& rules);
service::Call revoke_rules(std::string_view group, Direction direction, const std::vector<FirewallRule>& rules);

/// These return `unknown` for what is no such reply.
Result<std::string> read_created_group(const http::Response& response);
/// Each rule with one CIDR or one peer.
Result<FirewallPage> read_security_groups(const http::Response& response);
/// Whether there is any.
Result<bool> read_network_interfaces(const http::Response& response);
/// Empty where there is none.
Result<std::string> read_default_vpc(const http::Response& response);
/// What was to be revoked and the service did not know. That is no refusal.
struct Revoked {
  bool all = true;
  std::vector<FirewallRule> unknown = {};  ///< May be empty where the service does not say which.
};
Result<Revoked> read_revoked(const http::Response& response, Direction direction);
Status read_authorized(const http::Response& response, Direction direction);

}  // namespace cloudkit::inline v0::aws::ec2
