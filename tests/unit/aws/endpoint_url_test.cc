#include "aws/endpoint_url.h"

#include <doctest/doctest.h>

using namespace cloudkit::aws;

TEST_CASE("hosts of AWS are known by their end") {
  for (const char* host : {"https://s3.us-east-1.amazonaws.com", "https://s3.dualstack.cn-north-1.amazonaws.com.cn",
                           "https://s3.eusc-de-east-1.amazonaws.eu", "https://s3.us-iso-east-1.c2s.ic.gov"}) {
    CHECK_MESSAGE(is_amazon(*parse_endpoint(host, false)), host);
  }
  CHECK(is_amazon(*parse_endpoint("https://b.vpce-1.s3.eu-west-1.vpce.amazonaws.com:443", false)));
  CHECK_FALSE(is_amazon(*parse_endpoint("https://amazonaws.com.evil.example", false)));
  CHECK_FALSE(is_amazon(*parse_endpoint("https://evilamazonaws.com", false)));
  CHECK_FALSE(is_amazon(*parse_endpoint("https://amazonaws.com", false)));
}
