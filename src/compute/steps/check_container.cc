#include "compute/cidr.h"
#include "compute/steps/check.h"
#include "compute/steps/text.h"
#include "core/check_text.h"
#include "core/fail.h"

#include <fmt/format.h>

#include <set>

namespace cloudkit::inline v0::compute::steps {
namespace {

using core::in_quotes;
using core::invalid_argument;

// A line of an --env-file, which both engines read line by line.
constexpr std::size_t kLongestVariable = std::size_t{32} << 10;

bool is_engine_name(std::string_view name) {
  return name.size() > 1 && core::is_made_of(name, "_.-", 128) && core::is_alphanumeric(name.front());
}

Status check_port(const PublishedPort& port) {
  const auto is_port = [](int number) { return number >= 1 && number <= 65535; };
  if (!is_port(port.machine) || !is_port(port.container)) {
    return invalid_argument(fmt::format("ports are 1 to 65535, not {} and {}", port.machine, port.container));
  }
  const bool is_ipv6 = port.address.find(':') != std::string::npos;
  if (port.address.empty() || parse_cidr(port.address + (is_ipv6 ? "/128" : "/32"))) return {};
  return invalid_argument(fmt::format("{} is no IP address", in_quotes(port.address)));
}

// A value may be a secret: no message shows it.
Status check_container_variable(const std::string& name, const std::string& value) {
  if (!core::is_made_of(name, "_.-", 256) || core::is_digit(name.front())) {
    return invalid_argument(fmt::format("{} is no name of a variable", in_quotes(name)));
  }
  if (name.size() + value.size() > kLongestVariable) {
    return invalid_argument(fmt::format("the variable {} has more than {} bytes", name, kLongestVariable),
                            "put it into a file, and that into a volume");
  }
  if (is_clean_line(value)) return {};
  return invalid_argument(fmt::format("the value of the variable {} is not UTF-8 on one line", name),
                          "put it into a file, and that into a volume");
}

Status check_mount_path(std::string_view path) {
  if (path.find_first_of(":,") != std::string_view::npos) {
    return invalid_argument(fmt::format("{} holds a ':' or a ',', which volumes cannot", in_quotes(path)));
  }
  return check_path(path);
}

Status check_volume(const ContainerVolume& volume) {
  if (!volume.source.starts_with('/') && !is_engine_name(volume.source)) {
    return invalid_argument(
        fmt::format("{} is neither an absolute path nor a name of a volume", in_quotes(volume.source)));
  }
  if (volume.source.starts_with('/')) {
    if (auto ok = check_mount_path(volume.source); !ok) return ok;
  }
  return check_mount_path(volume.target);
}

Status check_image(const ContainerStep& step) {
  const std::string& image = step.image;
  if (!core::is_made_of(image, "._/:@-", 512) || !core::is_alphanumeric(image.front())) {
    return invalid_argument(fmt::format("{} is no name of an image", in_quotes(image)),
                            "such as docker.io/library/nginx:1.27");
  }
  if (!step.ecr_login || !ecr_registry(image).host.empty()) return {};
  return invalid_argument(fmt::format("the image {} is in no registry of Amazon ECR", in_quotes(image)),
                          "such as 123456789012.dkr.ecr.us-west-2.amazonaws.com/app:1; else leave ecr_login out");
}

}  // namespace

// https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html
EcrRegistry ecr_registry(std::string_view image) {
  const std::string_view host = image.substr(0, image.find('/'));
  if (host.size() == image.size()) return {};
  for (const std::string_view infix : {".dkr.ecr.", ".dkr.ecr-fips.", ".dkr-ecr.", ".dkr-ecr-fips."}) {
    const auto at = host.find(infix);
    if (at == std::string_view::npos) continue;
    const auto region = host.substr(at + infix.size(), host.find('.', at + infix.size()) - at - infix.size());
    const auto suffix = host.substr(at + infix.size() + region.size());
    const bool ours = suffix == ".amazonaws.com" || suffix == ".amazonaws.com.cn" || suffix == ".on.aws";
    const bool account = at == 12 && core::is_made_of(host.substr(0, at), "", 12) &&
                         host.substr(0, at).find_first_not_of("0123456789") == std::string_view::npos;
    if (ours && account && core::is_made_of(region, "-", 32)) return {std::string(host), std::string(region)};
  }
  return {};
}

Status check(const ContainerStep& step) {
  if (step.name.ends_with(".old")) {
    return invalid_argument(fmt::format("{} is how the predecessor of a container is called", in_quotes(step.name)));
  }
  if (!is_engine_name(step.name)) {
    return invalid_argument(fmt::format("{} is no name of a container: two or more letters, digits, '_', '.' and '-'",
                                        in_quotes(step.name)));
  }
  if (auto ok = check_image(step); !ok) return ok;
  for (const PublishedPort& port : step.ports) {
    if (auto ok = check_port(port); !ok) return ok;
  }
  for (const auto& [name, value] : step.environment) {
    if (auto ok = check_container_variable(name, value); !ok) return ok;
  }
  std::set<std::string> targets;
  for (const ContainerVolume& volume : step.volumes) {
    if (auto ok = check_volume(volume); !ok) return ok;
    if (!targets.insert(volume.target).second) {
      return invalid_argument(fmt::format("two volumes have the target {}", in_quotes(volume.target)));
    }
  }
  for (const std::string& argument : step.arguments) {
    if (!is_clean_text(argument)) return invalid_argument("an argument is not UTF-8, or holds a control character");
  }
  return {};
}

}  // namespace cloudkit::inline v0::compute::steps
