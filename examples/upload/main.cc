// upload FILE URL [--create]: stores a file in a bucket.
// On failure it prints one error with a hint, and exits with cloudkit's code for it.
#include "run_program.h"

#include <cloudkit/open.h>

#include <CLI/CLI.hpp>

#include <filesystem>
#include <fstream>
#include <iostream>

namespace {

int refuse(const std::string& file, const std::string& why, const std::string& hint, int code) {
  std::cerr << "upload " << file << ": " << why << "\n  hint: " << hint << '\n';
  return code;
}

// Before anything is created for a file that cannot be sent. 0 when it can.
int check_file(const std::string& file) {
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (status.type() == std::filesystem::file_type::not_found) {
    return refuse(file, "no such file", "a relative path starts at " + std::filesystem::current_path().string(), 3);
  }
  if (!error && !std::filesystem::is_regular_file(status)) {
    return refuse(file, "is not a regular file", "name one file; those of a directory are uploaded one by one", 1);
  }
  if (!std::ifstream(file)) return refuse(file, "cannot be read", "check its permissions and its directories'", 1);
  return 0;
}

int upload(const std::string& file, const std::string& url, bool create) {
  if (const int code = check_file(file); code != 0) return code;
  auto bucket = cloudkit::open_bucket(url, {.create = create, .context = interrupted});
  if (!bucket) return fail(bucket.error());

  const std::string key = std::filesystem::path(file).filename().string();
  auto info = bucket->put(key, cloudkit::File{file}, {.context = interrupted});
  if (!info) {
    // The library's hint names a call, which is of no use here.
    if (info.error().service_code == "NoSuchBucket") info.error().hint = "check its name, or give --create to make it";
    return fail(info.error());
  }

  std::cout << "uploaded " << info->size << " bytes to " << bucket->url(key) << '\n';
  return 0;
}

int run(int argc, char** argv) {
  std::string file;
  std::string url;
  bool create = false;
  CLI::App app("Stores a file in a bucket, under the file's own name.");
  app.add_option("FILE", file, "the file")->required();
  app.add_option("URL", url, "the bucket: s3://BUCKET[/PREFIX], file:///DIR, mem://NAME")->required();
  app.add_flag("--create", create, "make the bucket when it does not exist");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return upload(file, url, create);
}

}  // namespace

int main(int argc, char** argv) {
  return run_program([&] { return run(argc, argv); });
}
