# What an installation holds: libraries, headers, the CMake package, the pkg-config files, licences, what it needs of others.
include(CMakePackageConfigHelpers)

set(CLOUDKIT_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/cloudkit)
set(CLOUDKIT_LICENSE_DIR ${CMAKE_INSTALL_DATADIR}/licenses/cloudkit)

# An export of each, so that the package gives the targets of what was asked for. base is a part to none but the others.
set(CLOUDKIT_COMPONENTS "")
foreach(component base objects serve functions compute stack testing)
  if(TARGET cloudkit_${component})
    if(NOT component STREQUAL base)
      list(APPEND CLOUDKIT_COMPONENTS ${component})
    endif()
    install(TARGETS cloudkit_${component} EXPORT cloudkit_${component}Targets
      RUNTIME COMPONENT runtime
      LIBRARY COMPONENT runtime NAMELINK_COMPONENT development
      ARCHIVE COMPONENT development)
    list(APPEND cloudkit_exports cloudkit_${component}Targets)
  endif()
endforeach()
install(TARGETS cloudkit EXPORT cloudkitTargets)
foreach(export IN LISTS cloudkit_exports ITEMS cloudkitTargets)
  install(EXPORT ${export} NAMESPACE cloudkit:: DESTINATION ${CLOUDKIT_CMAKE_DIR} COMPONENT development)
endforeach()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/cloudkit ${PROJECT_BINARY_DIR}/generated/cloudkit
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development FILES_MATCHING PATTERN "*.h")
install(FILES LICENSE THIRD_PARTY_NOTICES.md DESTINATION ${CLOUDKIT_LICENSE_DIR} COMPONENT runtime)

# Before 1.0 a minor version may change the interface: SemVer, clause 4.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/cloudkitConfigVersion.cmake COMPATIBILITY SameMinorVersion)
# BUILD_SHARED_LIBS is unset where cloudkit is a part of a build.
set(CLOUDKIT_IS_STATIC OFF)
set(base_of_objects "")
set(base_of_serve objects)  # One shared library has them all.
if(TARGET cloudkit_base)
  set(CLOUDKIT_IS_STATIC ON)
  set(base_of_objects base)
  set(base_of_serve base)
endif()
set(base_of_testing ${CLOUDKIT_COMPONENTS})
list(REMOVE_ITEM base_of_testing serve stack testing)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/cloudkitConfig.cmake.in ${PROJECT_BINARY_DIR}/cloudkitConfig.cmake
  INSTALL_DESTINATION ${CLOUDKIT_CMAKE_DIR} NO_SET_AND_CHECK_MACRO)
install(FILES ${PROJECT_BINARY_DIR}/cloudkitConfig.cmake ${PROJECT_BINARY_DIR}/cloudkitConfigVersion.cmake
  ${PROJECT_SOURCE_DIR}/cmake/CloudkitDate.cmake ${PROJECT_SOURCE_DIR}/cmake/CloudkitLibzip.cmake
  ${PROJECT_SOURCE_DIR}/cmake/CloudkitFunction.cmake ${PROJECT_SOURCE_DIR}/cmake/CloudkitPackFunction.cmake
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
