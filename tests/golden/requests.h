#pragma once

#include "aws/service/call.h"

#include <string>
#include <vector>

/// Every kind of request that function runtimes send to AWS, each with what botocore is told to do the same:
/// tests/golden/botocore_test compares what comes of it.
struct GoldenRequest {
  std::string service;
  std::string operation;
  std::string parameters;  ///< botocore's, as JSON; bytes in base64.
  cloudkit::aws::service::Call call;
};

std::vector<GoldenRequest> golden_requests();
