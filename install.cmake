# SPDX-License-Identifier: Apache-2.0
# How the library is found: #include <lemnos/lemnos.h> and find_package(lemnos), in the build tree
# and installed. Headers name each other from the repository root ("runtime/base/error.h"), so the
# installed tree has include/lemnos/ on the path too.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(public_folders runtime ops data nn)

# Build tree: links, so that an error message names the file one edits.
set(include ${PROJECT_BINARY_DIR}/include)
file(MAKE_DIRECTORY ${include}/lemnos)
file(CREATE_LINK ${PROJECT_SOURCE_DIR}/nn/lemnos.h ${include}/lemnos/lemnos.h SYMBOLIC)
target_include_directories(lemnos PUBLIC
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<BUILD_INTERFACE:${include}>
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/lemnos>)
target_compile_features(lemnos PUBLIC cxx_std_20)

foreach(folder IN LISTS public_folders)
  install(DIRECTORY ${folder} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/lemnos
          FILES_MATCHING PATTERN "*.h" PATTERN "*.inc")
endforeach()
install(FILES nn/lemnos.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/lemnos)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(TARGETS lemnos-bin)
install(TARGETS lemnos EXPORT lemnosTargets)
if(LEMNOS_VIEWER)
  install(TARGETS lemnos-viewer)
  install(FILES assets/lemnos-viewer.desktop DESTINATION ${CMAKE_INSTALL_DATADIR}/applications)
  set(icons ${CMAKE_INSTALL_DATADIR}/icons/hicolor)
  install(FILES assets/icon/lemnos-viewer.svg DESTINATION ${icons}/scalable/apps)
  install(FILES assets/icon/lemnos-viewer.png DESTINATION ${icons}/256x256/apps)
  install(FILES assets/fonts/OFL.txt DESTINATION ${CMAKE_INSTALL_DOCDIR})  # the program has them
endif()

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/lemnos)
install(EXPORT lemnosTargets NAMESPACE lemnos:: DESTINATION ${package})
list(TRANSFORM dependencies REPLACE "(.+)" "find_dependency(\\1)\n" OUTPUT_VARIABLE finds)
string(CONCAT config "include(CMakeFindDependencyMacro)\n" ${finds}
       "find_dependency(PkgConfig)\n"
       "pkg_check_modules(sentencepiece REQUIRED IMPORTED_TARGET sentencepiece)\n"
       "include(\${CMAKE_CURRENT_LIST_DIR}/lemnosTargets.cmake)\n")
file(CONFIGURE OUTPUT lemnosConfig.cmake CONTENT "${config}" @ONLY)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/lemnosConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/lemnosConfig.cmake
              ${PROJECT_BINARY_DIR}/lemnosConfigVersion.cmake DESTINATION ${package})
