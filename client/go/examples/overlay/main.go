// Overlay segments a photograph, prints the classes' shares, and writes the photograph with its classes coloured.
//
//	go run ./examples/overlay -out overlay.png photo.jpg dog "grass, lawn" sky
package main

import (
	"context"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	_ "image/jpeg"
	"image/png"
	"os"
	"time"

	"pixelclip.dev/go/pixelclip"
)

func main() {
	server := flag.String("server", "localhost:50051", "host:port of the server")
	out := flag.String("out", "overlay.png", "the picture to write")
	opacity := flag.Float64("opacity", 0.5, "of the colours, 0 to 1")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: overlay [flags] photo.jpg word...")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() < 2 || *opacity < 0 || *opacity > 1 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(*server, flag.Arg(0), *out, *opacity, flag.Args()[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(server, in, out string, opacity float64, words []string) error {
	photo, err := readImage(in)
	if err != nil {
		return err
	}
	client, err := pixelclip.Dial(server)
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	// Pixels rather than the File, whose EXIF orientation the server would apply and package image does not.
	result, err := client.Segment(ctx, pixelclip.Pixels(photo), pixelclip.Words(words...))
	if err != nil {
		return err
	}
	for _, class := range result.Classes {
		fmt.Printf("%-20s %5.1f %%\n", class.Name, 100*class.Share)
	}
	return writePNG(out, overlay(photo, result.Labels, opacity))
}

// overlay paints the label map over the photograph.
func overlay(photo image.Image, labels *pixelclip.LabelMap, opacity float64) image.Image {
	canvas := image.NewRGBA(labels.Bounds())
	draw.Draw(canvas, canvas.Bounds(), photo, photo.Bounds().Min, draw.Src)
	veil := image.NewUniform(color.Alpha{A: uint8(255 * opacity)})
	draw.DrawMask(canvas, canvas.Bounds(), labels, image.Point{}, veil, image.Point{}, draw.Over)
	return canvas
}

func readImage(path string) (image.Image, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	picture, _, err := image.Decode(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return picture, nil
}

func writePNG(path string, picture image.Image) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := png.Encode(file, picture); err != nil {
		return err
	}
	return file.Close()
}
