# cmake -DPROGRAM=… -DZIP=… -DDIRECTORY=… -DSTRIP=… -P CloudkitPackFunction.cmake
# Packs the stripped program as `bootstrap`, mode 0755, into the zip; does nothing when that is what it holds.
set(new ${DIRECTORY}/new/bootstrap)
set(packed ${DIRECTORY}/bootstrap)
file(MAKE_DIRECTORY ${DIRECTORY}/new)
if(STRIP)
  execute_process(COMMAND ${STRIP} -o ${new} ${PROGRAM} COMMAND_ERROR_IS_FATAL ANY)
else()
  configure_file(${PROGRAM} ${new} COPYONLY)
endif()
execute_process(COMMAND ${CMAKE_COMMAND} -E compare_files ${new} ${packed} RESULT_VARIABLE differs ERROR_QUIET)
if(EXISTS ${ZIP} AND differs EQUAL 0)
  return()
endif()
# A pack that is cut off must leave no zip that looks as if it were of this program.
file(REMOVE ${ZIP})
file(RENAME ${new} ${packed})
file(CHMOD ${packed} PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
# The program's own time would make another zip of the same program. What libarchive adds about its inode still does:
# the digest that deploying compares is of names, modes and contents.
execute_process(COMMAND ${CMAKE_COMMAND} -E tar cf ${ZIP}.new --format=zip "--mtime=1980-01-01 00:00:00 UTC" bootstrap
  WORKING_DIRECTORY ${DIRECTORY} COMMAND_ERROR_IS_FATAL ANY)
file(RENAME ${ZIP}.new ${ZIP})
