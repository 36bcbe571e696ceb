package pixelclip_test

import (
	"context"
	"errors"
	"image"
	"image/color"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"pixelclip.dev/go/pixelclip"
	pb "pixelclip.dev/go/pixelclipv1"
)

var (
	photo      = pixelclip.Encoded("a photograph")
	photoProto = &pb.Image{Source: &pb.Image_Encoded{Encoded: []byte("a photograph")}}
	dog        = pixelclip.Words("dog")
	dogProto   = &pb.Vocabulary{Classes: []*pb.VocabularyClass{{Name: "dog"}}}
)

func TestSegmentAnswer(t *testing.T) {
	client := (&fakeServer{segment: always(dogAndSky())}).dial(t)
	result, err := client.Segment(t.Context(), photo, pixelclip.Words("dog", "sky"))
	if err != nil {
		t.Fatal(err)
	}
	checkLabels(t, result.Labels, dogAndSkyLabels)
	if got, want := result.Labels.Label(2, 1), 2; got != want {
		t.Errorf("label of (2, 1) is %d, want %d", got, want)
	}
	want := pixelclip.ClassResult{
		Name: "dog", Label: 0, Pixels: 2, Share: 2.0 / 6, MeanScore: 0.3, Box: image.Rect(0, 1, 2, 2),
	}
	if got, ok := result.Class("dog"); !ok || got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if _, ok := result.Class("cat"); ok {
		t.Error("found a class that is not there")
	}
	if !result.Classes[2].IsBackground {
		t.Error("the background is not marked")
	}
	if want := (pixelclip.ModelVersion{Name: "mini", Version: "0123456789ab"}); result.Model != want {
		t.Errorf("model %v, want %v", result.Model, want)
	}
	if result.Times.Encoder != 250*time.Millisecond || result.Times.Total != 500*time.Millisecond {
		t.Errorf("times are %+v", result.Times)
	}
	if result.RequestID != "call-1" || result.Features != nil || result.BestScores != nil {
		t.Errorf("got %+v", result)
	}
}

func TestSegmentRequest(t *testing.T) {
	synonyms := pixelclip.Vocabulary{
		Classes:   []pixelclip.Class{{Name: "grass, lawn"}, {Name: "sky", Synonyms: []string{"heaven"}}},
		Templates: []string{"a photo of a {}."},
	}
	tests := []struct {
		name    string
		words   pixelclip.Wording
		options []pixelclip.Option
		want    *pb.SegmentRequest
	}{
		{
			name:  "words only",
			words: dog,
			want:  &pb.SegmentRequest{Vocabulary: dogProto, Outputs: &pb.Outputs{}},
		},
		{
			name:  "synonyms and templates",
			words: synonyms,
			want: &pb.SegmentRequest{
				Vocabulary: &pb.Vocabulary{
					Classes:   []*pb.VocabularyClass{{Name: "grass, lawn"}, {Name: "sky", Synonyms: []string{"heaven"}}},
					Templates: []string{"a photo of a {}."},
				},
				Outputs: &pb.Outputs{},
			},
		},
		{
			name:  "background",
			words: dog,
			options: []pixelclip.Option{
				pixelclip.WithBackgroundWords("wall", "floor"),
				pixelclip.WithBackgroundThreshold(0),
				pixelclip.WithBackgroundName("none"),
			},
			want: &pb.SegmentRequest{
				Vocabulary: dogProto,
				Background: &pb.Background{Name: "none", Words: []string{"wall", "floor"}, ScoreThreshold: proto.Float32(0)},
				Outputs:    &pb.Outputs{},
			},
		},
		{
			name:  "outputs",
			words: dog,
			options: []pixelclip.Option{
				pixelclip.WithEncoding(pixelclip.RLE),
				pixelclip.WithBestScores(),
				pixelclip.WithScoreMaps("dog"),
				pixelclip.WithFeatures(),
			},
			want: &pb.SegmentRequest{Vocabulary: dogProto, Outputs: &pb.Outputs{
				LabelMap:     pb.LabelMapEncoding_LABEL_MAP_ENCODING_RLE,
				BestScores:   true,
				ScoreMaps:    []string{"dog"},
				KeepFeatures: true,
			}},
		},
		{
			name: "ways of looking",
			words: pixelclip.Vocabulary{
				Classes:     []pixelclip.Class{{Name: "dog"}},
				TemplateSet: pixelclip.TemplatesImageNet,
				SynonymRule: pixelclip.SynonymsBest,
			},
			options: []pixelclip.Option{
				pixelclip.WithTiling(256, 64),
				pixelclip.WithGlobalWeight(0.5),
				pixelclip.WithFit(pixelclip.FitKeepAspect),
				pixelclip.WithResolution(640),
				pixelclip.WithRefineSteps(10),
				pixelclip.WithBackgroundThreshold(0.1),
				pixelclip.WithBackgroundSoftmaxScale(40),
			},
			want: &pb.SegmentRequest{
				Vocabulary: &pb.Vocabulary{
					Classes:     []*pb.VocabularyClass{{Name: "dog"}},
					TemplateSet: pb.TemplateSet_TEMPLATE_SET_IMAGENET,
					SynonymRule: pb.SynonymRule_SYNONYM_RULE_BEST,
				},
				Background: &pb.Background{ScoreThreshold: proto.Float32(0.1), SoftmaxScale: proto.Float32(40)},
				Outputs:    &pb.Outputs{},
				Tiling:     &pb.Tiling{TileSize: 256, Overlap: 64, GlobalWeight: 0.5},
				Inference: &pb.InferenceOptions{
					Fit: pb.InputFit_INPUT_FIT_KEEP_ASPECT, Resolution: 640, RefineSteps: 10,
				},
			},
		},
		{
			name:  "the rest",
			words: dog,
			options: []pixelclip.Option{
				pixelclip.WithModel("vit"),
				pixelclip.WithPriority(pixelclip.PriorityHigh),
				pixelclip.WithTiling(640, 160),
			},
			want: &pb.SegmentRequest{
				Vocabulary: dogProto,
				Model:      "vit",
				Outputs:    &pb.Outputs{},
				Priority:   pb.Priority_PRIORITY_HIGH,
				Tiling:     &pb.Tiling{TileSize: 640, Overlap: 160},
			},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := &fakeServer{segment: always(dogAndSky())}
			if _, err := server.dial(t).Segment(t.Context(), photo, test.words, test.options...); err != nil {
				t.Fatal(err)
			}
			test.want.Image = photoProto
			checkProto(t, server.requests[0], test.want)
		})
	}
}

func TestSegmentFile(t *testing.T) {
	server := &fakeServer{segment: always(dogAndSky())}
	client := server.dial(t)
	path := filepath.Join(t.TempDir(), "photo.jpg")
	if err := os.WriteFile(path, photo, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Segment(t.Context(), pixelclip.File(path), dog); err != nil {
		t.Fatal(err)
	}
	checkProto(t, server.requests[0].Image, photoProto)

	_, err := client.Segment(t.Context(), pixelclip.File(path+".gone"), dog)
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestSegmentPixels(t *testing.T) {
	server := &fakeServer{segment: always(dogAndSky())}
	picture := image.NewGray(image.Rect(10, 20, 12, 21))
	picture.SetGray(10, 20, color.Gray{7})
	picture.SetGray(11, 20, color.Gray{200})
	if _, err := server.dial(t).Segment(t.Context(), pixelclip.Pixels(picture), dog); err != nil {
		t.Fatal(err)
	}
	checkProto(t, server.requests[0].Image, &pb.Image{Source: &pb.Image_Raw{Raw: &pb.RawImage{
		Width: 2, Height: 1, Format: pb.PixelFormat_PIXEL_FORMAT_RGB8, Data: []byte{7, 7, 7, 200, 200, 200},
	}}})
}

func TestFeatures(t *testing.T) {
	kept := dogAndSky()
	kept.FeaturesId, kept.FeaturesExpireSeconds = "f-1", 90
	server := &fakeServer{segment: always(kept)}
	client := server.dial(t)
	first, err := client.Segment(t.Context(), photo, dog, pixelclip.WithFeatures())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := first.Features.Lifetime, 90*time.Second; got != want {
		t.Errorf("lifetime is %v, want %v", got, want)
	}
	features := &pb.Image{Source: &pb.Image_FeaturesId{FeaturesId: "f-1"}}

	if _, err := client.Segment(t.Context(), first.Features, dog); err != nil {
		t.Fatal(err)
	}
	// Of the model that made them, although the first call named none.
	checkProto(t, server.requests[1],
		&pb.SegmentRequest{Image: features, Vocabulary: dogProto, Model: "mini", Outputs: &pb.Outputs{}})

	server.segment = inOrder(fieldFailure(codes.NotFound, "image.features_id"))
	_, err = client.Segment(t.Context(), first.Features, dog)
	if !errors.Is(err, pixelclip.ErrFeaturesExpired) || status.Code(err) != codes.NotFound {
		t.Errorf("got %v", err)
	}

	var none *pixelclip.Features
	if _, err := client.Segment(t.Context(), none, dog); err == nil {
		t.Error("took features that are nil")
	}
}

func TestRegisteredVocabulary(t *testing.T) {
	server := &fakeServer{segment: always(dogAndSky())}
	client := server.dial(t)
	vocabulary := pixelclip.Words("dog")
	registered, err := client.RegisterVocabulary(t.Context(), vocabulary, "vit")
	if err != nil {
		t.Fatal(err)
	}
	vocabulary.Classes[0].Name = "changed later"
	if registered.ID() != "0123456789abcdef" {
		t.Errorf("id is %q", registered.ID())
	}
	checkProto(t, server.registered[0], &pb.RegisterVocabularyRequest{Vocabulary: dogProto, Model: "vit"})

	if _, err := client.Segment(t.Context(), photo, registered); err != nil {
		t.Fatal(err)
	}
	byID := &pb.SegmentRequest{Image: photoProto, VocabularyId: "0123456789abcdef", Outputs: &pb.Outputs{}}
	checkProto(t, server.requests[0], byID)

	// A server that does not know it is told, and the call made again with the words themselves.
	server.segment = inOrder(fieldFailure(codes.NotFound, "vocabulary_id"))
	if _, err := client.Segment(t.Context(), photo, registered, pixelclip.WithModel("mini")); err != nil {
		t.Fatal(err)
	}
	byID.Model = "mini"
	checkProto(t, server.requests[1], byID)
	checkProto(t, server.registered[1], &pb.RegisterVocabularyRequest{Vocabulary: dogProto, Model: "mini"})
	checkProto(t, server.requests[2],
		&pb.SegmentRequest{Image: photoProto, Vocabulary: dogProto, Model: "mini", Outputs: &pb.Outputs{}})

	// Once, and for this reason only.
	server.segment = inOrder(
		fieldFailure(codes.NotFound, "vocabulary_id"), fieldFailure(codes.InvalidArgument, "model"))
	if _, err := client.Segment(t.Context(), photo, registered); status.Code(err) != codes.InvalidArgument {
		t.Errorf("got %v", err)
	}
	server.segment = inOrder(fieldFailure(codes.NotFound, "image.features_id"))
	if _, err := client.Segment(t.Context(), photo, registered); status.Code(err) != codes.NotFound {
		t.Errorf("got %v", err)
	}
	if got, want := len(server.registered), 3; got != want {
		t.Errorf("registered %d times, want %d", got, want)
	}
}

func TestModelsAndLimits(t *testing.T) {
	client := (&fakeServer{listing: &pb.ListModelsResponse{
		Models: []*pb.ModelInfo{{
			Model:       &pb.ModelVersion{Name: "mini", Version: "0123456789ab"},
			Description: "small", InputWidth: 320, InputHeight: 240, EmbeddingDimensions: 512,
		}},
		Limits: &pb.Limits{
			MaxImagePixels: 1, MaxRequestBytes: 2, MaxClasses: 3, MaxSynonyms: 4, MaxTemplates: 5, MaxPrompts: 6,
			MaxScoreMaps: 7, MaxBackgroundWords: 8, MaxStreamInFlight: 9,
		},
	}}).dial(t)

	models, err := client.Models(t.Context())
	want := pixelclip.ModelInfo{
		ModelVersion:        pixelclip.ModelVersion{Name: "mini", Version: "0123456789ab"},
		Description:         "small",
		InputSize:           image.Pt(320, 240),
		EmbeddingDimensions: 512,
	}
	if err != nil || len(models) != 1 || models[0] != want {
		t.Errorf("got %v, %v; want %v", models, err, want)
	}
	limits, err := client.Limits(t.Context())
	if want := (pixelclip.Limits{
		ImagePixels: 1, RequestBytes: 2, Classes: 3, Synonyms: 4, Templates: 5, Prompts: 6,
		ScoreMaps: 7, BackgroundWords: 8, StreamInFlight: 9,
	}); err != nil || limits != want {
		t.Errorf("got %v, %v; want %v", limits, err, want)
	}
}

func TestReady(t *testing.T) {
	server := &fakeServer{}
	client := server.dial(t)
	const service = "pixelclip.v1.Segmentation"
	server.health.SetServingStatus(service, healthpb.HealthCheckResponse_SERVING)
	if err := client.Ready(t.Context()); err != nil {
		t.Error(err)
	}
	server.health.SetServingStatus(service, healthpb.HealthCheckResponse_NOT_SERVING)
	if err := client.Ready(t.Context()); status.Code(err) != codes.Unavailable {
		t.Errorf("got %v", err)
	}
}

func TestDeadlineReachesTheServer(t *testing.T) {
	server := &fakeServer{segment: func(ctx context.Context, _ *pb.SegmentRequest) (*pb.SegmentResponse, error) {
		if _, ok := ctx.Deadline(); !ok {
			return nil, status.Error(codes.InvalidArgument, "no deadline")
		}
		return dogAndSky(), nil
	}}
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	if _, err := server.dial(t).Segment(ctx, photo, dog); err != nil {
		t.Error(err)
	}
}
