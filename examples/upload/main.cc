// upload FILE URL [--create]: stores a file in a bucket.
// On failure it prints one error with a hint, and exits with cloudkit's code for it.
#include <cloudkit/open.h>

#include <CLI/CLI.hpp>

#include <csignal>
#include <filesystem>
#include <iostream>

namespace {

const cloudkit::Context interrupted = cloudkit::Context::cancellable();

int fail(const cloudkit::Error& error) {
  std::cerr << error << '\n';
  return cloudkit::exit_code(error.code);
}

int upload(const std::string& file, const std::string& url, bool create) {
  // Before anything is created for a file that is not there.
  if (std::error_code error; !std::filesystem::exists(file, error)) {
    std::cerr << "upload " << file << ": no such file\n  hint: a relative path starts at "
              << std::filesystem::current_path().string() << '\n';
    return 3;
  }
  auto bucket = cloudkit::open_bucket(url, {.create = create, .context = interrupted});
  if (!bucket) return fail(bucket.error());

  const std::string key = std::filesystem::path(file).filename().string();
  const auto info = bucket->put(key, cloudkit::File{file}, {.context = interrupted});
  if (!info) return fail(info.error());

  std::cout << "uploaded " << info->size << " bytes to " << bucket->url(key) << '\n';
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
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
  std::signal(SIGINT, [](int) { interrupted.cancel(); });
  return upload(file, url, create);
}
