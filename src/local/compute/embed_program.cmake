# cmake -DPROGRAM=… -DTEMPLATE=… -DOUTPUT=… -P embed_program.cmake: a program as an array in a source file.
file(READ ${PROGRAM} cloudkit_program HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," cloudkit_program "${cloudkit_program}")
configure_file(${TEMPLATE} ${OUTPUT} @ONLY)
