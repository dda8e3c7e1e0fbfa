#pragma once

#include "run_program.h"

#include <cloudkit/cloud_init.h>
#include <cloudkit/compute.h>

#include <string>
#include <string_view>

/// What the two ways of deploying share.
struct Options {
  std::string directory;  ///< With a Dockerfile.
  std::string name;
  std::string url;
  std::string registry = "ecr";  ///< Or HOST/NAME.
  int port = 5000;
  std::string type = "t3.micro";
  std::string identity;
  int patience = 600;
  bool dry_run = false;
  bool remove = false;
};

/// All that this program makes has this tag, with the deployment's name: what has it not is never touched.
inline constexpr const char* kTag = "deploy-container";

int refuse(const std::string& what, const std::string& hint, int code);
/// Reports an error of which something is left. The exit code for it.
int give_up(const cloudkit::Error& error);

/// The deployment's machine. Errors: `not_found`; `conflict`: a machine of this name is somebody else's.
cloudkit::Result<cloudkit::Instance> find_machine(const cloudkit::Compute& compute, const Options& options);
/// Makes it, with the deployment's tag. Errors: also `conflict`: another run has made one at the same time.
cloudkit::Result<cloudkit::Instance> make_machine(const cloudkit::Compute& compute, cloudkit::InstanceSpec spec,
                                                  const Options& options);
/// Starts it where it was stopped, and waits until it runs.
cloudkit::Result<cloudkit::Instance> ensure_running(const cloudkit::Compute& compute, const cloudkit::Instance& machine,
                                                    const Options& options);
/// Waits until the application answers, and prints its URL; else the end of what the machine printed. An exit code.
int wait_for_page(const cloudkit::Compute& compute, const std::string& id, int port, const Options& options);
/// Makes the steps true on a machine that runs. Errors: also `unknown`, when a step failed there.
cloudkit::Result<cloudkit::StepReport> apply(const cloudkit::Compute& compute, const std::string& id,
                                             const std::string& script, const Options& options);
/// Takes the machine away, and what another run has made at the same time. 0 also when there is none.
int remove_machine(const cloudkit::Compute& compute, const Options& options);

/// Exit codes. With --dry-run they print what a machine would be given, and make nothing.
int deploy_local(const Options& options);
int deploy_aws(const Options& options);
int remove_aws(const cloudkit::Compute& compute, const Options& options);
