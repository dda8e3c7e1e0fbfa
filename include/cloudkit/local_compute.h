#pragma once

#include <cloudkit/compute.h>

#include <chrono>
#include <cstdint>
#include <string>

/// Machines on this computer, without an account, docker or root.
namespace cloudkit::inline v0::local {

/// For `make_compute`.
struct ComputeOptions {
  /// Between SIGTERM and SIGKILL, when a machine is stopped, rebooted or destroyed. Of a machine, as it was started.
  std::chrono::milliseconds stop_grace = std::chrono::seconds(10);
  std::uint64_t max_output = std::uint64_t{1} << 20;  ///< Bytes of what a command prints that are returned.
};

/// A machine is a session of processes with a directory of its own, `DIRECTORY/instances/ID/fs`, which is their working
/// directory, HOME and CLOUDKIT_MACHINE_ROOT. All is kept below `directory`, which several programs of this user may
/// share. Does no I/O. Errors: `invalid_argument`.
///
/// What lies there is run with all rights of this user. So the directory is made for this user only; where there is one
/// that is another user's, a symbolic link, or that others may write to, each call is `permission_denied`. Nobody else
/// should be able to rename it either: the directories above it are not looked at.
///
/// A machine runs until it is stopped, also when the program that made it has ended. The restart of this computer stops
/// it, and so does what ends all that belongs to the program's service, login or container: systemd ends a unit with
/// its control group (KillMode=control-group). What is to outlive that is made below `systemd-run --user --scope`. A
/// small program supervises it, and ends all that the machine has started, daemons too. User data is a script ("#!…",
/// at most 16 KiB), which runs once, at the first boot; an executable file etc/rc.local below the machine's root runs
/// at each boot. What they print is the console, of which the newest MiB is kept.
///
/// Commands run as the machine's /bin/sh, with PATH, HOME, LANG, CLOUDKIT_MACHINE_ROOT, CLOUDKIT_INSTANCE_ID and
/// CLOUDKIT_INSTANCE_NAME as their environment: no variable, file or credential of this program. What a command leaves
/// running in the background belongs to the machine; its output should go to a file, since nobody reads it any more. A
/// file copied to "/etc/x" is the machine's "etc/x" below its root, where etc, opt, srv, tmp and var are there from the
/// beginning. Every image of a known alias is this computer, "host"; its addresses are 127.0.0.1.
///
/// What these machines do not keep apart: they run as this user, on this computer's files, network, ports, packages and
/// users. A script that writes to "/etc/x" writes there, not below the root. The rules of firewalls are kept, and keep
/// nobody out; `type`, `disk_gib`, `public_ip` and `key` are kept, and limit or open nothing. Run only code that you
/// trust.
CLOUDKIT_API Result<Compute> make_compute(const std::string& directory, ComputeOptions options = {});

}  // namespace cloudkit::inline v0::local
