#include "support/read_file.h"
#include "support/real_shell.h"
#include "support/scripted_compute.h"
#include "support/varied_bytes.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

using namespace cloudkit;
using namespace cloudkit::test;
namespace fs = std::filesystem;

namespace {

// A machine whose scripts this computer's shell runs.
struct Machine : ScriptedHandle {
  Machine() {
    driver->gets << instance_in(InstanceState::running);
    driver->on_submit = [this](std::string_view id, const CommandSpec& spec,
                               const Context& context) -> Result<SubmittedCommand> {
      SubmittedCommand submitted;
      auto done = shell.run(std::string(id), prefix + spec.script, context);
      if (!done) return std::move(done).error();
      submitted.result = *std::move(done);
      return submitted;
    };
    fs::create_directories(directory());
  }

  std::string directory() const { return shell.directory("i-1"); }
  std::string path(const std::string& name) const { return directory() + '/' + name; }
  std::string content(const std::string& name) const { return ::test::read_file(path(name)); }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory()), fs::directory_iterator()));
  }

  ::test::RealShell shell;
  std::string prefix;
};

}  // namespace

TEST_CASE("a backend that takes files gets them whole") {
  ScriptedHandle handle;
  handle.driver->able.files = true;
  handle.driver->gets << instance_in(InstanceState::pending) << instance_in(InstanceState::running);
  CHECK(handle.compute.copy_file("i-1", "abc", "/etc/x"));
  CHECK(handle.calls() == std::vector<std::string>{"get i-1", "get i-1", "put_file i-1 /etc/x 3"});
  int refused = 2;
  handle.driver->calls.clear();
  handle.driver->on_call = [&](const std::string&) -> Status {
    if (refused-- > 0) return passing_error(ErrorCode::unavailable, "connection refused");
    return {};
  };
  CHECK(handle.compute.copy_file("i-1", "abc", "/etc/x"));
  CHECK(handle.calls().size() == 6);
  refused = 1'000'000;
  CHECK(handle.compute.copy_file("i-1", "abc", "/etc/x", {.ready_limit = std::chrono::seconds(9)}).error().message ==
        "after 9 s it still takes no files: connection refused");
  handle.driver->gets = {};
  handle.driver->gets << instance_in(InstanceState::stopped);
  const auto stopped = handle.compute.copy_file("i-1", "abc", "/etc/x");
  CHECK(code_of(stopped) == "conflict");
  CHECK(stopped.error().message == "it is stopped, and takes no files");
}

TEST_CASE("where nothing has arrived, nothing is tidied up") {
  ScriptedHandle handle;
  handle.driver->gets << instance_in(InstanceState::running);
  handle.driver->submits << Error(ErrorCode::permission_denied, "not yours");
  CHECK(code_of(handle.compute.copy_file("i-1", "x", "/x")) == "permission_denied");
  CHECK(handle.driver->scripts.size() == 1);
  Error lost = passing_error(ErrorCode::unavailable, "connection reset");
  lost.may_have_happened = true;
  handle.driver->submits = {};
  handle.driver->submits << lost;
  CHECK(code_of(handle.compute.copy_file("i-1", "x", "/x")) == "unavailable");
  REQUIRE(handle.driver->scripts.size() == 3);
  CHECK(handle.driver->scripts.back().starts_with("rm -f /.ck-"));
}

TEST_CASE("a small file is one script") {
  Machine machine;
  CHECK(machine.compute.copy_file("i-1", ::test::varied_bytes(300), machine.path("it's $HOME"), {.mode = 0750}));
  CHECK(machine.content("it's $HOME") == ::test::varied_bytes(300));
  CHECK(fs::status(machine.path("it's $HOME")).permissions() == fs::perms(0750));
  CHECK(machine.driver->scripts.size() == 1);
  CHECK(machine.files() == 1);
  CHECK(machine.compute.copy_file("i-1", "", machine.path("it's $HOME")));
  CHECK(machine.content("it's $HOME").empty());
}

TEST_CASE("a large one is as many as the backend's scripts are short, and none is longer than it takes") {
  Machine machine;
  machine.driver->able.max_script = 4000;
  const std::string bytes = ::test::varied_bytes(20'001);
  CHECK(machine.compute.copy_file("i-1", bytes, machine.path("large")));
  CHECK(machine.content("large") == bytes);
  CHECK(machine.driver->scripts.size() > 10);
  for (const std::string& script : machine.driver->scripts) CHECK(script.size() <= 4000);
  CHECK(machine.files() == 1);
  const auto huge = machine.compute.copy_file("i-1", std::string(1'000'000, 'x'), machine.path("huge"));
  CHECK(code_of(huge) == "invalid_argument");
  CHECK(huge.error().message.find("the file has 1000000 bytes, more than the") == 0);
  CHECK(huge.error().hint.find("presigned URL") != std::string::npos);
  machine.driver->able.max_script = 1000;
  CHECK(code_of(machine.compute.copy_file("i-1", "x", machine.path("x"))) == "unsupported");
}

TEST_CASE("every size about that of a piece arrives") {
  Machine machine;
  machine.driver->able.max_script = 3000;
  machine.compute.copy_file("i-1", std::string(1, 'x'), machine.path("f")).value();
  // What fits beside the text of such a script.
  for (std::size_t size = 600; size < 1200; size += 37) {
    machine.driver->scripts.clear();
    CHECK(machine.compute.copy_file("i-1", ::test::varied_bytes(size), machine.path("f")));
    CHECK(machine.content("f") == ::test::varied_bytes(size));
  }
}

TEST_CASE("what damages a file on its way is seen, and nothing is left") {
  Machine machine;
  machine.compute.copy_file("i-1", "old", machine.path("f")).value();
  // A machine that writes less than it is given.
  machine.prefix = "base64() { command base64 -d | head -c 5; }\n";
  auto done = machine.compute.copy_file("i-1", "0123456789", machine.path("f"));
  CHECK(code_of(done) == "data_loss");
  // Or the same length, but other bytes.
  machine.prefix = "base64() { command base64 -d | tr 5 6; }\n";
  done = machine.compute.copy_file("i-1", "0123456789", machine.path("f"));
  CHECK(code_of(done) == "data_loss");
  CHECK(done.error().message == "what arrived on the machine is not what was sent");
  CHECK(machine.content("f") == "old");
  CHECK(machine.files() == 1);
}

TEST_CASE("a machine without sha256sum does with others, and without any at its word") {
  Machine machine;
  const std::string hide = "command() { case \"$2\" in {}) return 1;; esac; type \"$2\"; }\n";
  for (const std::string& hidden :
       {std::string("sha256sum"), std::string("sha256sum|shasum"), std::string("sha256sum|shasum|openssl")}) {
    CAPTURE(hidden);
    machine.prefix = hide;
    machine.prefix.replace(machine.prefix.find("{}"), 2, hidden);
    CHECK(machine.compute.copy_file("i-1", ::test::varied_bytes(100), machine.path("f")));
    CHECK(machine.content("f") == ::test::varied_bytes(100));
  }
}

TEST_CASE("a place that cannot be written to is an error with the machine's words") {
  Machine machine;
  fs::create_directory(machine.path("directory"));
  auto done = machine.compute.copy_file("i-1", "x", machine.path("directory"));
  CHECK(code_of(done) == "io");
  CHECK(done.error().message.find("is a directory") != std::string::npos);
  done = machine.compute.copy_file("i-1", "x", machine.path("none/f"));
  CHECK(done.error().message.find("there is no directory") != std::string::npos);
  machine.prefix = "exit 77\n";
  CHECK(code_of(machine.compute.copy_file("i-1", "x", machine.path("f"))) == "permission_denied");
  machine.prefix = "exit 9\n";
  CHECK(machine.compute.copy_file("i-1", "x", machine.path("f")).error().message ==
        "the machine could not write it: its shell ended with status 9");
}

TEST_CASE("a file that cannot be read is an error before anything is sent") {
  Machine machine;
  CHECK(code_of(machine.compute.copy_file("i-1", File{machine.path("none")}, "/x")) == "io");
  CHECK(code_of(machine.compute.copy_file("i-1", File{machine.directory()}, "/x")) == "io");
  CHECK(code_of(machine.compute.copy_file("i-1", File{std::string("a\0b", 3)}, "/x")) == "invalid_argument");
  CHECK(machine.calls().empty());
  std::ofstream(machine.path("local")) << "from a file";
  CHECK(machine.compute.copy_file("i-1", File{machine.path("local")}, machine.path("copy")));
  CHECK(machine.content("copy") == "from a file");
}

TEST_CASE("a copy that is cancelled removes what it began") {
  Machine machine;
  machine.driver->able.max_script = 4000;
  CopyFileOptions options;
  options.context = Context::cancellable();
  const auto run = machine.driver->on_submit;
  int pieces = 0;
  machine.driver->on_submit = [&](std::string_view id, const CommandSpec& spec, const Context& context) {
    auto done = run(id, spec, context);
    if (++pieces == 2) options.context.cancel();
    return done;
  };
  CHECK(code_of(machine.compute.copy_file("i-1", ::test::varied_bytes(20'000), machine.path("f"), options)) ==
        "cancelled");
  CHECK(machine.files() == 0);
}
