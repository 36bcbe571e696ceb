package pixelclip

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/png"
	"slices"

	pb "pixelclip.dev/go/pixelclipv1"
)

// A LabelMap says which class each pixel has.
//
// It is also an image of the classes, each in a colour of its own and the background transparent, to be
// encoded or drawn over the picture: the same colours as those of the pixelclip program.
type LabelMap struct {
	Width, Height int
	// Labels are indices into [Segmentation].Classes, rows from the top: the pixel (x, y) is at y*Width + x.
	Labels []uint16

	background int // its label, or -1
}

// Label is the class of the pixel (x, y), which must lie within the picture.
func (m *LabelMap) Label(x, y int) int { return int(m.Labels[y*m.Width+x]) }

// Mask is opaque where the class is and transparent elsewhere, ready for [image/draw.DrawMask].
func (m *LabelMap) Mask(label int) *image.Alpha {
	mask := image.NewAlpha(m.Bounds())
	for i, l := range m.Labels {
		if int(l) == label {
			mask.Pix[i] = 0xff
		}
	}
	return mask
}

// Bounds implements [image.Image].
func (m *LabelMap) Bounds() image.Rectangle { return image.Rect(0, 0, m.Width, m.Height) }

// ColorModel implements [image.Image]: it is a [color.Palette].
func (m *LabelMap) ColorModel() color.Model { return palette }

// At implements [image.Image].
func (m *LabelMap) At(x, y int) color.Color {
	if !image.Pt(x, y).In(m.Bounds()) {
		return color.Transparent
	}
	return palette[m.ColorIndexAt(x, y)]
}

// ColorIndexAt implements [image.PalettedImage]; the index is one of the palette, not the label.
func (m *LabelMap) ColorIndexAt(x, y int) uint8 {
	if label := m.Label(x, y); label != m.background {
		return uint8(label % transparent)
	}
	return transparent
}

// decodeLabels returns nil for no label map and for encodings that are not known here.
func decodeLabels(message *pb.LabelMap, width, height, classes, background int) (*LabelMap, error) {
	var labels []uint16
	var err error
	switch encoding := message.GetEncoding().(type) {
	case *pb.LabelMap_Png:
		labels, err = decodePNG(encoding.Png, width, height)
	case *pb.LabelMap_Rle:
		labels, err = decodeRLE(encoding.Rle.GetMasks(), width, height)
	case *pb.LabelMap_Raw:
		labels, err = decodeRaw(encoding.Raw, width, height)
	default:
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if largest := int(slices.Max(labels)); largest >= classes {
		return nil, badAnswer("label %d, but %d classes", largest, classes)
	}
	return &LabelMap{Width: width, Height: height, Labels: labels, background: background}, nil
}

func decodePNG(data []byte, width, height int) ([]uint16, error) {
	picture, err := readPNG(data, width, height)
	if err != nil {
		return nil, err
	}
	labels := make([]uint16, width*height)
	switch grey := picture.(type) {
	case *image.Gray:
		for i, label := range grey.Pix {
			labels[i] = uint16(label)
		}
	case *image.Gray16:
		for i := range labels {
			labels[i] = binary.BigEndian.Uint16(grey.Pix[2*i:])
		}
	default:
		return nil, badAnswer("a label map that is not grey")
	}
	return labels, nil
}

func decodeRaw(raw *pb.RawLabelMap, width, height int) ([]uint16, error) {
	data, size := raw.GetLabels(), int(raw.GetBytesPerLabel())
	if (size != 1 && size != 2) || len(data) != width*height*size {
		return nil, badAnswer("%d bytes with %d a label for %d x %d pixels", len(data), size, width, height)
	}
	labels := make([]uint16, width*height)
	for i := range labels {
		if size == 1 {
			labels[i] = uint16(data[i])
		} else {
			labels[i] = binary.LittleEndian.Uint16(data[2*i:])
		}
	}
	return labels, nil
}

// readPNG looks at the size before it decodes.
func readPNG(data []byte, width, height int) (image.Image, error) {
	config, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, badAnswer("a map that is no PNG: %v", err)
	}
	if config.Width != width || config.Height != height {
		return nil, badAnswer("a map of %d x %d for %d x %d pixels", config.Width, config.Height, width, height)
	}
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, badAnswer("a map that is no PNG: %v", err)
	}
	return picture, nil
}
