# SPDX-License-Identifier: Apache-2.0
# cmake -D build=BUILD_FOLDER -P run.cmake: installs into a scratch prefix, then configures,
# builds and runs the outside project beside this file against it.
set(ENV{LEMNOS_DOCTOR} off)
set(scratch ${build}/install-test)
file(REMOVE_RECURSE ${scratch})
foreach(command
    "${CMAKE_COMMAND} --install ${build} --prefix ${scratch}/prefix"
    "${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -B ${scratch}/build -G Ninja \
     -D CMAKE_PREFIX_PATH=${scratch}/prefix"
    "${CMAKE_COMMAND} --build ${scratch}/build"
    "${scratch}/build/outside"
    "${scratch}/prefix/bin/lemnos --help")
  separate_arguments(arguments UNIX_COMMAND "${command}")
  execute_process(COMMAND ${arguments} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
