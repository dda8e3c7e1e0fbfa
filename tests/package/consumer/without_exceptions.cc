#include <cloudkit/open.h>

#include <cstdio>
#include <string_view>

// Built with -fno-exceptions: results are checked, and value() on an error ends the program.
int main(int argc, char** argv) {
  const auto bucket = cloudkit::open_bucket("mem://package", {.create = true});
  if (!bucket || !bucket->put("key", "value")) return 1;
  const auto missing = bucket->get("missing");
  if (missing || missing.error().code != cloudkit::ErrorCode::not_found) return 2;
  if (argc > 1 && argv[1] == std::string_view{"--abort"}) {
    (void)bucket->get("missing").value();
    return 3;
  }
  std::puts("without exceptions: ok");
}
