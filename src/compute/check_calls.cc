#include "compute/check_names.h"
#include "compute/checks.h"
#include "compute/probe.h"
#include "core/check_text.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/without_value.h"
#include "http/parse_url.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace cloudkit::inline v0::compute {
namespace {

using core::in_quotes;
using core::invalid_argument;

// ARNs of instance profiles are the longest:
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_InstanceProfile.html
constexpr std::size_t kLongestReference = 2048;
// Linux's PATH_MAX, which counts the NUL.
constexpr std::size_t kLongestPath = 4095;
// https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-types.html
constexpr int kLargestVolume = 65'536;

bool has_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

}  // namespace

// Printable, and no option of a program that it may be handed to.
Status check_reference(std::string_view what, std::string_view id) {
  if (id.empty()) return invalid_argument(fmt::format("the {} that is named is empty", what));
  const bool printable = std::all_of(id.begin(), id.end(), [](char c) { return c > ' ' && c < 0x7F; });
  if (printable && id.size() <= kLongestReference && id.front() != '-') return {};
  return invalid_argument(fmt::format("{} is no name or id of a {}", in_quotes(id), what));
}

Status check_given_name(std::string_view what, std::string_view name) {
  if (name.empty()) return invalid_argument(fmt::format("the {} that is named is empty", what));
  const bool printable = core::is_valid_utf8(name) && !core::has_control_character(name);
  const bool blank = name.find_first_not_of(' ') == std::string_view::npos;
  if (printable && !blank && name.size() <= kLongestReference && name.front() != '-') return {};
  return invalid_argument(fmt::format("{} is no name or id of a {}", in_quotes(name), what));
}

Status check_wanted(InstanceState state) {
  if (state != InstanceState::pending && state != InstanceState::stopping && state != InstanceState::unknown) return {};
  return invalid_argument(fmt::format("{} passes between two looks, and cannot be waited for", to_string(state)),
                          "wait for what it leads to: running, stopped, terminated");
}

Status check_filter(const InstanceFilter& filter) {
  if (!filter.name.empty()) {
    if (auto ok = check_given_name("machine", filter.name); !ok) return ok;
  }
  for (const std::string& id : filter.ids) {
    if (auto ok = check_reference("machine", id); !ok) return ok;
  }
  for (const auto& [name, value] : filter.tags) {
    if (name.empty()) return invalid_argument("a tag has no name");
    if (!core::is_valid_utf8(name) || !core::is_valid_utf8(value) || has_nul(name) || has_nul(value)) {
      return invalid_argument(fmt::format("the tag {} is not UTF-8, or holds a NUL byte", in_quotes(name)));
    }
  }
  return check_token(filter.token);
}

Status check_key_name(std::string_view name) {
  return check_name("key pair", name, "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ImportKeyPair.html");
}

Status check_volume(const VolumeSpec& spec, const ComputeCapabilities& able) {
  if (auto offered = check_offered(able.volumes, "volumes"); !offered) return offered;
  if (spec.size_gib < 1 || spec.size_gib > kLargestVolume) {
    return invalid_argument(fmt::format("size_gib is 1 to {}, not {}", kLargestVolume, spec.size_gib),
                            "https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-types.html");
  }
  if (spec.zone.empty()) {
    return invalid_argument("the volume has no zone", "a machine reaches volumes of its own zone: Instance::zone");
  }
  return all_of({check_reference("zone", spec.zone), spec.type.empty() ? Status() : check_reference("type", spec.type),
                 check_tags(spec.tags, able), check_token(spec.token)});
}

Status check_device(std::string_view device) {
  if (!device.empty()) return check_reference("device", device);
  return invalid_argument("the device is empty",
                          "\"/dev/sdf\" to \"/dev/sdp\": "
                          "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/device_naming.html");
}

Status check_command(std::string_view script, std::chrono::seconds timeout, const ComputeCapabilities& able) {
  if (auto offered = check_offered(able.commands, "commands"); !offered) return offered;
  if (script.empty()) return invalid_argument("the script is empty");
  if (has_nul(script)) return invalid_argument("the script holds a NUL byte, at which a shell would end it");
  if (able.max_script > 0 && script.size() > able.max_script) {
    return invalid_argument(fmt::format("the script has {} bytes, more than {}", script.size(), able.max_script),
                            "copy_file brings a longer one to the machine, and a short one runs it");
  }
  return check_timeout(timeout, able);
}

Status check_timeout(std::chrono::seconds timeout, const ComputeCapabilities& able) {
  const auto least = std::max(able.min_command_timeout, std::chrono::seconds(1));
  if (timeout >= least) return {};
  return invalid_argument(
      fmt::format("the timeout of a script is at least {} s, not {} s", least.count(), timeout.count()));
}

Status check_hosts(const std::vector<std::string>& ids, const std::vector<RunStep>& steps, const RunAllOptions& options,
                   const ComputeCapabilities& able) {
  if (auto offered = check_offered(able.commands, "commands"); !offered) return offered;
  if (options.workers < 1) return invalid_argument(fmt::format("workers is at least 1, not {}", options.workers));
  if (steps.empty()) return invalid_argument("there are no steps to run");
  std::set<std::string_view> seen;
  for (const std::string& id : ids) {
    if (auto ok = check_reference("machine", id); !ok) return ok;
    if (!seen.insert(id).second) {
      return invalid_argument(fmt::format("the machine {} is named twice", in_quotes(id)),
                              "its steps run in turn, so once is enough");
    }
  }
  for (const RunStep& step : steps) {
    if (auto ok = check_command(step.script, options.timeout, able); !ok) {
      Error error = std::move(ok).error();
      error.message = fmt::format("the step {}: {}", in_quotes(step.name), error.message);
      return error;
    }
  }
  return {};
}

Status check_target(std::string_view path, int mode) {
  if (!path.starts_with('/')) {
    return invalid_argument(fmt::format("{} is no absolute path on the machine", in_quotes(path)),
                            "where a script starts is the backend's choice: begin with '/'");
  }
  const std::string_view name = path.substr(path.rfind('/') + 1);
  if (name.empty() || name == "." || name == "..") {
    return invalid_argument(fmt::format("{} names a directory, not a file", in_quotes(path)));
  }
  if (path.size() > kLongestPath || has_nul(path)) {
    return invalid_argument(fmt::format("a path has at most {} bytes, none of them NUL", kLongestPath));
  }
  if (mode >= 0 && mode <= 07777) return {};
  return invalid_argument(fmt::format("the mode is 0 to 07777, not {}{:o}", mode < 0 ? "-" : "0", std::abs(mode)));
}

Status check_probe(const ReadyProbe& probe, const ComputeCapabilities& able) {
  if (probe.tcp_port < 0 || probe.tcp_port > 65'535) {
    return invalid_argument(fmt::format("a port is 1 to 65535, not {}", probe.tcp_port));
  }
  if (probe.tcp_port > 0) return {};
  if (probe.http_url.empty()) return check_offered(able.commands, "commands");
  return core::without_value(http::parse_url(filled_in(probe.http_url, "host.invalid")));
}

}  // namespace cloudkit::inline v0::compute
