#include <cloudkit/serve.h>

int main() {
  return cloudkit::serve(
      [](const cloudkit::Invocation& in) -> cloudkit::Result<std::string> { return std::string(in.payload); });
}
