#include "ssh/remote_shell.h"

#include "core/child_process.h"
#include "support/temporary_directory.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

using namespace cloudkit;

namespace {

constexpr const char* kMark = "m0123";

// What an sshd is for the shell that it starts.
class Peer final : public core::ProgramPeer {
 public:
  Peer(std::string input, bool goes_away) : input_(std::move(input)), goes_away_(goes_away) {}
  Result<std::optional<std::string_view>> next_input() override {
    return std::optional<std::string_view>(std::exchange(sent_, true) ? std::string_view() : input_);
  }
  bool keeps_input_open() const override { return !goes_away_; }
  Status take_output(std::string_view text) override {
    output += text;
    return {};
  }
  Status take_errors(std::string_view) override { return {}; }
  Result<bool> proceed() override { return true; }

  std::string output;

 private:
  const std::string input_;
  const bool goes_away_;
  bool sent_ = false;
};

// `sent`: of the script's input, before this side goes away.
std::string run(const std::string& script, std::optional<std::size_t> sent = {}) {
  Peer peer(ssh::input_of_script(kMark, script).substr(0, sent.value_or(std::string::npos)), sent.has_value());
  const auto context = Context().child_with_timeout(std::chrono::seconds(20));
  const std::string command = ssh::command_line_of_script(kMark, script.size());
  const auto exit = core::talk_to_program({"/bin/sh", "-c", command}, peer, context);
  REQUIRE_MESSAGE((exit || sent), exit.error().to_string());
  return peer.output;
}

}  // namespace

TEST_CASE("a script of which only a part has come is not run, wherever it was cut") {
  const ::test::TemporaryDirectory directory;
  const std::string first = "touch " + directory.file("begun") + "\n";
  const std::string script = first + "rm -rf /no/such/directory/a-longer-name\n";
  const std::size_t whole = ssh::input_of_script(kMark, script).size();
  for (const std::size_t sent : {first.size(), first.size() + 10, script.size(), script.size() + 3, whole - 1}) {
    CHECK(run(script, sent) == std::string(kMark) + ":begin\n");
    CHECK_FALSE(std::filesystem::exists(directory.file("begun")));
  }
  CHECK(run(script) == std::string(kMark) + ":begin\n" + kMark + ":end:0\n");
  CHECK(std::filesystem::exists(directory.file("begun")));
}

TEST_CASE("a script comes as it was written") {
  const auto printed = [](const std::string& text) { return std::string(kMark) + ":begin\n" + text + kMark + ":end:"; };
  CHECK(run("").starts_with(printed("")));
  CHECK(run("echo a\n\n\n").starts_with(printed("a\n")));
  CHECK(run("printf '%s' '*[a]?$x\\'").starts_with(printed("*[a]?$x\\")));
  CHECK(run("echo 'x" + std::string(kMark) + ":whole'").starts_with(printed("x" + std::string(kMark) + ":whole\n")));
  CHECK(run("cat <<E\n" + std::string(200000, 'y') + "\nE\n").starts_with(printed(std::string(200000, 'y') + "\n")));
}

TEST_CASE("a script that ends its own process group ends itself, and its exit code comes all the same") {
  for (const char* signal : {"TERM", "HUP", "INT"}) {
    const std::string done = run("trap 'kill -" + std::string(signal) + " 0' EXIT; echo out; exit 3");
    CHECK_MESSAGE(done.find("out\n" + std::string(kMark) + ":end:1") != std::string::npos, done);
  }
  const std::string ignored = run("trap '' TERM; kill 0; echo on; exit 4");
  CHECK(ignored.ends_with("on\n" + std::string(kMark) + ":end:4\n"));
}

TEST_CASE("what a login shell is given only starts sh, without a newline and without a character of histories") {
  const std::string script = ssh::command_line_of_script("m", 5);
  const std::string file = ssh::command_line_of_file("m", {"/a b/it's", 0600}, 5, "00ff");
  for (const std::string& command : {script, file}) {
    CHECK(command.starts_with("exec /bin/sh -c '"));
    CHECK(command.ends_with("'"));
    CHECK(command.find_first_of("\n!") == std::string::npos);
  }
  CHECK(script.find("head -c 12") != std::string::npos);
  CHECK(file.find("chmod 0600") != std::string::npos);
  CHECK(file.find("sync") < file.find("mv -f"));  // A host that loses its power then has the old file or the new one.
}
