# The CMake package `racewalk`: headers below <prefix>/include/racewalk/sim, the libraries that a program under test links
# to. (The command line installs itself.) The target for users is racewalk::sim.
include(CMakePackageConfigHelpers)

if(TARGET sim_vfs)
  target_link_libraries(sim_sim INTERFACE sim::vfs)
endif()
# `#include <sim/sim.hpp>`; headers name each other from sim/.
target_include_directories(sim_sim INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
                                             $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/racewalk>)

set(public_folders base event runtime sync vfs explore check)
set(public_targets sim_sim)
foreach(folder IN LISTS public_folders)
  if(TARGET sim_${folder})
    list(APPEND public_targets sim_${folder})
    install(DIRECTORY ${folder} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/racewalk/sim FILES_MATCHING PATTERN "*.hpp")
  endif()
endforeach()
install(FILES sim.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/racewalk/sim)

foreach(target IN LISTS public_targets)
  string(REPLACE "sim_" "" export_name ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${export_name} OUTPUT_NAME racewalk_${export_name})
endforeach()
install(TARGETS ${public_targets} EXPORT racewalk ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})

set(package_directory ${CMAKE_INSTALL_LIBDIR}/cmake/racewalk)
install(EXPORT racewalk NAMESPACE racewalk:: FILE racewalk-targets.cmake DESTINATION ${package_directory})
configure_package_config_file(racewalk-config.cmake.in racewalk-config.cmake INSTALL_DESTINATION ${package_directory})
write_basic_package_version_file(racewalk-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/racewalk-config.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/racewalk-config-version.cmake DESTINATION ${package_directory})
