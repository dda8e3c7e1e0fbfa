#pragma once

#include <cloudkit/driver/forwarding_bucket.h>

using cloudkit::ForwardingBucket;
