# What an installation holds: libraries, headers, the CMake package, the pkg-config files, licences, what it needs of others.
include(CMakePackageConfigHelpers)

set(CLOUDKIT_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/cloudkit)
set(CLOUDKIT_LICENSE_DIR ${CMAKE_INSTALL_DATADIR}/licenses/cloudkit)

set(CLOUDKIT_COMPONENTS "")
foreach(component objects serve functions compute stack testing)
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
# BUILD_SHARED_LIBS is unset where cloudkit is a part of a build.
set(CLOUDKIT_IS_STATIC OFF)
if(TARGET cloudkit_base)
  set(CLOUDKIT_IS_STATIC ON)
endif()
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/cloudkitConfig.cmake.in ${PROJECT_BINARY_DIR}/cloudkitConfig.cmake
  INSTALL_DESTINATION ${CLOUDKIT_CMAKE_DIR} NO_SET_AND_CHECK_MACRO)
install(FILES ${PROJECT_BINARY_DIR}/cloudkitConfig.cmake ${PROJECT_BINARY_DIR}/cloudkitConfigVersion.cmake
  ${PROJECT_SOURCE_DIR}/cmake/CloudkitLibzip.cmake ${PROJECT_SOURCE_DIR}/cmake/CloudkitFunction.cmake
  ${PROJECT_SOURCE_DIR}/cmake/CloudkitPackFunction.cmake
  DESTINATION ${CLOUDKIT_CMAKE_DIR} COMPONENT development)

include(CloudkitPkgConfig)

# What this build needs of others, for those who must know.
include(CloudkitSbom)
set(parts ${CLOUDKIT_COMPONENTS})
if(CLOUDKIT_TOOLS)
  list(APPEND parts tools)
endif()
set(CLOUDKIT_SBOM_BINARIES ON)
cloudkit_write_sbom(${PROJECT_BINARY_DIR}/cloudkit.spdx.json ${PROJECT_VERSION} "${parts}")
install(FILES ${PROJECT_BINARY_DIR}/cloudkit.spdx.json DESTINATION ${CMAKE_INSTALL_DATADIR}/sbom COMPONENT runtime)
