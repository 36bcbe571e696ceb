package pixelclip_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"pixelclip.dev/go/pixelclip"
	pb "pixelclip.dev/go/pixelclipv1"
)

type serverStream = grpc.BidiStreamingServer[pb.SegmentStreamRequest, pb.SegmentStreamResponse]

// answers returns a server's stream that answers each picture as its content says: "bad", "skip", or else a label map.
func answers(starts *[]*pb.SegmentStreamStart) func(serverStream) error {
	return func(stream serverStream) error {
		first, err := stream.Recv()
		if err != nil {
			return err
		}
		*starts = append(*starts, first.GetStart())
		for {
			request, err := stream.Recv()
			if err == io.EOF {
				return nil
			}
			if err != nil {
				return err
			}
			response := &pb.SegmentStreamResponse{Id: request.GetPicture().GetId()}
			switch string(request.GetPicture().GetImage().GetEncoded()) {
			case "bad":
				failure := status.Convert(fieldFailure(codes.InvalidArgument, "image.encoded"))
				response.Result = &pb.SegmentStreamResponse_Error{Error: failure.Proto()}
			case "skip":
				response.Result = &pb.SegmentStreamResponse_Skipped{Skipped: true}
			case "unknown":
			default:
				response.Result = &pb.SegmentStreamResponse_Response{Response: dogAndSky()}
			}
			if err := stream.Send(response); err != nil {
				return err
			}
		}
	}
}

func TestStream(t *testing.T) {
	var starts []*pb.SegmentStreamStart
	client := (&fakeServer{stream: answers(&starts)}).dial(t)
	stream, err := client.SegmentStream(t.Context(), dog,
		pixelclip.WithModel("vit"), pixelclip.WithMaxInFlight(2), pixelclip.WithLatestOnly())
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()

	var fieldError *pixelclip.FieldError
	exchanges := []struct {
		picture string
		check   func(pixelclip.Answer) bool
	}{
		{"good", func(a pixelclip.Answer) bool { return a.Err == nil && a.Segmentation.Width == 3 }},
		{"bad", func(a pixelclip.Answer) bool {
			return status.Code(a.Err) == codes.InvalidArgument && errors.As(a.Err, &fieldError)
		}},
		{"skip", func(a pixelclip.Answer) bool { return errors.Is(a.Err, pixelclip.ErrSkipped) }},
		{"unknown", func(a pixelclip.Answer) bool { return a.Err != nil && a.Segmentation == nil }},
		{"good", func(a pixelclip.Answer) bool { return a.Err == nil }},
	}
	for i, exchange := range exchanges {
		id := uint64(100 + i)
		if err := stream.Send(id, pixelclip.Encoded(exchange.picture)); err != nil {
			t.Fatal(err)
		}
		answer, err := stream.Recv()
		if err != nil || answer.ID != id || !exchange.check(answer) {
			t.Errorf("%s: got %+v, %v", exchange.picture, answer, err)
		}
	}
	if err := stream.Send(200, pixelclip.File("no such file")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if err := stream.CloseSend(); err != nil {
		t.Error(err)
	}
	if answer, err := stream.Recv(); err != io.EOF {
		t.Errorf("got %v, %v", answer, err)
	}
	checkProto(t, starts[0], &pb.SegmentStreamStart{
		Vocabulary: dogProto, Model: "vit", Outputs: &pb.Outputs{}, MaxInFlight: 2, LatestOnly: true,
	})
}

func TestStreamOfRegisteredVocabularySendsTheWords(t *testing.T) {
	var starts []*pb.SegmentStreamStart
	client := (&fakeServer{stream: answers(&starts)}).dial(t)
	registered, err := client.RegisterVocabulary(t.Context(), dog, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range client.SegmentAll(t.Context(), slices.Values([]pixelclip.Picture{photo}), registered) {
		if err != nil {
			t.Error(err)
		}
	}
	if !proto.Equal(starts[0].GetVocabulary(), dogProto) || starts[0].GetVocabularyId() != "" {
		t.Errorf("sent %v", starts[0])
	}
}

func TestStreamThatIsRefused(t *testing.T) {
	client := (&fakeServer{stream: func(serverStream) error {
		return fieldFailure(codes.InvalidArgument, "start.max_in_flight")
	}}).dial(t)
	stream, err := client.SegmentStream(t.Context(), dog, pixelclip.WithMaxInFlight(1000))
	if err != nil {
		t.Fatal(err)
	}
	_, err = stream.Recv()
	var fieldError *pixelclip.FieldError
	if !errors.As(err, &fieldError) || fieldError.Field != "start.max_in_flight" {
		t.Errorf("got %v", err)
	}
	if err := stream.Send(0, photo); err != io.EOF {
		t.Errorf("got %v", err)
	}
}

func TestSegmentAll(t *testing.T) {
	var starts []*pb.SegmentStreamStart
	client := (&fakeServer{stream: answers(&starts)}).dial(t)
	pictures := []pixelclip.Picture{
		photo, pixelclip.Encoded("bad"), pixelclip.File("no such file"), photo, pixelclip.Encoded("skip"),
	}
	got := make(map[uint64]error)
	for answer, err := range client.SegmentAll(t.Context(), slices.Values(pictures), dog) {
		if err != nil {
			t.Fatal(err)
		}
		if _, twice := got[answer.ID]; twice || (answer.Segmentation == nil) == (answer.Err == nil) {
			t.Errorf("got %+v", answer)
		}
		got[answer.ID] = answer.Err
	}
	if len(got) != len(pictures) || got[0] != nil || got[3] != nil ||
		status.Code(got[1]) != codes.InvalidArgument ||
		!errors.Is(got[2], fs.ErrNotExist) ||
		!errors.Is(got[4], pixelclip.ErrSkipped) {
		t.Errorf("got %v", got)
	}
}

// A sequence without an end.
func photos(yield func(pixelclip.Picture) bool) {
	for yield(photo) {
	}
}

func TestSegmentAllLeftEarly(t *testing.T) {
	var starts []*pb.SegmentStreamStart
	client := (&fakeServer{stream: answers(&starts)}).dial(t)
	count := 0
	for _, err := range client.SegmentAll(t.Context(), photos, dog) {
		if err != nil {
			t.Fatal(err)
		}
		if count++; count == 3 {
			break
		}
	}
}

func TestSegmentAllBrokenOff(t *testing.T) {
	tests := []struct {
		name   string
		stream func(serverStream) error
		code   codes.Code
	}{
		{"at once", func(serverStream) error { return status.Error(codes.Unavailable, "stopping") }, codes.Unavailable},
		{"in the middle", func(stream serverStream) error {
			for id := range uint64(2) {
				result := &pb.SegmentStreamResponse_Response{Response: dogAndSky()}
				if err := stream.Send(&pb.SegmentStreamResponse{Id: id, Result: result}); err != nil {
					return err
				}
			}
			return status.Error(codes.Internal, "broken")
		}, codes.Internal},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			client := (&fakeServer{stream: test.stream}).dial(t)
			var failures []error
			for _, err := range client.SegmentAll(t.Context(), photos, dog) {
				if err != nil {
					failures = append(failures, err)
				}
			}
			if len(failures) != 1 || status.Code(failures[0]) != test.code {
				t.Errorf("got %v", failures)
			}
		})
	}
}

func TestSegmentAllCancelled(t *testing.T) {
	var starts []*pb.SegmentStreamStart
	client := (&fakeServer{stream: answers(&starts)}).dial(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var last error
	for _, err := range client.SegmentAll(ctx, photos, dog) {
		cancel()
		last = err
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("got %v", last)
	}
}
