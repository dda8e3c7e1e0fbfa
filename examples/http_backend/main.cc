// http_backend http://HOST/DIRECTORY/ [KEY FILE]: lists what a web server has there, or downloads one of it, by a
// backend that is not cloudkit's own.
#include "http_bucket.h"
#include "printable.h"
#include "run_program.h"

#include <cloudkit/object_store.h>

#include <iostream>
#include <memory>
#include <string>

namespace {

int run(int argc, char** argv) {
  const std::string url = argc > 1 ? argv[1] : "";
  const std::size_t host = url.find("://");
  const std::size_t path = host == std::string::npos ? host : url.find('/', host + 3);
  if ((argc != 2 && argc != 4) || path == std::string::npos || !url.ends_with('/')) {
    std::cerr << "usage: http_backend http://HOST/DIRECTORY/ [KEY FILE]\n";
    return 2;
  }
  const cloudkit::Bucket bucket(
      std::make_shared<HttpBucket>(url.substr(0, host), url.substr(host + 3, path - host - 3), url.substr(path)));
  if (argc == 4) {
    const auto done = bucket.download(argv[2], cloudkit::File{argv[3]}, {.context = interrupted});
    return done ? 0 : fail(done.error());
  }
  for (const auto& entry : bucket.list({.context = interrupted})) {
    if (!entry) return fail(entry.error());
    std::cout << entry->size << '\t' << printable(entry->key) << '\n';
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return run_program([&] { return run(argc, argv); });
}
