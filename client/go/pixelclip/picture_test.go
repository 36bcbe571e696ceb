package pixelclip

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"testing"
)

func TestPackRGB(t *testing.T) {
	colours := []color.NRGBA{{1, 2, 3, 255}, {40, 50, 60, 255}, {7, 8, 9, 255}, {200, 210, 220, 255}}
	fill := func(picture draw.Image) image.Image {
		for i, c := range colours {
			picture.Set(5+i%2, 6+i/2, c)
		}
		return picture
	}
	// A part of a larger picture: rows with gaps.
	bounds, part := image.Rect(0, 0, 10, 10), image.Rect(5, 6, 7, 8)
	rgba := fill(image.NewRGBA(bounds)).(*image.RGBA).SubImage(part)
	nrgba := fill(image.NewNRGBA(bounds)).(*image.NRGBA).SubImage(part)
	rgba64 := fill(image.NewRGBA64(part))
	want := []byte{1, 2, 3, 40, 50, 60, 7, 8, 9, 200, 210, 220}
	for _, picture := range []image.Image{rgba, nrgba, rgba64} {
		if got := packRGB(picture); !bytes.Equal(got, want) {
			t.Errorf("%T: got %v, want %v", picture, got, want)
		}
	}

	// Alpha is dropped, not mixed with black.
	translucent := image.NewNRGBA(image.Rect(0, 0, 1, 1))
	translucent.SetNRGBA(0, 0, color.NRGBA{200, 100, 50, 128})
	for _, picture := range []image.Image{translucent, struct{ image.Image }{translucent}} {
		if got, want := packRGB(picture), []byte{200, 100, 50}; !bytes.Equal(got, want) {
			t.Errorf("%T: got %v, want %v", picture, got, want)
		}
	}
}
