#pragma once

#include <cloudkit/result.h>
#include <cloudkit/stack_types.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// What the types of resources have in common: texts, and names.
namespace cloudkit::inline v0::stack {

/// `attribute` is the member of the spec: "user_data".
using TextVisitor = std::function<void(std::string_view attribute, std::string& text)>;
/// Every text of a spec in which a reference may stand. Names of tags and variables are none.
void for_each_text(StackResource::Spec& spec, const TextVisitor& visit);
void for_each_text(const StackResource::Spec& spec,
                   const std::function<void(std::string_view attribute, const std::string& text)>& visit);

/// The name in the spec: of an endpoint that of its function.
std::string_view name_in(const StackResource::Spec& spec);

/// Whether state and plans may keep a digest only of it. Not what outputs tell as it is, nor what a thing is found and
/// removed by, which is read back from the state.
bool may_be_secret(std::string_view type, std::string_view attribute);

/// All types, in the order of `StackResource::Spec`.
const std::vector<std::string_view>& types();

}  // namespace cloudkit::inline v0::stack
