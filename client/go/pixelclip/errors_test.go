package pixelclip_test

import (
	"context"
	"errors"
	"image"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"pixelclip.dev/go/pixelclip"
	pb "pixelclip.dev/go/pixelclipv1"
)

func TestFieldError(t *testing.T) {
	client := (&fakeServer{
		segment: inOrder(fieldFailure(codes.InvalidArgument, "vocabulary.classes[3].name", "background")),
	}).dial(t)
	_, err := client.Segment(t.Context(), photo, dog)

	var fieldError *pixelclip.FieldError
	if !errors.As(err, &fieldError) {
		t.Fatalf("no FieldError in %v", err)
	}
	if fieldError.Field != "vocabulary.classes[3].name" || fieldError.Description != "is wrong" {
		t.Errorf("got %v", fieldError)
	}
	for _, err := range []error{err, fieldError} {
		if status.Code(err) != codes.InvalidArgument {
			t.Errorf("%v has the code %v", err, status.Code(err))
		}
	}
	if !strings.HasPrefix(err.Error(), "pixelclip: InvalidArgument: vocabulary.classes[3].name: is wrong (request ") {
		t.Errorf("got %v", err)
	}
}

func TestErrorsWithoutField(t *testing.T) {
	tests := []struct {
		code codes.Code
		is   error
	}{
		{codes.DeadlineExceeded, context.DeadlineExceeded},
		{codes.Canceled, context.Canceled},
		{codes.NotFound, nil},
		{codes.Internal, nil},
	}
	for _, test := range tests {
		t.Run(test.code.String(), func(t *testing.T) {
			client := (&fakeServer{segment: inOrder(status.Error(test.code, "failed"))}).dial(t)
			_, err := client.Segment(t.Context(), photo, dog)
			if status.Code(err) != test.code {
				t.Errorf("got %v", err)
			}
			for _, target := range []error{context.DeadlineExceeded, context.Canceled, pixelclip.ErrFeaturesExpired} {
				if errors.Is(err, target) != (target == test.is) {
					t.Errorf("%v is %v: %t", err, target, !(target == test.is))
				}
			}
			if fieldError := new(pixelclip.FieldError); errors.As(err, &fieldError) {
				t.Errorf("got %v", fieldError)
			}
		})
	}
}

func TestRequestID(t *testing.T) {
	server := &fakeServer{segment: inOrder(status.Error(codes.Internal, "failed"), status.Error(codes.Internal, "failed"))}
	client := server.dial(t)

	ctx := metadata.AppendToOutgoingContext(t.Context(), "x-request-id", "mine-1")
	_, err := client.Segment(ctx, photo, dog)
	if ids := server.metadata[0].Get("x-request-id"); len(ids) != 1 || ids[0] != "mine-1" {
		t.Errorf("sent the ids %v", ids)
	}
	if !strings.HasSuffix(err.Error(), "(request mine-1)") {
		t.Errorf("got %v", err)
	}

	_, err = client.Segment(t.Context(), photo, dog)
	ids := server.metadata[1].Get("x-request-id")
	if len(ids) != 1 || ids[0] == "" || len(ids[0]) > 64 {
		t.Fatalf("sent the ids %v", ids)
	}
	if !strings.HasSuffix(err.Error(), "(request "+ids[0]+")") {
		t.Errorf("got %v, want the id %s", err, ids[0])
	}
}

func TestAnswersThatMakeNoSense(t *testing.T) {
	colour := encodePNG(image.NewRGBA(image.Rect(0, 0, 3, 2)))
	tests := []struct {
		name  string
		spoil func(*pb.SegmentResponse)
	}{
		{"no size", func(r *pb.SegmentResponse) { r.Width = 0 }},
		{"huge", func(r *pb.SegmentResponse) { r.Width, r.Height = 1<<31, 1<<31 }},
		{"another size", func(r *pb.SegmentResponse) { r.Width, r.Height = 2, 3 }},
		{"labels without classes", func(r *pb.SegmentResponse) { r.Classes = r.Classes[:2] }},
		{"no PNG", func(r *pb.SegmentResponse) {
			r.LabelMap.Encoding = &pb.LabelMap_Png{Png: []byte("no PNG")}
		}},
		{"half a PNG", func(r *pb.SegmentResponse) {
			data := r.GetLabelMap().GetPng()
			r.LabelMap.Encoding = &pb.LabelMap_Png{Png: data[:len(data)-20]}
		}},
		{"labels in colour", func(r *pb.SegmentResponse) { r.LabelMap.Encoding = &pb.LabelMap_Png{Png: colour} }},
		{"too few raw labels", func(r *pb.SegmentResponse) {
			r.LabelMap.Encoding = &pb.LabelMap_Raw{Raw: &pb.RawLabelMap{BytesPerLabel: 1, Labels: make([]byte, 5)}}
		}},
		{"raw labels of 3 bytes", func(r *pb.SegmentResponse) {
			r.LabelMap.Encoding = &pb.LabelMap_Raw{Raw: &pb.RawLabelMap{BytesPerLabel: 3, Labels: make([]byte, 18)}}
		}},
		{"no masks", func(r *pb.SegmentResponse) { r.LabelMap.Encoding = &pb.LabelMap_Rle{} }},
		{"scores in colour", func(r *pb.SegmentResponse) { r.BestScores = &pb.ScoreMap{Png: colour} }},
		{"a score map without PNG", func(r *pb.SegmentResponse) { r.ScoreMaps = []*pb.ScoreMap{{}} }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			response := dogAndSky()
			test.spoil(response)
			_, err := (&fakeServer{segment: always(response)}).dial(t).Segment(t.Context(), photo, dog)
			if status.Code(err) != codes.Internal {
				t.Errorf("got %v", err)
			}
		})
	}
}
