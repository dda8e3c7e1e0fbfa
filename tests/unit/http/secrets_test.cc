#include "http/secrets.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;
using namespace cloudkit::http;

namespace {

std::string shown(const Request& request, const std::string& text) { return redacted(text, secrets_of(request)); }

}  // namespace

TEST_CASE("a signature, a token, a session's id are shown of no reply; what surrounds them is") {
  const std::string signature(64, 'a');
  Request request;
  request.headers.set("Authorization",
                      "AWS4-HMAC-SHA256 Credential=AKID/20261128/us-east-1/s3/aws4_request, SignedHeaders=host, "
                      "Signature=" +
                          signature);
  request.headers.set("x-amz-security-token", "cktest-quotedtoken/1+2=");
  request.query = {{"prefix", "reports/2026"}, {"upload_id", "cktest-quotedsession-1"}};
  CHECK(shown(request, "region us-east-1 is wrong in AKID/20261128/us-east-1; reports/2026") ==
        "region us-east-1 is wrong in AKID/20261128/us-east-1; reports/2026");
  CHECK(shown(request, "Signature=" + signature + ".") == "Signature=....");
  CHECK(shown(request, "token cktest-quotedtoken/1+2= or cktest-quotedtoken%2F1%2B2%3D") == "token ... or ...");
  CHECK(shown(request, "GET /o?upload_id=cktest-quotedsession-1&a=1") == "GET /o?upload_id=...&a=1");
}

TEST_CASE("so are bearer tokens, shared keys' signatures and signed URLs of copies") {
  Request request;
  request.headers.set("Authorization", "Bearer cktest-quotedbearer-1");
  CHECK(shown(request, "Bearer cktest-quotedbearer-1") == "Bearer ...");
  request.headers.set("Authorization", "SharedKey account12:cktest-quotedshared-1=");
  request.headers.set("x-ms-copy-source", "https://a.example/c/b?sv=2026-02-06&sig=cktest-quotedcopy%2F1");
  CHECK(shown(request, "account12:cktest-quotedshared-1=") == "account12:...");
  CHECK(shown(request, "sv=2026-02-06&sig=cktest-quotedcopy%2F1 cktest-quotedcopy/1") == "sv=2026-02-06&sig=... ...");
  CHECK(shown(Request(), "nothing") == "nothing");
}
