#pragma once

#include <cloudkit/stack.h>

#include <map>
#include <string>
#include <string_view>

/// Stacks in files: a part of Terraform's JSON syntax, main.tf.json. docs/guide/stack.md lists
/// what is taken; all else is refused by its name and its place.
namespace cloudkit::inline v0 {

/// How a file is read.
struct StackFileOptions {
  std::string name = {};  ///< The stack's. Empty: that of the directory in which the file is.
  /// Values of the file's variables; each must be declared. A list or an object is JSON.
  std::map<std::string, std::string> variables = {};
  bool read_environment = true;  ///< TF_VAR_NAME is the value of a variable that has none here.
  std::string directory = {};    ///< Where relative paths begin, ${path.module}. Empty: that of the file.
};

/// What a file declares.
struct StackFile {
  Stack stack;              ///< For a `StackDeployment`.
  std::string region = {};  ///< Of `provider.aws`. Empty: the file says none.
};

/// Reads a file, and those that it names by file(). Errors: `invalid_argument`: "main.tf.json:12:7: /resource/…: WHY",
/// or what `Stack::check` finds; `not_found`; `io`.
CLOUDKIT_API Result<StackFile> read_stack_file(const std::string& path, const StackFileOptions& options = {});
/// The same of a text, which errors call `file_name`. `options.name` and `options.directory` must be given.
CLOUDKIT_API Result<StackFile> parse_stack_file(std::string_view text, std::string_view file_name,
                                                const StackFileOptions& options);

/// "instance.web" of Terraform's "aws_instance.web"; all else as it is.
CLOUDKIT_API std::string stack_address(std::string_view address);

}  // namespace cloudkit::inline v0
