package pixelclip_test

import (
	"context"
	"errors"
	"fmt"
	"image/png"
	"log"
	"os"
	"time"

	"pixelclip.dev/go/pixelclip"
)

func Example() {
	client, err := pixelclip.Dial("localhost:50051")
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	result, err := client.Segment(ctx, pixelclip.File("photo.jpg"), pixelclip.Words("dog", "grass, lawn", "sky"))
	if err != nil {
		log.Fatal(err)
	}
	for _, class := range result.Classes {
		fmt.Printf("%s: %.1f %% in %v\n", class.Name, 100*class.Share, class.Box)
	}
	file, err := os.Create("labels.png")
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	if err := png.Encode(file, result.Labels); err != nil {
		log.Fatal(err)
	}
}

func ExampleDial() {
	config, err := pixelclip.LoadTLS("ca.pem", "client.pem", "client-key.pem")
	if err != nil {
		log.Fatal(err)
	}
	client, err := pixelclip.Dial("dns:///segment.example.com:443",
		pixelclip.WithTLS(config), pixelclip.WithBearerToken(os.Getenv("PIXELCLIP_TOKEN")))
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
}

// Other words for the same picture, without encoding it again.
func ExampleFeatures() {
	var client *pixelclip.Client
	ctx := context.Background()

	photo := pixelclip.File("photo.jpg")
	first, err := client.Segment(ctx, photo, pixelclip.Words("animal", "plant"), pixelclip.WithFeatures())
	if err != nil {
		log.Fatal(err)
	}
	words := pixelclip.Words("dog", "cat", "tree")
	result, err := client.Segment(ctx, first.Features, words)
	if errors.Is(err, pixelclip.ErrFeaturesExpired) {
		result, err = client.Segment(ctx, photo, words)
	}
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Classes)
}

// A long list of words travels once, also to servers behind a load balancer.
func ExampleClient_RegisterVocabulary() {
	var client *pixelclip.Client
	ctx := context.Background()

	words, err := client.RegisterVocabulary(ctx, pixelclip.Vocabulary{
		Classes: []pixelclip.Class{
			{Name: "road", Synonyms: []string{"street", "asphalt"}},
			{Name: "traffic light"},
		},
		Templates: []string{"a photo of {article} {}."},
	}, "")
	if err != nil {
		log.Fatal(err)
	}
	for _, path := range os.Args[1:] {
		result, err := client.Segment(ctx, pixelclip.File(path), words)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(path, result.Classes)
	}
}

// Live video: frames are sent as they come, and the server skips those that it has no time for.
func ExampleClient_SegmentStream() {
	var client *pixelclip.Client
	var frames chan []byte // JPEG files
	ctx := context.Background()

	stream, err := client.SegmentStream(ctx, pixelclip.Words("person", "car"), pixelclip.WithLatestOnly())
	if err != nil {
		log.Fatal(err)
	}
	defer stream.Close()
	go func() {
		defer stream.CloseSend()
		id := uint64(0)
		for frame := range frames {
			if stream.Send(id, pixelclip.Encoded(frame)) != nil {
				return // Recv says why
			}
			id++
		}
	}()
	for {
		answer, err := stream.Recv()
		if err != nil {
			log.Fatal(err) // io.EOF after the last answer
		}
		if answer.Err == nil {
			fmt.Println(answer.ID, answer.Segmentation.Classes)
		}
	}
}

func ExampleFieldError() {
	var client *pixelclip.Client

	_, err := client.Segment(context.Background(), pixelclip.File("photo.jpg"), pixelclip.Words("dog", ""))
	var fieldError *pixelclip.FieldError
	if errors.As(err, &fieldError) {
		fmt.Println(fieldError.Field, fieldError.Description) // vocabulary.classes[1].name ...
	}
}
