#pragma once

#include "support/contains.h"
#include "support/temporary_directory.h"

#include <doctest/doctest.h>

#include <sys/types.h>
#include <string>
#include <vector>

/// The real program, run as a user runs it, in an environment with nothing of the machine's own.
namespace test {

struct Outcome {
  int exit_code = -1;  ///< -1 when a signal ended it.
  int signal = 0;
  std::string out = {};
  std::string err = {};
};

using Words = std::vector<std::string>;

/// A home and a working directory of its own, and the variables that a test sets.
class Program {
 public:
  Program();

  /// "NAME=VALUE"
  void set(const std::string& variable);

  Outcome run(const Words& arguments, const std::string& input = {});
  /// In sh, where `cloudkit` is the program.
  Outcome shell(const std::string& command);

  /// Goes on until `finish`. Its standard input is `input_fd`, or nothing.
  pid_t start(const Words& arguments, int input_fd = -1);
  Outcome finish(pid_t pid);

  const std::string& home() const { return directory_.path(); }
  std::string path(const std::string& name) const { return directory_.file(name); }
  std::string url(const std::string& name) const { return "file://" + path(name); }
  void write(const std::string& name, const std::string& content) const;
  std::string read(const std::string& name) const;
  /// All files and directories below, in order, one a line.
  std::string tree(const std::string& name) const;
  /// What was left in the directory for temporary files.
  std::string left_over() const { return tree("tmp"); }

 private:
  pid_t spawn(const Words& words, int input_fd);

  TemporaryDirectory directory_;
  Words environment_;
};

/// The same, beside file://…/bucket.
struct WithBucket : Program {
  WithBucket();
};

}  // namespace test
