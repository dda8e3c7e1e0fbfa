#pragma once

#include "core/unique_fd.h"

#include <sys/types.h>

#include <string>
#include <vector>

namespace cloudkit::inline v0::local::compute {

/// A program that the supervisor starts below the machine's root, which reads nothing.
struct JobSpec {
  std::vector<std::string> arguments = {};  ///< The first is its path. What is no program of the system's is a script.
  int output = -1;
  int errors = -1;
  int extra = -1;  ///< What it finds as its descriptor 3, if there is any.
};

/// Starts it in a process group of its own, with this program's environment. -1 leaves the cause in errno.
pid_t start_job(const JobSpec& spec);

/// "exit status 1", "signal 9", of what wait(2) says.
std::string describe_exit(int status);

}  // namespace cloudkit::inline v0::local::compute
