#pragma once

#include "files_and_ports.h"
#include "program.h"
#include "support/contains.h"
#include "support/curl_fetch.h"
#include "support/temporary_directory.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

/// What tests of examples/deploy_container share: a directory with the application, and ways to run the program.
namespace examples {

using test::contains;

/// The page at a port of this computer, or "" where nobody answers.
inline std::string page(const std::string& port) {
  const auto reply = curl_fetch("GET", "http://127.0.0.1:" + port + "/", {}, {});
  return reply && reply->status == 200 ? reply->body : "";
}

class Deployment {
 public:
  Deployment() { std::filesystem::copy(CONTAINER_APP, app(), std::filesystem::copy_options::recursive); }

  std::string app() const { return directory.file("app"); }
  Outcome run(const std::string& on, const std::string& more, const std::string& variables = "",
              const IsTime& until = {}) const {
    const std::string command = DEPLOY_CONTAINER_PROGRAM " --name web --on '" + on + "' " + more;
    return until ? run_until_sigterm(directory.path(), variables, command, until)
                 : examples::run(directory.path(), variables, command);
  }
  /// Another version of the application.
  void change_greeting(const std::string& greeting) const {
    std::string text = read_file(app() + "/app.py");
    const std::string before = "Hello from a container";
    REQUIRE(contains(text, before));
    write(app() + "/app.py", text.replace(text.find(before), before.size(), greeting));
  }

  test::TemporaryDirectory directory;
};

}  // namespace examples
