# A bill of materials as SPDX 2.3 has it: https://spdx.github.io/spdx-spec/v2.3/
#
#   cloudkit_write_sbom(FILE VERSION PARTS)    of an installation: what it needs, in the versions that were found
#   cmake -DOUTPUT=FILE -P cmake/CloudkitSbom.cmake      of the sources: what they may need
#
# The same input makes the same bytes; SOURCE_DATE_EPOCH is when.
cmake_policy(VERSION 3.22)
set(CLOUDKIT_DEPENDENCIES ${CMAKE_CURRENT_LIST_DIR}/dependencies.json)

function(cloudkit_write_sbom file release parts)
  file(READ ${CLOUDKIT_DEPENDENCIES} dependencies)
  string(JSON count LENGTH "${dependencies}" dependencies)
  math(EXPR last "${count} - 1")
  set(packages "")
  set(relationships "")
  foreach(index RANGE ${last})
    foreach(member name part purl version license home soname compiled_in)
      string(JSON ${member} GET "${dependencies}" dependencies ${index} ${member})
    endforeach()
    if(NOT part IN_LIST parts)
      continue()
    endif()
    set(found "${${version}}")
    set(of_version "")
    if(found)
      set(of_version "\n      \"versionInfo\": \"${found}\",")
      string(APPEND purl "@${found}")
    endif()
    if(NOT CLOUDKIT_SBOM_BINARIES)
      set(relation DEPENDS_ON)
    elseif(compiled_in)
      set(relation STATIC_LINK)
    elseif(TARGET cloudkit_base)
      set(relation DEPENDS_ON)  # How, decides the program that links the archive.
    else()
      set(relation DYNAMIC_LINK)
    endif()
    string(APPEND packages ",
    {
      \"SPDXID\": \"SPDXRef-${name}\",
      \"name\": \"${name}\",${of_version}
      \"supplier\": \"NOASSERTION\",
      \"downloadLocation\": \"NOASSERTION\",
      \"homepage\": \"${home}\",
      \"filesAnalyzed\": false,
      \"licenseConcluded\": \"${license}\",
      \"licenseDeclared\": \"${license}\",
      \"copyrightText\": \"NOASSERTION\",
      \"externalRefs\": [{ \"referenceCategory\": \"PACKAGE-MANAGER\", \"referenceType\": \"purl\", \"referenceLocator\": \"${purl}\" }]
    }")
    string(APPEND relationships ",
    { \"spdxElementId\": \"SPDXRef-cloudkit\", \"relationshipType\": \"${relation}\", \"relatedSpdxElement\": \"SPDXRef-${name}\" }")
  endforeach()
  string(TIMESTAMP created "%Y-%m-%dT%H:%M:%SZ" UTC)
  string(UUID uuid NAMESPACE 6ba7b811-9dad-11d1-80b4-00c04fd430c8 NAME "cloudkit ${release} ${created} ${packages} ${relationships}" TYPE SHA1)
  file(WRITE ${file} "{
  \"spdxVersion\": \"SPDX-2.3\",
  \"dataLicense\": \"CC0-1.0\",
  \"SPDXID\": \"SPDXRef-DOCUMENT\",
  \"name\": \"cloudkit-${release}\",
  \"documentNamespace\": \"https://spdx.org/spdxdocs/cloudkit-${release}-${uuid}\",
  \"creationInfo\": { \"created\": \"${created}\", \"creators\": [\"Tool: cloudkit-CloudkitSbom.cmake\"] },
  \"packages\": [
    {
      \"SPDXID\": \"SPDXRef-cloudkit\",
      \"name\": \"cloudkit\",
      \"versionInfo\": \"${release}\",
      \"supplier\": \"NOASSERTION\",
      \"downloadLocation\": \"NOASSERTION\",
      \"filesAnalyzed\": false,
      \"licenseConcluded\": \"Apache-2.0\",
      \"licenseDeclared\": \"Apache-2.0\",
      \"copyrightText\": \"NOASSERTION\",
      \"primaryPackagePurpose\": \"LIBRARY\",
      \"externalRefs\": [{ \"referenceCategory\": \"PACKAGE-MANAGER\", \"referenceType\": \"purl\", \"referenceLocator\": \"pkg:generic/cloudkit@${release}\" }]
    }${packages}
  ],
  \"relationships\": [
    { \"spdxElementId\": \"SPDXRef-DOCUMENT\", \"relationshipType\": \"DESCRIBES\", \"relatedSpdxElement\": \"SPDXRef-cloudkit\" }${relationships}
  ]
}
")
endfunction()

if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  file(READ ${CMAKE_CURRENT_LIST_DIR}/../CMakeLists.txt project)
  string(REGEX MATCH "project\\(cloudkit VERSION ([0-9.]+)" found "${project}")
  cloudkit_write_sbom(${OUTPUT} ${CMAKE_MATCH_1} "objects;functions;compute;stack;tools")
endif()
