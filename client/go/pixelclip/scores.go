package pixelclip

import (
	"image"

	pb "pixelclip.dev/go/pixelclipv1"
)

// A ScoreMap holds a score, a cosine, of every pixel, in 256 levels.
type ScoreMap struct {
	// Class is the class's name; empty for the best scores.
	Class string
	// Min and Max are the scores of the levels 0 and 255.
	Min, Max float32
	// Levels are also a picture to look at.
	Levels *image.Gray
}

// Score is the score of the pixel (x, y).
func (m *ScoreMap) Score(x, y int) float32 {
	return m.Min + float32(m.Levels.GrayAt(x, y).Y)/255*(m.Max-m.Min)
}

func newScoreMap(message *pb.ScoreMap, width, height int) (*ScoreMap, error) {
	picture, err := readPNG(message.GetPng(), width, height)
	if err != nil {
		return nil, err
	}
	levels, ok := picture.(*image.Gray)
	if !ok {
		return nil, badAnswer("a score map that is not grey with 8 bits")
	}
	return &ScoreMap{
		Class:  message.GetClassName(),
		Min:    message.GetMinScore(),
		Max:    message.GetMaxScore(),
		Levels: levels,
	}, nil
}
