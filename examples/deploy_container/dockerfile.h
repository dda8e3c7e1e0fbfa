#pragma once

#include <cloudkit/result.h>

#include <map>
#include <string>
#include <vector>

/// What a Dockerfile says of running its last stage.
struct Recipe {
  std::vector<std::string> command = {};  ///< ENTRYPOINT and CMD; a line for the shell is /bin/sh -c.
  std::map<std::string, std::string> environment = {};
  int port = 0;                            ///< Of the first EXPOSE.
  std::vector<std::string> not_done = {};  ///< Instructions that only an engine carries out: "RUN".
};

/// Of DIRECTORY/Dockerfile. Variables in it are not replaced. Errors: `not_found`; `invalid_argument` with the line.
cloudkit::Result<Recipe> read_recipe(const std::string& directory);

/// As a shell takes it for one word.
std::string shell_word(const std::string& text);
