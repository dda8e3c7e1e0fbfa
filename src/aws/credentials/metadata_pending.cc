#include "aws/credentials/surroundings.h"

namespace cloudkit::inline v0::aws {

Result<Lookup> look_in_container(const Surroundings&, const Context&) {
  return Lookup{{}, "this version does not look there yet"};
}

Result<Lookup> look_in_instance_metadata(const ChosenProfile&, const Surroundings&, const Context&) {
  return Lookup{{}, "this version does not look there yet"};
}

}  // namespace cloudkit::inline v0::aws
