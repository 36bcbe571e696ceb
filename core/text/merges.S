// The published byte-pair merges of CLIP, gzip-compressed: see merges.h.
    .section .rodata
    .global pixelclip_merges_begin
    .global pixelclip_merges_end
    .hidden pixelclip_merges_begin
    .hidden pixelclip_merges_end
pixelclip_merges_begin:
    .incbin MERGES_FILE
pixelclip_merges_end:
    .section .note.GNU-stack, "", %progbits
