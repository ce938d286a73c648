# SPDX-License-Identifier: Apache-2.0
# cmake --install: the program, both libraries, the headers, the CMake package, the examples and the licence.
# Components: program (what a user of the command line needs), library (the shared library), development (the rest).
include(CMakePackageConfigHelpers)
set(cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/millrace)

install(TARGETS millrace_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)
# The program writes its own manual page and completion script.
add_custom_command(TARGET millrace_cli POST_BUILD
                   COMMAND $<TARGET_FILE:millrace_cli> manual > ${CMAKE_CURRENT_BINARY_DIR}/millrace.1
                   COMMAND $<TARGET_FILE:millrace_cli> completion bash > ${CMAKE_CURRENT_BINARY_DIR}/millrace.bash
                   BYPRODUCTS ${CMAKE_CURRENT_BINARY_DIR}/millrace.1 ${CMAKE_CURRENT_BINARY_DIR}/millrace.bash)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/millrace.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT program)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/millrace.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
        RENAME millrace COMPONENT program)
install(FILES LICENSE README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT program)
if(BUILD_SHARED_LIBS)
  set_target_properties(millrace_cli PROPERTIES INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
endif()

install(TARGETS millrace_shared EXPORT millraceSharedTargets
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library NAMELINK_COMPONENT development)
install(TARGETS millrace_static millrace_dependencies EXPORT millraceStaticTargets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
install(EXPORT millraceStaticTargets NAMESPACE millrace:: DESTINATION ${cmake_dir} COMPONENT development)
install(EXPORT millraceSharedTargets NAMESPACE millrace:: DESTINATION ${cmake_dir} COMPONENT development)
install(DIRECTORY include/millrace DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
install(DIRECTORY examples DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT development PATTERN __pycache__ EXCLUDE)

configure_package_config_file(cmake/millraceConfig.cmake.in millraceConfig.cmake INSTALL_DESTINATION ${cmake_dir})
write_basic_package_version_file(millraceConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/millraceConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/millraceConfigVersion.cmake
        DESTINATION ${cmake_dir} COMPONENT development)
