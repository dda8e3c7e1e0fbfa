#include <cloudkit/serve.h>

int main() {
  return cloudkit::serve_http([](const cloudkit::HttpRequest& request) {
    return cloudkit::HttpResponse{.body = request.method + ' ' + request.path};
  });
}
