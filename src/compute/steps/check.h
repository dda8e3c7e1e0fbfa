#pragma once

#include <cloudkit/cloud_init.h>
#include <cloudkit/result.h>

#include <string>
#include <string_view>
#include <vector>

namespace cloudkit::inline v0::compute::steps {

struct CheckedStep {
  std::string label = {};  ///< "file /etc/nginx/nginx.conf": unlike that of any other step.
  MachineStep step = {};
};

/// What can be rendered: local files read, steps that say the same thing twice taken once. Errors: `invalid_argument`
/// and `io`, naming the step.
Result<std::vector<CheckedStep>> check_steps(const std::vector<MachineStep>& steps);

/// "package nginx"; of a command without a name only what it is.
std::string label_of(const MachineStep& step);

// One for each kind, without what it has to do with others.
Status check(const PackageStep& step);
Status check(const FileStep& step);
Status check(const DirectoryStep& step);
Status check(const CommandStep& step);
Status check(const ServiceStep& step);
Status check(const UserStep& step);
Status check(const ContainerStep& step);

/// Contents are held in memory. Larger ones would be slow everywhere, and too large for user data anyway.
constexpr std::size_t kLargestFile = std::size_t{16} << 20;

/// The file with which a user gets sudo's rights.
std::string sudoers_path(const UserStep& step);

/// The service to restart when a step changes something. Empty: none.
std::string_view service_of(const MachineStep& step) noexcept;

/// An absolute path in one spelling, which reports can show.
Status check_path(std::string_view path);

/// The registry of Amazon ECR that an image is in, and its region. Empty: it is in none.
struct EcrRegistry {
  std::string host = {};
  std::string region = {};
};
EcrRegistry ecr_registry(std::string_view image);

}  // namespace cloudkit::inline v0::compute::steps
