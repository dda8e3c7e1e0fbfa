#pragma once

#include <cloudkit/compute.h>
#include <cloudkit/result.h>

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// What no backend could do, refused before any I/O, with the rule.
namespace cloudkit::inline v0::compute {

/// The first that failed, or success.
Status all_of(std::initializer_list<Status> checks);
/// Says what the backend does not offer, as the driver's default would.
Status check_offered(bool offered, std::string_view what);

Status check_spec(const InstanceSpec& spec, const ComputeCapabilities& able);
Status check_tags(const std::map<std::string, std::string>& tags, const ComputeCapabilities& able);
Status check_tag_names(const std::vector<std::string>& names);
Status check_token(std::string_view token);

/// Whatever a provider may have made an id: `what` is "machine", "zone", ….
Status check_reference(std::string_view what, std::string_view id);
/// Whatever others may have called a thing: "My Server".
Status check_given_name(std::string_view what, std::string_view name);
Status check_filter(const InstanceFilter& filter);
/// A state that stays is waited for.
Status check_wanted(InstanceState state);

Status check_firewall(const FirewallSpec& spec, const ComputeCapabilities& able);
Status check_rules(const std::vector<FirewallRule>& rules);

Status check_key_name(std::string_view name);
Status check_volume(const VolumeSpec& spec, const ComputeCapabilities& able);
Status check_device(std::string_view device);

Status check_command(std::string_view script, std::chrono::seconds timeout, const ComputeCapabilities& able);
Status check_hosts(const std::vector<std::string>& ids, const std::vector<RunStep>& steps, const RunAllOptions& options,
                   const ComputeCapabilities& able);
/// Of a script.
Status check_timeout(std::chrono::seconds timeout, const ComputeCapabilities& able);
Status check_target(std::string_view path, int mode);
Status check_probe(const ReadyProbe& probe, const ComputeCapabilities& able);

}  // namespace cloudkit::inline v0::compute
