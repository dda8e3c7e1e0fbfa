#include <cloudkit/all.h>

#include <iostream>

// A bug fixed: GCC 12 took the entry of a listing in the caller's frame for uninitialized, at -O3 and with -Wall.
cloudkit::Status count(const cloudkit::Bucket& bucket, std::size_t& entries) {
  cloudkit::Listing listing = bucket.list({.prefix = "k"});
  for (const auto& entry : listing) {
    if (!entry) return entry.error();
    ++entries;
  }
  return {};
}

int main() {
  const auto bucket = cloudkit::open_bucket("mem://package", {.create = true}).value();
  bucket.put("key", "value").value();
  if (bucket.get("key").value().data != "value") return 1;

  std::size_t entries = 0;
  if (!count(bucket, entries) || entries != 1) return 5;

  // The type of the exception crosses the library's boundary.
  try {
    (void)bucket.get("missing").value();
    return 2;
  } catch (const cloudkit::Exception& caught) {
    if (caught.error().code != cloudkit::ErrorCode::not_found) return 3;
  }

  // The drivers with dependencies are linked: this fails before any I/O, and says why.
  const auto wrong = cloudkit::open_bucket("s3://UPPER_CASE");
  if (wrong || wrong.error().code != cloudkit::ErrorCode::invalid_argument) return 4;
  std::cout << "package consumer: ok\n";
}
