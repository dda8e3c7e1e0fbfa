#pragma once

#include "prefixed_machine.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace test {

/// A machine with a user who interferes at the moment at which a program of the script is about to run.
class SwappingUser {
 public:
  /// Before `program` runs, `lines` do; `swap` makes a link to the machine's etc of the directory /home/ada/d.
  SwappingUser(const std::string& program, const std::string& lines) {
    machine.write("/etc/passwd", "root");
    machine.write("/home/ada/text", "");
    const std::string home = machine.path("/home/ada");
    if (::chown(home.c_str(), 12345, 12345) != 0) return;
    std::ofstream(programs_.file(program))
        << "#!/bin/sh\nPATH=/usr/bin:/bin\nroot=" << machine.path("") << "\nswap() {\n  if [ ! -d " << home
        << "/d ] || [ -L " << home << "/d ]; then return 0; fi\n  /bin/mv " << home << "/d " << home
        << "/away && /bin/ln -s " << machine.path("/etc") << ' ' << home << "/d && /bin/chown -h 12345 " << home
        << "/d\n}\n"
        << lines << "\nexec " << program << " \"$@\"\n";
    std::filesystem::permissions(programs_.file(program), std::filesystem::perms::owner_all);
  }

  PrefixedMachine::Run run(const cloudkit::CloudInit& steps, const std::string& shell) const {
    return machine.run_script(steps.script(machine.options()).value(), shell,
                              "PATH=" + programs_.path() + ":/usr/bin:/bin ");
  }

  PrefixedMachine machine;

 private:
  TemporaryDirectory programs_;
};

}  // namespace test
