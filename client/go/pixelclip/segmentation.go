package pixelclip

import (
	"image"
	"time"

	pb "pixelclip.dev/go/pixelclipv1"
)

// The most that a server can be told to accept.
const maxPixels = 1 << 30

// A Segmentation is the answer for one picture.
type Segmentation struct {
	// Width and Height are the picture's, EXIF orientation applied. Pixels.
	Width, Height int
	// Labels says which class each pixel has. nil with [NoLabels], and for an encoding of servers newer than
	// this client.
	Labels *LabelMap
	// Classes are in the vocabulary's order, then the background if there is one; Classes[i].Label is i.
	Classes []ClassResult
	// BestScores is present with [WithBestScores].
	BestScores *ScoreMap
	// ScoreMaps are in the order of [WithScoreMaps].
	ScoreMaps []*ScoreMap
	// Features is present with [WithFeatures].
	Features *Features
	// Model is the one that answered.
	Model ModelVersion
	Times StageTimes
	// RequestID identifies the call in the server's logs.
	RequestID string
}

// Class finds a class by its name, as it was in the vocabulary.
func (s *Segmentation) Class(name string) (class ClassResult, ok bool) {
	for _, class := range s.Classes {
		if class.Name == name {
			return class, true
		}
	}
	return ClassResult{}, false
}

// ClassResult is what one class, or the background, got of a picture.
type ClassResult struct {
	Name string
	// Label is its value in the label map.
	Label int
	// IsBackground marks "none of these".
	IsBackground bool
	Pixels       uint64
	// Share is the same as a part of all pixels, 0 to 1.
	Share float64
	// MeanScore is the mean over its pixels of the best score there, a cosine from -1 to 1; 0 without pixels.
	MeanScore float64
	// Box is the smallest one around its pixels; empty without pixels.
	Box image.Rectangle
}

// ModelVersion identifies weights.
type ModelVersion struct {
	Name string
	// Version is the first 12 hexadecimal digits of the SHA-256 of the weights.
	Version string
}

// StageTimes are how long each stage took on the server.
type StageTimes struct {
	Decode, Preprocess, Queue, Text, Encoder, Classify, Encode, Total time.Duration
}

func newSegmentation(response *pb.SegmentResponse) (*Segmentation, error) {
	segmentation, err := decodeResponse(response)
	if err != nil {
		return nil, newCallError(err, response.GetRequestId())
	}
	return segmentation, nil
}

func decodeResponse(response *pb.SegmentResponse) (*Segmentation, error) {
	width, height := int(response.GetWidth()), int(response.GetHeight())
	if width == 0 || height == 0 || width > maxPixels/height {
		return nil, badAnswer("a picture of %d x %d", width, height)
	}
	s := &Segmentation{
		Width:     width,
		Height:    height,
		Classes:   make([]ClassResult, len(response.GetClasses())),
		Model:     newModelVersion(response.GetModel()),
		Times:     newStageTimes(response.GetSeconds()),
		RequestID: response.GetRequestId(),
	}
	background := -1
	for i, class := range response.GetClasses() {
		s.Classes[i] = newClassResult(class)
		if class.GetIsBackground() {
			background = i
		}
	}
	var err error
	s.Labels, err = decodeLabels(response.GetLabelMap(), width, height, len(s.Classes), background)
	if err != nil {
		return nil, err
	}
	if scores := response.GetBestScores(); scores != nil {
		if s.BestScores, err = newScoreMap(scores, width, height); err != nil {
			return nil, err
		}
	}
	for _, scores := range response.GetScoreMaps() {
		scoreMap, err := newScoreMap(scores, width, height)
		if err != nil {
			return nil, err
		}
		s.ScoreMaps = append(s.ScoreMaps, scoreMap)
	}
	if id := response.GetFeaturesId(); id != "" {
		s.Features = &Features{id: id, model: s.Model.Name, Lifetime: seconds(response.GetFeaturesExpireSeconds())}
	}
	return s, nil
}

func newClassResult(class *pb.ClassResult) ClassResult {
	result := ClassResult{
		Name:         class.GetName(),
		Label:        int(class.GetLabel()),
		IsBackground: class.GetIsBackground(),
		Pixels:       class.GetPixels(),
		Share:        class.GetShare(),
		MeanScore:    class.GetMeanScore(),
	}
	if box := class.GetBox(); box != nil {
		x, y := int(box.GetX()), int(box.GetY())
		result.Box = image.Rect(x, y, x+int(box.GetWidth()), y+int(box.GetHeight()))
	}
	return result
}

func newModelVersion(version *pb.ModelVersion) ModelVersion {
	return ModelVersion{Name: version.GetName(), Version: version.GetVersion()}
}

func newStageTimes(times *pb.StageTimes) StageTimes {
	return StageTimes{
		Decode:     seconds(times.GetDecode()),
		Preprocess: seconds(times.GetPreprocess()),
		Queue:      seconds(times.GetQueue()),
		Text:       seconds(times.GetText()),
		Encoder:    seconds(times.GetEncoder()),
		Classify:   seconds(times.GetClassify()),
		Encode:     seconds(times.GetEncode()),
		Total:      seconds(times.GetTotal()),
	}
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
