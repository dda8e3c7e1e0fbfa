# A pkg-config module for each component, called as Conan calls them, cloudkit-objects, and `cloudkit`, their sum.

# From the directory of the .pc file up to the prefix, so that the installation can be moved.
file(RELATIVE_PATH CLOUDKIT_PC_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)

# cloudkit_pkg_config(TARGET DESCRIPTION [PARTS component…] [REQUIRES module…] [LIBS flag…]): the components that it
# builds on, and what its archive needs of others.
function(cloudkit_pkg_config target pc_description)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "" "PARTS;REQUIRES;LIBS")
  string(REPLACE "_" "-" pc_name ${target})
  set(pc_requires ${arg_PARTS})
  list(TRANSFORM pc_requires REPLACE "(.+)" "cloudkit-\\1 = ${PROJECT_VERSION}")
  set(pc_libs "")
  get_target_property(type ${target} TYPE)
  if(NOT type STREQUAL INTERFACE_LIBRARY)
    list(APPEND pc_libs -l${target})
  endif()
  set(pc_cflags "")
  # Who links an archive links what it needs; a shared library brings that along. Not in Requires.private: `pkg-config
  # --static` would ask for libcurl's whole closure as archives.
  if(TARGET cloudkit_base)
    list(APPEND pc_requires ${arg_REQUIRES})
    list(APPEND pc_libs ${arg_LIBS})
    set(pc_cflags -DCLOUDKIT_STATIC_DEFINE)
  endif()
  list(JOIN pc_requires ", " pc_requires)
  list(JOIN pc_libs " " pc_libs)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/cloudkit.pc.in ${PROJECT_BINARY_DIR}/${pc_name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${pc_name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
endfunction()

if(TARGET cloudkit_base)
  cloudkit_pkg_config(cloudkit_base "What the parts of cloudkit have in common" LIBS -pthread)
endif()
cloudkit_pkg_config(cloudkit_objects "Object stores, sync and backup" PARTS ${base_of_objects} REQUIRES libcurl libcrypto pugixml fmt)
cloudkit_pkg_config(cloudkit_serve "The inside of a function" PARTS ${base_of_serve})
if(CLOUDKIT_FUNCTIONS)
  # Of date there is no module.
  cloudkit_pkg_config(cloudkit_functions "Function runtimes" PARTS objects REQUIRES libzip LIBS -ldate-tz)
endif()
if(CLOUDKIT_COMPUTE)
  cloudkit_pkg_config(cloudkit_compute "Machines" PARTS objects REQUIRES zlib)
endif()
if(CLOUDKIT_STACK)
  cloudkit_pkg_config(cloudkit_stack "Stacks of functions, machines and buckets" PARTS functions compute)
endif()
set(parts ${CLOUDKIT_COMPONENTS})
list(REMOVE_ITEM parts testing)
cloudkit_pkg_config(cloudkit "${PROJECT_DESCRIPTION}" PARTS ${parts})
list(REMOVE_ITEM parts serve stack)
cloudkit_pkg_config(cloudkit_testing "Conformance suites of backends" PARTS ${parts})
