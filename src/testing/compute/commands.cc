#include "testing/compute/suite.h"

#include <algorithm>
#include <chrono>
#include <set>

/// Scripts and files on machines.
namespace cloudkit::inline v0::testing::machines {
namespace {

using std::chrono::seconds;

void run_command_exit_code_stdout_stderr(const ComputeCase& c) {
  c.needs_commands();
  const std::string id = c.machine();
  const CommandResult failed =
      c.expect_ok(c.compute().run(id, "printf out; printf err >&2; exit 3"), "running a script that fails");
  c.expect_equal(failed.exit_code, 3, "the status of a script that fails");
  c.expect_equal(failed.out, "out", "what it printed");
  c.expect_equal(failed.err, "err", "what it printed as errors");
  c.expect(!failed.ok() && !failed.truncated && !failed.timed_out, "it failed, and was neither cut nor ended");
  c.expect_equal(c.output(id, "printf '%s|' 'it'\\''s' \"a  b\" \xC3\xA4\nprintf second"), "it's|a  b|\xC3\xA4|second",
                 "what a script of several lines printed");
  c.expect_equal(c.output(id, "cat; printf end"), "end", "a script should have nothing to read");
  c.expect_equal(c.expect_ok(c.compute().run(id, "kill -9 $$"), "running a script that is killed").exit_code, 128 + 9,
                 "the status of a script that signal 9 ended");
  c.expect_error(c.compute().run(id, ""), ErrorCode::invalid_argument, "running an empty script");
  c.expect_error(c.compute().run(c.harness().missing_id, "true"), ErrorCode::not_found, "running on a missing machine");
}

void run_command_truncation_flag(const ComputeCase& c) {
  c.needs_commands();
  if (c.can().max_output == 0) c.skip("the backend cuts no output");
  const std::string id = c.machine();
  const auto script = [](std::uint64_t count) {
    return "head -c " + std::to_string(count) + " /dev/zero | tr '\\0' x; printf 'the end'";
  };
  const CommandResult cut = c.expect_ok(c.compute().run(id, script(c.can().max_output + 1000)), "printing too much");
  c.expect(cut.truncated, "output that was cut should be flagged");
  c.expect(cut.out.size() <= c.can().max_output, "no more than max_output should be left of it");
  c.expect_equal(cut.exit_code, 0, "the status of a script that printed too much");
  const CommandResult whole = c.expect_ok(c.compute().run(id, script(1000)), "printing a little");
  c.expect(!whole.truncated, "output that was not cut should not be flagged");
  c.expect_equal(whole.out.size(), std::size_t{1007}, "the size of what is left of it");
}

void run_command_timeout(const ComputeCase& c) {
  c.needs_commands();
  const std::string id = c.machine();
  RunOptions options;
  options.timeout = std::max(c.can().min_command_timeout, seconds(1));
  const auto begun = std::chrono::steady_clock::now();
  const CommandResult ended = c.expect_ok(c.compute().run(id, "sleep 300", options), "running a script that hangs");
  c.expect(ended.timed_out && !ended.ok(), "a script that hangs should be ended at its time limit, and say so");
  c.expect(std::chrono::steady_clock::now() - begun < options.timeout + c.harness().patience,
           "a script that hangs should be ended soon");
  c.expect_equal(c.output(id, "printf on"), "on", "what the next script prints");
  options.timeout = seconds(0);
  c.expect_error(c.compute().run(id, "true", options), ErrorCode::invalid_argument, "running with no time at all");
}

void run_all_each_host(const ComputeCase& c) {
  c.needs_commands();
  std::vector<std::string> ids = {c.machine(), c.harness().missing_id};
  if (c.can().create) ids.push_back(c.create_running(c.spec("second")).id);
  const std::vector<RunStep> steps = {{"one", "printf 1"}, {"two", "printf 2; exit 4"}, {"three", "printf 3"}};
  std::multiset<std::string> reported;
  RunAllOptions options;
  options.workers = 2;
  options.progress = [&](const std::string&, const RunStep& step, const Result<CommandResult>& done) {
    reported.insert(step.name + (done ? "" : " failed"));
  };
  const auto results = c.expect_ok(c.compute().run_all(ids, steps, options), "running steps everywhere");
  c.expect_equal(results.size(), ids.size(), "the number of results");
  for (std::size_t i = 0; i < ids.size(); ++i) {
    c.expect_equal(results[i].instance, ids[i], "the machine of a result");
    c.expect(!results[i].ok(), "no machine should have succeeded");
    if (ids[i] == c.harness().missing_id) {
      c.expect(results[i].error && results[i].error->code == ErrorCode::not_found, "a missing machine is not found");
      continue;
    }
    c.expect(!results[i].error, "a script that fails is no error");
    c.expect_equal(results[i].steps.size(), std::size_t{2}, "the steps of a machine up to its first failure");
    c.expect_equal(results[i].steps[0].result.out, "1", "what the first step printed");
    c.expect_equal(results[i].steps[1].result.exit_code, 4, "the status of the step that fails");
  }
  c.expect_equal(reported.count("one failed"), std::size_t{1}, "the reports of the missing machine");
  c.expect_equal(reported.count("two"), ids.size() - 1, "the reports of the second step");
  c.expect_equal(reported.count("three"), std::size_t{0}, "the reports of the third step");
}

std::string hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes) {
    text += kDigits[static_cast<unsigned char>(byte) >> 4U];
    text += kDigits[static_cast<unsigned char>(byte) & 0xFU];
  }
  return text;
}

void copy_file_whole_or_not_at_all(const ComputeCase& c) {
  c.needs_commands();
  const std::string id = c.machine();
  const std::string path = c.directory(id) + "/ck it's a file";
  const std::string quoted = "\"" + path + "\"";
  const auto content = [&] { return c.output(id, "od -An -v -tx1 < " + quoted + " | tr -d ' \\n'"); };
  std::string bytes;
  for (int i = 0; i < 2000; ++i) bytes += static_cast<char>(i);
  c.expect_ok(c.compute().copy_file(id, bytes, path, {.mode = 0640}), "copying bytes");
  c.expect_equal(content(), hex(bytes), "the bytes on the machine, in hexadecimal digits");
  c.expect_equal(c.output(id, "ls -l " + quoted + " | cut -c1-10"), "-rw-r-----\n", "their mode");
  const ScratchDirectory local;
  write_file(c, local.file("small"), "#!/bin/sh\necho ran\n");
  c.expect_ok(c.compute().copy_file(id, File{local.file("small")}, path, {.mode = 0755}), "copying a file over it");
  c.expect_equal(c.output(id, quoted), "ran\n", "what the program that was copied prints");
  write_file(c, local.file("large"), std::string(300'000, 'x'));
  c.expect_ok(c.compute().copy_file(id, File{local.file("large")}, path), "copying 300,000 bytes");
  c.expect_equal(c.output(id, "tr -d x < " + quoted + " | wc -c | tr -d ' '; wc -c < " + quoted + " | tr -d ' '"),
                 "0\n300000\n", "what is no x, and the size");
  c.expect_ok(c.compute().copy_file(id, "", path), "copying nothing");
  c.expect_equal(c.output(id, "wc -c < " + quoted + " | tr -d ' '"), "0\n", "the size of an empty file");
  c.expect(!c.compute().copy_file(id, "x", c.directory(id) + "/ck-none/file"), "there is no such directory");
  c.expect_error(c.compute().copy_file(id, "x", "relative"), ErrorCode::invalid_argument, "copying to a relative path");
  c.expect_error(c.compute().copy_file(id, File{local.file("none")}, path), ErrorCode::io, "copying a missing file");
  c.expect_equal(
      c.output(id, "rm " + quoted + "; ls -A " + ("\"" + c.directory(id) + "\"") + " | grep -c '^[.]ck-'; true"), "0\n",
      "the temporary files that are left");
}

constexpr ComputeCaseEntry kCommandCases[] = {
    {"run_command_exit_code_stdout_stderr", run_command_exit_code_stdout_stderr},
    {"run_command_truncation_flag", run_command_truncation_flag},
    {"run_command_timeout", run_command_timeout},
    {"run_all_each_host", run_all_each_host},
    {"copy_file_whole_or_not_at_all", copy_file_whole_or_not_at_all},
};

}  // namespace

ComputeCaseList command_cases() { return kCommandCases; }

}  // namespace cloudkit::inline v0::testing::machines
