#pragma once

#include <string_view>

/// What a script is made of, for /bin/sh of any kind: no word of it is bash's own. The parts that a script does not
/// need are left out of it.
namespace cloudkit::inline v0::compute::steps {

extern const std::string_view kBasics;      ///< Reports, the end, the lock, and how programs are run.
extern const std::string_view kMarks;       ///< Which services are to be restarted.
extern const std::string_view kAttributes;  ///< Owners and modes.
extern const std::string_view kFirstBoot;   ///< Looks at what cloud-init was to make.
extern const std::string_view kPackages;
extern const std::string_view kFiles;
extern const std::string_view kDirectories;
extern const std::string_view kCommands;
extern const std::string_view kServices;
extern const std::string_view kUsers;
extern const std::string_view kContainers;

}  // namespace cloudkit::inline v0::compute::steps
