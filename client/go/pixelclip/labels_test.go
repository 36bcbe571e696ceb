package pixelclip_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"testing"

	"pixelclip.dev/go/pixelclip"
	pb "pixelclip.dev/go/pixelclipv1"
)

func segment(t *testing.T, response *pb.SegmentResponse) *pixelclip.Segmentation {
	t.Helper()
	result, err := (&fakeServer{segment: always(response)}).dial(t).Segment(t.Context(), photo, dog)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func TestEncodings(t *testing.T) {
	grey16 := image.NewGray16(image.Rect(0, 0, 3, 2))
	raw, raw16 := make([]byte, 6), make([]byte, 12)
	for i, label := range dogAndSkyLabels {
		grey16.SetGray16(i%3, i/3, color.Gray16{label})
		raw[i], raw16[2*i] = byte(label), byte(label)
	}
	encodings := map[string]*pb.LabelMap{
		"PNG of 16 bits": {Encoding: &pb.LabelMap_Png{Png: encodePNG(grey16)}},
		"raw":            {Encoding: &pb.LabelMap_Raw{Raw: &pb.RawLabelMap{BytesPerLabel: 1, Labels: raw}}},
		"raw of 16 bits": {Encoding: &pb.LabelMap_Raw{Raw: &pb.RawLabelMap{BytesPerLabel: 2, Labels: raw16}}},
		"RLE": {Encoding: &pb.LabelMap_Rle{Rle: &pb.RleLabelMap{Masks: []*pb.RleMask{
			{Label: 0, Counts: "11101"}, {Label: 1, Counts: "011000"}, {Label: 2, Counts: "51"},
		}}}},
	}
	for name, encoding := range encodings {
		t.Run(name, func(t *testing.T) {
			response := dogAndSky()
			response.LabelMap = encoding
			checkLabels(t, segment(t, response).Labels, dogAndSkyLabels)
		})
	}
}

func TestLabelsAbove255(t *testing.T) {
	response := dogAndSky()
	response.Classes = make([]*pb.ClassResult, 300)
	response.LabelMap = &pb.LabelMap{Encoding: &pb.LabelMap_Raw{Raw: &pb.RawLabelMap{
		BytesPerLabel: 2, Labels: []byte{0, 1, 1, 1, 43, 1, 0, 0, 1, 0, 2, 0},
	}}}
	checkLabels(t, segment(t, response).Labels, []uint16{256, 257, 299, 0, 1, 2})
}

func TestNoLabelMap(t *testing.T) {
	response := dogAndSky()
	response.LabelMap = nil
	if labels := segment(t, response).Labels; labels != nil {
		t.Errorf("got %v", labels)
	}
	response.LabelMap = &pb.LabelMap{} // as an encoding that this client does not know looks to it
	if labels := segment(t, response).Labels; labels != nil {
		t.Errorf("got %v", labels)
	}
}

func TestMask(t *testing.T) {
	mask := segment(t, dogAndSky()).Labels.Mask(1)
	if want := []byte{0xff, 0xff, 0xff, 0, 0, 0}; !bytes.Equal(mask.Pix, want) || mask.Bounds() != image.Rect(0, 0, 3, 2) {
		t.Errorf("got %v, want %v", mask, want)
	}
}

func TestLabelMapIsAnImage(t *testing.T) {
	labels := segment(t, dogAndSky()).Labels
	var _ image.PalettedImage = labels
	decoded, err := png.Decode(bytes.NewReader(encodePNG(labels)))
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := decoded.(*image.Paletted); !ok {
		t.Errorf("written as %T", decoded)
	}
	blue, red := color.RGBA{14, 100, 229, 255}, color.RGBA{234, 60, 63, 255}
	want := []color.RGBA{blue, blue, blue, red, red, {}}
	for i, want := range want {
		for _, picture := range []image.Image{labels, decoded} {
			if got := color.RGBAModel.Convert(picture.At(i%3, i/3)); got != want {
				t.Errorf("(%d, %d) of %T is %v, want %v", i%3, i/3, picture, got, want)
			}
		}
	}
	if got := labels.At(3, 0); got != color.Transparent {
		t.Errorf("outside is %v", got)
	}
}

func TestScoreMaps(t *testing.T) {
	levels := image.NewGray(image.Rect(0, 0, 3, 2))
	levels.Pix = []byte{0, 51, 255, 0, 0, 0}
	response := dogAndSky()
	response.BestScores = &pb.ScoreMap{MinScore: -0.5, MaxScore: 0.5, Png: encodePNG(levels)}
	response.ScoreMaps = []*pb.ScoreMap{{ClassName: "dog", MinScore: 0.1, MaxScore: 0.1, Png: encodePNG(levels)}}
	result := segment(t, response)
	for x, want := range []float32{-0.5, -0.3, 0.5} {
		if got := result.BestScores.Score(x, 0); got < want-1e-6 || got > want+1e-6 {
			t.Errorf("score of (%d, 0) is %v, want %v", x, got, want)
		}
	}
	if scores := result.ScoreMaps[0]; scores.Class != "dog" || scores.Score(2, 0) != 0.1 {
		t.Errorf("got %+v", scores)
	}
}
