// Batch segments many photographs over one stream and prints what each shows most of.
//
//	go run ./examples/batch -words dog,grass,sky photos/*.jpg
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"

	"pixelclip.dev/go/pixelclip"
)

func main() {
	server := flag.String("server", "localhost:50051", "host:port of the server")
	words := flag.String("words", "", "what to look for, separated by commas")
	flag.Parse()
	if *words == "" || flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "usage: batch [-server host:port] -words dog,grass,sky photo.jpg...")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *server, strings.Split(*words, ","), flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, server string, words, paths []string) error {
	client, err := pixelclip.Dial(server)
	if err != nil {
		return err
	}
	defer client.Close()

	pictures := func(yield func(pixelclip.Picture) bool) {
		for _, path := range paths {
			if !yield(pixelclip.File(path)) {
				return
			}
		}
	}
	summaryOnly := pixelclip.WithEncoding(pixelclip.NoLabels)
	for answer, err := range client.SegmentAll(ctx, pictures, pixelclip.Words(words...), summaryOnly) {
		switch {
		case err != nil:
			return err
		case answer.Err != nil:
			fmt.Printf("%s: %v\n", paths[answer.ID], answer.Err)
		default:
			most := slices.MaxFunc(answer.Segmentation.Classes, func(a, b pixelclip.ClassResult) int {
				return cmp.Compare(a.Pixels, b.Pixels)
			})
			fmt.Printf("%s: %s, %.1f %%\n", paths[answer.ID], most.Name, 100*most.Share)
		}
	}
	return nil
}
