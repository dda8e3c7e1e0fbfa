#pragma once

#include <array>
#include <cstdint>

/// What programs and the supervisor of a machine know of each other: its files, and what is said over its socket.
/// Needs the C++ library only: part of both.
namespace cloudkit::inline v0::local::compute {

// In the machine's own directory.
inline constexpr const char* kRecordFile = "machine.json";    // Its driver's.
inline constexpr const char* kRootDirectory = "fs";           // What the machine sees as its own.
inline constexpr const char* kUserDataFile = "user-data";     // There when it is to be run once.
inline constexpr const char* kBegunFile = "user-data.begun";  // There when it was. Holds how it ended.
inline constexpr const char* kStatusFile = "status.json";     // The supervisor's: who it is, and of which boot.
inline constexpr const char* kLockFile = "supervisor.lock";   // Held by a supervisor, and by who removes the machine.
inline constexpr const char* kControlSocket = "control";      // Where it listens.
inline constexpr const char* kConsoleFile = "console.log";    // The newest lines, after those of the next.
inline constexpr const char* kOldConsoleFile = "console.log.1";
/// The directory of all machines, and beside it what is being removed.
inline constexpr const char* kInstancesFromMachine = "../../instances";
inline constexpr const char* kTrashFromMachine = "../../trash";
/// At each boot, below the root.
inline constexpr const char* kBootScript = "etc/rc.local";

/// How the program is started ends: anything else is a failure that it prints.
inline constexpr int kExitBusy = 3;  // The machine has a supervisor.
inline constexpr int kExitGone = 4;  // There is no machine any more.

enum class Order : std::uint32_t { run = 1, power_off, reboot, destroy };

constexpr std::size_t kBootIdSize = 32;

/// `run` comes with the descriptors of a script and of what it is to write to; the reply is sent when it has ended.
/// When the sender closes its side before, the script is killed, with its process group and what descends from it. All
/// else is answered at once.
struct Request {
  Order order = Order::run;
  std::array<char, kBootIdSize> boot_id =
      {};  // The boot that is meant: `power_off` and `reboot` of another one are refused.
  std::array<char, kBootIdSize> next_boot_id = {};  // Of the boot to come: `reboot`.
};
inline constexpr std::size_t kDescriptorsOfRun = 3;

struct Reply {
  std::int32_t error = 0;  // errno: it was not done.
  std::int32_t exit_code = 0;
  std::int32_t signal = 0;  // Not 0: it ended by this signal.
};

}  // namespace cloudkit::inline v0::local::compute
