# cloudkit_add_function(NAME source… [LIBRARIES target…] [DYNAMIC])
#
# A program that serves a function (<cloudkit/serve.h>), and beside it NAME.zip, with the stripped program as
# `bootstrap`: what Lambda's provided.* runtimes and cloudkit's own run. Linked fully static, so that it runs on any
# Linux of the architecture; its libraries must be archives then.
#
# DYNAMIC links it as any program, for libraries that have no archive. Then the target needs them all, and a C library
# at least as new: build it there.
function(cloudkit_add_function name)
  cmake_parse_arguments(PARSE_ARGV 1 function "DYNAMIC" "" "LIBRARIES")
  if(NOT function_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "cloudkit_add_function(${name}): there are no sources")
  endif()
  if(NOT TARGET cloudkit::serve)
    message(FATAL_ERROR "cloudkit_add_function(${name}): there is no cloudkit::serve: find_package(cloudkit COMPONENTS serve)")
  endif()
  add_executable(${name} ${function_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE cloudkit::serve ${function_LIBRARIES})
  target_compile_options(${name} PRIVATE -ffunction-sections -fdata-sections)
  target_link_options(${name} PRIVATE LINKER:--gc-sections)
  if(NOT function_DYNAMIC)
    if(NOT TARGET cloudkit::base)  # Which a shared library has within it. Types of targets tell nothing by Conan.
      message(FATAL_ERROR "cloudkit_add_function(${name}): this cloudkit is a shared library, and a function is linked "
        "fully static. Take a cloudkit that was built with BUILD_SHARED_LIBS=OFF, or say DYNAMIC.")
    endif()
    target_link_options(${name} PRIVATE -static)
  endif()
  # A byproduct at another place would never be there, and have the program linked anew each time.
  get_target_property(directory ${name} RUNTIME_OUTPUT_DIRECTORY)
  if(NOT directory)
    set(directory ${CMAKE_CURRENT_BINARY_DIR})
  endif()
  get_property(has_configurations GLOBAL PROPERTY GENERATOR_IS_MULTI_CONFIG)
  if(has_configurations AND NOT directory MATCHES "\\$<")
    string(APPEND directory "/$<CONFIG>")
  endif()
  add_custom_command(TARGET ${name} POST_BUILD VERBATIM
    COMMAND ${CMAKE_COMMAND} -DPROGRAM=$<TARGET_FILE:${name}> -DZIP=$<TARGET_FILE_DIR:${name}>/${name}.zip
      -DDIRECTORY=${CMAKE_CURRENT_BINARY_DIR}/${name}.function/$<CONFIG> -DSTRIP=${CMAKE_STRIP}
      -P ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/CloudkitPackFunction.cmake
    BYPRODUCTS ${directory}/${name}.zip)
endfunction()
