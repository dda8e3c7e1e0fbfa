#pragma once

#include "aws/service/call.h"

#include <string>
#include <vector>

/// A kind of request that cloudkit sends to AWS, with what botocore is told to do the same: tests/golden/botocore
/// compares what comes of it.
struct GoldenRequest {
  std::string service;
  std::string operation;
  std::string parameters;  ///< botocore's, as JSON; bytes in base64.
  cloudkit::aws::service::Call call;
};

/// All of a component.
std::vector<GoldenRequest> golden_requests();
