package pixelclip

import (
	"context"
	"errors"
	"image"
	_ "image/jpeg"
	"os"
	"slices"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// These tests need a running server: PIXELCLIP_SERVER is its host:port, PIXELCLIP_TEST_IMAGE the path of a JPEG.

var serverWords = Words("cat", "grass, lawn", "sky", "wooden floor")

func dialServer(t *testing.T) (*Client, File) {
	t.Helper()
	server, photo := os.Getenv("PIXELCLIP_SERVER"), os.Getenv("PIXELCLIP_TEST_IMAGE")
	if server == "" || photo == "" {
		t.Skip("PIXELCLIP_SERVER and PIXELCLIP_TEST_IMAGE are not set")
	}
	client, err := Dial(server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client, File(photo)
}

func mustSegment(t *testing.T, client *Client, picture Picture, words Wording, options ...Option) *Segmentation {
	t.Helper()
	result, err := client.Segment(t.Context(), picture, words, options...)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func checkField(t *testing.T, err error, code codes.Code, field string) {
	t.Helper()
	var fieldError *FieldError
	if status.Code(err) != code || !errors.As(err, &fieldError) || fieldError.Field != field {
		t.Errorf("got %v, want %v at %s", err, code, field)
	}
}

func TestServerEncodings(t *testing.T) {
	client, photo := dialServer(t)
	want := mustSegment(t, client, photo, serverWords)
	for _, encoding := range []Encoding{RLE, Raw} {
		got := mustSegment(t, client, photo, serverWords, WithEncoding(encoding))
		if !slices.Equal(got.Labels.Labels, want.Labels.Labels) || !slices.Equal(got.Classes, want.Classes) {
			t.Errorf("encoding %d gives another answer", encoding)
		}
	}
	if got := mustSegment(t, client, photo, serverWords, WithEncoding(NoLabels)); got.Labels != nil {
		t.Error("got a label map")
	}
}

func TestServerSummaryAgreesWithLabels(t *testing.T) {
	client, photo := dialServer(t)
	result := mustSegment(t, client, photo, serverWords, WithBestScores(), WithScoreMaps("cat"))
	for _, class := range result.Classes {
		var box image.Rectangle
		pixels := uint64(0)
		for i, label := range result.Labels.Labels {
			if int(label) == class.Label {
				x, y := i%result.Width, i/result.Width
				box = box.Union(image.Rect(x, y, x+1, y+1))
				pixels++
			}
		}
		if class.Pixels != pixels || class.Box != box {
			t.Errorf("%+v has %d pixels in %v", class, pixels, box)
		}
	}
	cat, ok := result.Class("cat")
	if !ok || cat.Pixels == 0 {
		t.Fatalf("no cat in %v", result.Classes)
	}
	scores, best := result.ScoreMaps[0], result.BestScores
	tolerance := 2 * (scores.Max - scores.Min + best.Max - best.Min) / 255
	for i, label := range result.Labels.Labels {
		x, y := i%result.Width, i/result.Width
		difference := best.Score(x, y) - scores.Score(x, y)
		if difference < -tolerance || (int(label) == cat.Label && difference > tolerance) {
			t.Fatalf("at (%d, %d) the best score is %v, the cat's %v", x, y, best.Score(x, y), scores.Score(x, y))
		}
	}
	if result.Times.Encoder <= 0 || result.Times.Total < result.Times.Encoder || result.RequestID == "" {
		t.Errorf("got %+v, request %q", result.Times, result.RequestID)
	}
}

func TestServerPixels(t *testing.T) {
	client, photo := dialServer(t)
	file, err := os.Open(string(photo))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	decoded, _, err := image.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	fromFile := mustSegment(t, client, photo, serverWords)
	fromPixels := mustSegment(t, client, Pixels(decoded), serverWords)
	if fromPixels.Labels.Bounds() != fromFile.Labels.Bounds() {
		t.Fatalf("got %v, want %v", fromPixels.Labels.Bounds(), fromFile.Labels.Bounds())
	}
	// Two JPEG decoders need not agree on every bit.
	different := 0
	for i, label := range fromFile.Labels.Labels {
		if label != fromPixels.Labels.Labels[i] {
			different++
		}
	}
	if different > len(fromFile.Labels.Labels)/50 {
		t.Errorf("%d of %d pixels differ", different, len(fromFile.Labels.Labels))
	}
}

func TestServerBackground(t *testing.T) {
	client, photo := dialServer(t)
	result := mustSegment(t, client, photo, Words("cat"), WithBackgroundThreshold(1), WithBackgroundName("none"))
	none, ok := result.Class("none")
	if !ok || !none.IsBackground || none.Share != 1 {
		t.Errorf("got %+v", result.Classes)
	}
	if _, _, _, alpha := result.Labels.At(0, 0).RGBA(); alpha != 0 {
		t.Error("the background is not transparent")
	}
}

func TestServerNamesTheField(t *testing.T) {
	client, photo := dialServer(t)
	tests := []struct {
		field   string
		picture Picture
		words   Wording
		options []Option
	}{
		{"vocabulary.classes", photo, Words(), nil},
		{"vocabulary.classes[2].name", photo, Words("dog", "cat", "Dog "), nil},
		{"vocabulary.templates[0]", photo, Vocabulary{Classes: []Class{{Name: "dog"}}, Templates: []string{"no place for it"}}, nil},
		{"outputs.score_maps[0]", photo, Words("dog"), []Option{WithScoreMaps("cat")}},
		{"background", photo, Words("dog"), []Option{WithBackgroundName("none")}},
		{"image.encoded", Encoded("no picture"), Words("dog"), nil},
		{"model", photo, Words("dog"), []Option{WithModel("no-such-model")}},
	}
	for _, test := range tests {
		t.Run(test.field, func(t *testing.T) {
			_, err := client.Segment(t.Context(), test.picture, test.words, test.options...)
			checkField(t, err, codes.InvalidArgument, test.field)
		})
	}
}

func TestServerModels(t *testing.T) {
	client, photo := dialServer(t)
	if err := client.Ready(t.Context()); err != nil {
		t.Error(err)
	}
	models, err := client.Models(t.Context())
	if err != nil || len(models) == 0 {
		t.Fatalf("got %v, %v", models, err)
	}
	result := mustSegment(t, client, photo, serverWords, WithPriority(PriorityHigh))
	if result.Model != models[0].ModelVersion {
		t.Errorf("%v answered, the default is %v", result.Model, models[0])
	}
	limits, err := client.Limits(t.Context())
	if err != nil || limits.Classes == 0 || limits.RequestBytes == 0 || limits.StreamInFlight == 0 {
		t.Errorf("got %+v, %v", limits, err)
	}
}

func TestServerDeadline(t *testing.T) {
	client, photo := dialServer(t)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Microsecond)
	defer cancel()
	if _, err := client.Segment(ctx, photo, serverWords); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestServerRegisteredVocabulary(t *testing.T) {
	client, photo := dialServer(t)
	registered, err := client.RegisterVocabulary(t.Context(), serverWords, "")
	if err != nil {
		t.Fatal(err)
	}
	if len(registered.ID()) != 32 {
		t.Errorf("id is %q", registered.ID())
	}
	want := mustSegment(t, client, photo, serverWords)
	if got := mustSegment(t, client, photo, registered); !slices.Equal(got.Classes, want.Classes) {
		t.Errorf("got %v, want %v", got.Classes, want.Classes)
	}
	// As after a restart, or behind a load balancer: the server does not know the id.
	forgotten := &RegisteredVocabulary{id: "00000000000000000000000000000000", vocabulary: serverWords}
	if got := mustSegment(t, client, photo, forgotten); !slices.Equal(got.Classes, want.Classes) {
		t.Errorf("got %v, want %v", got.Classes, want.Classes)
	}
	_, err = client.RegisterVocabulary(t.Context(), Words("dog", ""), "")
	checkField(t, err, codes.InvalidArgument, "vocabulary.classes[1].name")
}

func TestServerFeatures(t *testing.T) {
	client, photo := dialServer(t)
	first := mustSegment(t, client, photo, serverWords, WithFeatures())
	if first.Features == nil || first.Features.Lifetime <= 0 {
		t.Fatalf("got %+v", first.Features)
	}
	again := mustSegment(t, client, first.Features, serverWords)
	if !slices.Equal(again.Labels.Labels, first.Labels.Labels) || !slices.Equal(again.Classes, first.Classes) {
		t.Error("the same words give another answer")
	}
	if other := mustSegment(t, client, first.Features, Words("dog", "wall")); len(other.Classes) != 2 {
		t.Errorf("got %v", other.Classes)
	}
	_, err := client.Segment(t.Context(), &Features{id: "no-such-features"}, serverWords)
	if !errors.Is(err, ErrFeaturesExpired) {
		t.Errorf("got %v", err)
	}
}

func TestServerTiling(t *testing.T) {
	client, photo := dialServer(t)
	result := mustSegment(t, client, photo, serverWords, WithTiling(256, 64))
	if len(result.Labels.Labels) != result.Width*result.Height {
		t.Errorf("got %d labels", len(result.Labels.Labels))
	}
	_, err := client.Segment(t.Context(), photo, serverWords, WithTiling(64, 63))
	checkField(t, err, codes.InvalidArgument, "tiling.overlap")
}

func TestServerSegmentAll(t *testing.T) {
	client, photo := dialServer(t)
	want := mustSegment(t, client, photo, serverWords)
	pictures := []Picture{photo, Encoded("no picture"), photo, File("no such file"), photo, photo, photo, photo}
	answered := make([]bool, len(pictures))
	for answer, err := range client.SegmentAll(t.Context(), slices.Values(pictures), serverWords, WithMaxInFlight(2)) {
		if err != nil {
			t.Fatal(err)
		}
		if answered[answer.ID] {
			t.Errorf("picture %d is answered twice", answer.ID)
		}
		answered[answer.ID] = true
		switch answer.ID {
		case 1:
			checkField(t, answer.Err, codes.InvalidArgument, "image.encoded")
		case 3:
			if !errors.Is(answer.Err, os.ErrNotExist) {
				t.Errorf("got %v", answer.Err)
			}
		default:
			if answer.Err != nil || !slices.Equal(answer.Segmentation.Labels.Labels, want.Labels.Labels) {
				t.Errorf("picture %d: got %v", answer.ID, answer.Err)
			}
		}
	}
	if slices.Contains(answered, false) {
		t.Errorf("answered: %v", answered)
	}
}

func TestServerLatestOnly(t *testing.T) {
	client, photo := dialServer(t)
	frames := slices.Repeat([]Picture{photo}, 12)
	kept, last := 0, error(ErrSkipped)
	for answer, err := range client.SegmentAll(
		t.Context(), slices.Values(frames), serverWords, WithMaxInFlight(1), WithLatestOnly(),
	) {
		if err != nil {
			t.Fatal(err)
		}
		if answer.Err == nil {
			kept++
		} else if !errors.Is(answer.Err, ErrSkipped) {
			t.Error(answer.Err)
		}
		if answer.ID == uint64(len(frames)-1) {
			last = answer.Err
		}
	}
	if kept == 0 || last != nil {
		t.Errorf("%d frames kept, the last one: %v", kept, last)
	}
}

func TestServerRefusesAStream(t *testing.T) {
	client, photo := dialServer(t)
	for answer, err := range client.SegmentAll(
		t.Context(), slices.Values([]Picture{photo}), serverWords, WithMaxInFlight(1_000_000),
	) {
		if err == nil {
			t.Errorf("answered a picture with %+v", answer)
		} else {
			checkField(t, err, codes.InvalidArgument, "start.max_in_flight")
		}
	}
}

// gRPC tries a refused call again only if nothing came before its status, not even a header.
func TestServerRefusesWithoutHeaders(t *testing.T) {
	client, photo := dialServer(t)
	request, err := newSegmentRequest(photo, Words(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var header metadata.MD
	_, err = client.segmentation.Segment(t.Context(), request, grpc.Header(&header))
	if status.Code(err) != codes.InvalidArgument || len(header) > 0 {
		t.Errorf("got the header %v, then %v", header, err)
	}
}
