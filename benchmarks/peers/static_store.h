#pragma once

#include "peers/request_reader.h"

namespace cloudkit::bench {

/// Answers one connection as an S3 server would whose every object is there: `…/size-N/…` has N bytes,
/// and below a prefix `…/count-N/` lie N keys. It stores nothing and checks nothing, signatures neither.
void serve(Stream& stream);

}  // namespace cloudkit::bench
