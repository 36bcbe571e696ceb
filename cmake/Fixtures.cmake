# pixelclip_fixture(NAME ARCHIVE): unpacks a .tar.xz into ${CMAKE_BINARY_DIR}/fixtures, which PIXELCLIP_TEST_FIXTURES
# names, as the target NAME. A test that reads it depends on that target.
function(pixelclip_fixture name archive)
  set(folder ${CMAKE_BINARY_DIR}/fixtures)
  set(stamp ${folder}/${name}.stamp)
  add_custom_command(
    OUTPUT ${stamp}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${folder}
    COMMAND ${CMAKE_COMMAND} -E chdir ${folder} ${CMAKE_COMMAND} -E tar xJf ${archive}
    COMMAND ${CMAKE_COMMAND} -E touch ${stamp}
    DEPENDS ${archive}
    COMMENT "Unpacking ${name}"
    VERBATIM)
  add_custom_target(${name} ALL DEPENDS ${stamp})
endfunction()
