#pragma once

#include <cloudkit/cloud_init.h>

#include <string>

/// What every host gets.
struct Site {
  int port = 80;
  std::string page = "<!doctype html>\n<title>cloudkit</title>\n<p>It works.\n";
  std::string config_file = {};  ///< Of this machine, instead of the one that is made here.
};

/// nginx is installed, has this page, and runs: by the host's package manager and systemd. The configuration is one
/// file of conf.d, beside what the host has there.
cloudkit::CloudInit steps_for_machine(const Site& site);

/// The same below a directory, for a user who is not root: the host's nginx runs with a prefix, and the configuration
/// is the whole nginx.conf.
cloudkit::CloudInit steps_below_prefix(const Site& site);
