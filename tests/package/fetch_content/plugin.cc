#include <cloudkit/open.h>

// What Python or a server would load.
extern "C" bool plugin_works() {
  const auto bucket = cloudkit::open_bucket("mem://plugin", {.create = true});
  return bucket && bucket->put("key", "value");
}
