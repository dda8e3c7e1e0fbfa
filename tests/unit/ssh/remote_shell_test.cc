#include "ssh/remote_shell.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;

TEST_CASE("what a login shell is given only starts sh, without a newline and without a character of histories") {
  const std::string script = ssh::command_line_of_script("m", 5);
  const std::string file = ssh::command_line_of_file("m", {"/a b/it's", 0600}, 5, "00ff");
  for (const std::string& command : {script, file}) {
    CHECK(command.starts_with("exec /bin/sh -c '"));
    CHECK(command.ends_with("'"));
    CHECK(command.find_first_of("\n!") == std::string::npos);
  }
  CHECK(script.find("head -c 5") != std::string::npos);
  CHECK(file.find("chmod 0600") != std::string::npos);
}
