#pragma once

#include <cloudkit/result.h>

#include <string>
#include <utility>

/// docker or podman, by its command line. What it has to say goes to standard error.
class Engine {
 public:
  /// The first of them whose engine answers. Errors: `unavailable`.
  static cloudkit::Result<Engine> find();

  const std::string& program() const { return program_; }
  /// The id of the image. The same directory has the same one.
  cloudkit::Result<std::string> build(const std::string& directory, const std::string& platform) const;
  /// The password goes by standard input: everybody can read arguments.
  cloudkit::Status login(const std::string& server, const std::string& user, const std::string& password) const;
  cloudkit::Status tag(const std::string& id, const std::string& image) const;
  cloudkit::Status push(const std::string& image) const;

 private:
  explicit Engine(std::string program) : program_(std::move(program)) {}

  std::string program_;
};
