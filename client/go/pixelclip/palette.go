package pixelclip

import "image/color"

// The index of what follows the colours.
const transparent = 48

// A colour for each label, as in core/image/palette.cc: each as far as possible from all before. After 48
// labels they come again.
var palette = color.Palette{
	rgb(234, 60, 63), rgb(14, 100, 229), rgb(253, 192, 16), rgb(64, 239, 124),
	rgb(167, 48, 176), rgb(7, 191, 222), rgb(115, 116, 21), rgb(230, 181, 252),
	rgb(246, 156, 141), rgb(133, 122, 196), rgb(248, 90, 176), rgb(161, 81, 108),
	rgb(148, 185, 109), rgb(17, 149, 124), rgb(213, 116, 253), rgb(186, 104, 38),
	rgb(48, 153, 9), rgb(17, 120, 165), rgb(115, 75, 221), rgb(90, 230, 198),
	rgb(188, 219, 39), rgb(49, 156, 252), rgb(194, 24, 117), rgb(204, 131, 180),
	rgb(254, 120, 2), rgb(149, 182, 254), rgb(201, 157, 78), rgb(34, 195, 115),
	rgb(110, 124, 253), rgb(178, 150, 255), rgb(143, 83, 157), rgb(214, 111, 113),
	rgb(124, 186, 16), rgb(248, 138, 226), rgb(213, 207, 119), rgb(6, 191, 168),
	rgb(252, 188, 124), rgb(195, 96, 188), rgb(160, 106, 236), rgb(181, 68, 54),
	rgb(87, 99, 196), rgb(52, 130, 59), rgb(253, 166, 200), rgb(252, 97, 131),
	rgb(129, 152, 8), rgb(156, 223, 141), rgb(185, 175, 30), rgb(67, 156, 204),
	transparent: color.RGBA{},
}

func rgb(red, green, blue uint8) color.Color { return color.RGBA{red, green, blue, 0xff} }
