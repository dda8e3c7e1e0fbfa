#pragma once

#include <cloudkit/object_store.h>

#include <string>

/// Keeps today's report, and the name of the newest one under "latest". Code as it might be yours: it is given a
/// bucket, and does not know which.
cloudkit::Status publish(const cloudkit::Bucket& bucket, const std::string& day, const std::string& report);
