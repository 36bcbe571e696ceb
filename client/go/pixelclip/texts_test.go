package pixelclip_test

import (
	"errors"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"pixelclip.dev/go/pixelclip"
)

// What no message can hold is refused before anything is sent; the fake server would panic.
func TestRefusedBeforeItIsSent(t *testing.T) {
	notText := "d\xffg"
	kitten := pixelclip.Vocabulary{Classes: []pixelclip.Class{{Name: "cat"}, {Name: "dog", Synonyms: []string{notText}}}}
	tests := []struct {
		words   pixelclip.Vocabulary
		option  pixelclip.Option
		message string
	}{
		{kitten, nil, "vocabulary.classes[1].synonyms[0]: is not valid UTF-8"},
		{pixelclip.Vocabulary{Classes: dog.Classes, Templates: []string{notText}}, nil,
			"vocabulary.templates[0]: is not valid UTF-8"},
		{dog, pixelclip.WithModel(notText), "model: is not valid UTF-8"},
		{dog, pixelclip.WithScoreMaps("dog", notText), "outputs.score_maps[1]: is not valid UTF-8"},
		{dog, pixelclip.WithTiling(-1, 0), "tiling.tile_size: -1; must be 0 to 4294967295"},
		{dog, pixelclip.WithResolution(-32), "inference.resolution: -32; must be 0 to 4294967295"},
	}
	client := (&fakeServer{}).dial(t)
	for _, test := range tests {
		var options []pixelclip.Option
		var streamOptions []pixelclip.StreamOption
		if test.option != nil {
			options, streamOptions = append(options, test.option), append(streamOptions, test.option)
		}
		_, unary := client.Segment(t.Context(), photo, test.words, options...)
		_, stream := client.SegmentStream(t.Context(), test.words, streamOptions...)
		for _, err := range []error{unary, stream} {
			var fieldError *pixelclip.FieldError
			if !errors.As(err, &fieldError) || status.Code(err) != codes.InvalidArgument || err.Error() != test.message {
				t.Errorf("got %v, want %s", err, test.message)
			}
		}
	}
	if _, err := client.RegisterVocabulary(t.Context(), kitten, ""); err == nil || err.Error() != tests[0].message {
		t.Errorf("got %v", err)
	}
	if _, err := client.SegmentStream(t.Context(), dog, pixelclip.WithMaxInFlight(-1)); err == nil {
		t.Error("-1 pictures in flight")
	}
}
