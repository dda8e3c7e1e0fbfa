#pragma once

#include "core/process_identity.h"
#include "core/time.h"

#include <cloudkit/compute_types.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>

/// What the directory knows of a machine, and how that is JSON.
namespace cloudkit::inline v0::local::compute {

/// What its users want it to be.
enum class Power { off, on, destroyed };

struct MachineRecord {
  std::string id = {};
  InstanceSpec spec = {};                        ///< As it was asked for, without `user_data`.
  std::string user_data_digest = {};             ///< Of SHA-256, in hexadecimal.
  std::map<std::string, std::string> tags = {};  ///< Those of now.
  core::TimePoint created = {};
  Power power = Power::on;
  core::TimePoint destroyed = {};
  std::string boot_id = {};            ///< Of the boot that its last start asked for.
  core::TimePoint asked = {};          ///< When.
  core::ProcessIdentity starter = {};  ///< Who asks for it.
};

/// Errors: `invalid_argument` for text that is not UTF-8.
Result<std::string> to_json(const MachineRecord& record);
/// Errors: `data_loss`.
Result<MachineRecord> parse_machine(std::string_view text);

/// What its supervisor says of itself.
struct MachineStatus {
  std::string boot_id = {};
  std::string first_boot_id = {};  ///< Before any reboot: with which it was started.
  core::ProcessIdentity supervisor = {};
  std::string user_data = {};  ///< How that ended. Empty: it has not.
};
/// Errors: `data_loss`.
Result<MachineStatus> parse_status(std::string_view text);

/// As long as a boot that was asked for may still come. A machine is no longer pending than that.
inline constexpr std::chrono::seconds kLongestBoot{60};

/// `status` is empty before the first boot; `alive`: that supervisor runs.
InstanceState state_of(const MachineRecord& record, const std::optional<MachineStatus>& status, bool alive);
Instance describe(const MachineRecord& record, const std::optional<MachineStatus>& status, bool alive);

/// Whether both want the same machine.
bool same_request(const MachineRecord& a, const MachineRecord& b);

}  // namespace cloudkit::inline v0::local::compute
