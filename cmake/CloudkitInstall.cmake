# What an installation holds: libraries, headers, the CMake package, the pkg-config file, licences.
include(CMakePackageConfigHelpers)

set(CLOUDKIT_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/cloudkit)
set(CLOUDKIT_LICENSE_DIR ${CMAKE_INSTALL_DATADIR}/licenses/cloudkit)

set(CLOUDKIT_COMPONENTS "")
foreach(component objects serve functions compute testing)
  if(TARGET cloudkit_${component})
    list(APPEND CLOUDKIT_COMPONENTS ${component})
    list(APPEND cloudkit_installed_targets cloudkit_${component})
  endif()
endforeach()

if(TARGET cloudkit_base)
  list(APPEND cloudkit_installed_targets cloudkit_base)
endif()
install(TARGETS cloudkit ${cloudkit_installed_targets} EXPORT cloudkitTargets
  RUNTIME COMPONENT runtime
  LIBRARY COMPONENT runtime NAMELINK_COMPONENT development
  ARCHIVE COMPONENT development)
install(EXPORT cloudkitTargets NAMESPACE cloudkit:: DESTINATION ${CLOUDKIT_CMAKE_DIR} COMPONENT development)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/cloudkit ${PROJECT_BINARY_DIR}/generated/cloudkit
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development FILES_MATCHING PATTERN "*.h")
install(FILES LICENSE THIRD_PARTY_NOTICES.md DESTINATION ${CLOUDKIT_LICENSE_DIR} COMPONENT runtime)

# Before 1.0 a minor version may change the interface: SemVer, clause 4.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/cloudkitConfigVersion.cmake COMPATIBILITY SameMinorVersion)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/cloudkitConfig.cmake.in ${PROJECT_BINARY_DIR}/cloudkitConfig.cmake
  INSTALL_DESTINATION ${CLOUDKIT_CMAKE_DIR} NO_SET_AND_CHECK_MACRO)
install(FILES ${PROJECT_BINARY_DIR}/cloudkitConfig.cmake ${PROJECT_BINARY_DIR}/cloudkitConfigVersion.cmake
  ${PROJECT_SOURCE_DIR}/cmake/CloudkitLibzip.cmake ${PROJECT_SOURCE_DIR}/cmake/CloudkitFunction.cmake
  ${PROJECT_SOURCE_DIR}/cmake/CloudkitPackFunction.cmake
  DESTINATION ${CLOUDKIT_CMAKE_DIR} COMPONENT development)

# Who links an archive links what it needs; a shared library brings that along. Not in
# Libs.private: `pkg-config --static` would ask for libcurl's whole closure as archives.
if(BUILD_SHARED_LIBS)
  set(CLOUDKIT_PC_REQUIRES Requires.private)
  set(CLOUDKIT_PC_CFLAGS "")
  set(CLOUDKIT_PC_LIBS "")
else()
  set(CLOUDKIT_PC_REQUIRES Requires)
  set(CLOUDKIT_PC_CFLAGS " -DCLOUDKIT_STATIC_DEFINE")
  set(CLOUDKIT_PC_LIBS " -lcloudkit_base -pthread")
endif()
# From the directory of the .pc file up to the prefix, so that the installation can be moved.
file(RELATIVE_PATH CLOUDKIT_PC_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(${PROJECT_SOURCE_DIR}/cmake/cloudkit.pc.in ${PROJECT_BINARY_DIR}/cloudkit.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/cloudkit.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
