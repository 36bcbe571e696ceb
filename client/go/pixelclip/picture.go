package pixelclip

import (
	"errors"
	"fmt"
	"image"
	"image/draw"
	"os"
	"time"

	pb "pixelclip.dev/go/pixelclipv1"
)

// A Picture is what to segment: a [File], an [Encoded] one, [Pixels], or the [Features] of one that the
// server has seen.
type Picture interface {
	image() (*pb.Image, error)
}

// File is the path of a JPEG, PNG, WebP, BMP or TIFF. It is read when it is sent; the server applies its EXIF
// orientation and drops alpha.
type File string

func (f File) image() (*pb.Image, error) {
	contents, err := os.ReadFile(string(f))
	if err != nil {
		return nil, fmt.Errorf("pixelclip: %w", err)
	}
	return Encoded(contents).image()
}

// Encoded is the contents of such a file.
type Encoded []byte

func (e Encoded) image() (*pb.Image, error) {
	return &pb.Image{Source: &pb.Image_Encoded{Encoded: e}}, nil
}

// Pixels is a decoded picture, sent as plain RGB; alpha is dropped. Its upper left corner is (0, 0) in every
// answer, whatever its bounds.
func Pixels(picture image.Image) Picture { return pixels{picture} }

type pixels struct{ picture image.Image }

func (p pixels) image() (*pb.Image, error) {
	width, height := p.picture.Bounds().Dx(), p.picture.Bounds().Dy()
	return &pb.Image{Source: &pb.Image_Raw{Raw: &pb.RawImage{
		Width:  uint32(width),
		Height: uint32(height),
		Format: pb.PixelFormat_PIXEL_FORMAT_RGB8,
		Data:   packRGB(p.picture),
	}}}, nil
}

// Features name a picture that the server has encoded and keeps for a while: see [WithFeatures]. They are
// good on that server only and for the model that made them, which calls with them use unless told otherwise.
type Features struct {
	// Lifetime is how long the server keeps them at most; each use begins that time anew.
	Lifetime time.Duration

	id, model string
}

func (f *Features) image() (*pb.Image, error) {
	if f == nil {
		return nil, errors.New("pixelclip: no features: make the picture's first call with WithFeatures")
	}
	return &pb.Image{Source: &pb.Image_FeaturesId{FeaturesId: f.id}}, nil
}

// packRGB returns the rows from the top, three bytes a pixel.
func packRGB(picture image.Image) []byte {
	bounds := picture.Bounds()
	size := image.Rect(0, 0, bounds.Dx(), bounds.Dy())
	// Drawing into RGBA is fast, but would darken what is translucent: RGBA holds colours times alpha.
	var pix []byte
	if opaque, ok := picture.(interface{ Opaque() bool }); ok && opaque.Opaque() {
		canvas := image.NewRGBA(size)
		draw.Draw(canvas, size, picture, bounds.Min, draw.Src)
		pix = canvas.Pix
	} else {
		canvas := image.NewNRGBA(size)
		draw.Draw(canvas, size, picture, bounds.Min, draw.Src)
		pix = canvas.Pix
	}
	// In place: a pixel's place moves towards the front.
	rgb := pix[:0]
	for i := 0; i < len(pix); i += 4 {
		rgb = append(rgb, pix[i], pix[i+1], pix[i+2])
	}
	return rgb
}
