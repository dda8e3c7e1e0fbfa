#pragma once

#include <cloudkit/testing/case_result.h>

namespace test {

/// Where moto is no S3, in every suite that runs on it.
inline const cloudkit::testing::Deviations kMotoDeviations = {
    {"metadata_names_keep_underscores", "moto 5.2 loses one of two names that differ in '_' and '-'"},
    {"keys_control_characters", "moto 5.2 has no route for a key with a line break"},
    {"presign_expires", "moto 5.2 checks no signature"},
    {"presign_wrong_method_refused", "moto 5.2 checks no signature"},
    {"presign_other_key_refused", "moto 5.2 checks no signature"},
    {"presign_signed_content_type_enforced", "moto 5.2 checks no signature"},
};

/// The same now and then.
inline const cloudkit::testing::Deviations kOccasionalMotoDeviations = {
    {"cas_counter_8x25_increments", "moto 5.2 compares, then writes: seldom two writers both win"},
};

}  // namespace test
