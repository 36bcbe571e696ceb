package pixelclip

import (
	"slices"
	"testing"

	pb "pixelclip.dev/go/pixelclipv1"
)

// The strings are what pycocotools.mask.encode gives.
func TestDecodeRLE(t *testing.T) {
	masks := []*pb.RleMask{
		{Label: 0, Counts: "021O30N01"},
		{Label: 1, Counts: "612100"},
		{Label: 2, Counts: "21110O30N"},
		{Label: 3, Counts: "?"},
	}
	labels, err := decodeRLE(masks, 5, 3)
	if err != nil {
		t.Fatal(err)
	}
	want := []uint16{
		0, 0, 1, 1, 2,
		0, 2, 2, 1, 1,
		2, 2, 0, 0, 1,
	}
	if !slices.Equal(labels, want) {
		t.Errorf("got %v, want %v", labels, want)
	}
}

func TestDecodeLongRuns(t *testing.T) {
	masks := []*pb.RleMask{
		{Label: 0, Counts: "0TX1=YiN4L4M2M4M2N2O0O2N2O0O2O0O2O000000000000000000000001N101N101N2N101N2N3L3N3L4LjT1"},
		{Label: 1, Counts: "TX1=]14L4M2M4M2N2O0O2N2O0O2O0O2O000000000000000000000001N101N101N2N101N2N3L3N3L4LjT1"},
	}
	labels, err := decodeRLE(masks, 80, 60)
	if err != nil {
		t.Fatal(err)
	}
	for i, label := range labels {
		x, y := i%80-40, i/80-30
		if disc := x*x+y*y < 400; disc != (label == 1) {
			t.Fatalf("pixel %d has the label %d", i, label)
		}
	}
}

func TestDecodeRLERefuses(t *testing.T) {
	tests := []struct {
		name  string
		masks []*pb.RleMask
	}{
		{"no masks", nil},
		{"pixels without a label", []*pb.RleMask{{Counts: "05"}}},
		{"too many pixels", []*pb.RleMask{{Counts: "07"}}},
		{"a pixel twice", []*pb.RleMask{{Counts: "06"}, {Label: 1, Counts: "51"}}},
		{"a negative run", []*pb.RleMask{{Counts: "0O"}}},
		{"a number that breaks off", []*pb.RleMask{{Counts: "0P"}}},
		{"a number without end", []*pb.RleMask{{Counts: "0PPPPPPPPPPPPPP0"}}},
		{"a strange character", []*pb.RleMask{{Counts: "0\x7f"}}},
		{"a character beyond ASCII", []*pb.RleMask{{Counts: "0é"}}},
		{"a large label", []*pb.RleMask{{Label: 65536, Counts: "06"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if labels, err := decodeRLE(test.masks, 3, 2); err == nil {
				t.Errorf("got %v", labels)
			}
		})
	}
}

func FuzzDecodeRLE(f *testing.F) {
	f.Add("021O30N01", "612100", uint8(5), uint8(3))
	f.Add("06", "?", uint8(3), uint8(2))
	f.Fuzz(func(t *testing.T, first, second string, width, height uint8) {
		masks := []*pb.RleMask{{Label: 0, Counts: first}, {Label: 1, Counts: second}}
		labels, err := decodeRLE(masks, int(width), int(height))
		if err == nil && slices.ContainsFunc(labels, func(label uint16) bool { return label > 1 }) {
			t.Errorf("got %v", labels)
		}
	})
}
