// A function that answers with what it is given. The same program runs on Lambda, on local:///DIR, on Cloud Run, as an
// Azure custom handler, and here:
//
//   echo '{"name":"ada"}' | echo_function

#include <cloudkit/serve.h>

int main() {
  return cloudkit::serve([](const cloudkit::Invocation& in) -> cloudkit::Result<std::string> {
    if (in.payload == "null") return cloudkit::Error(cloudkit::ErrorCode::invalid_argument, "nothing to echo");
    return std::string(in.payload);
  });
}
