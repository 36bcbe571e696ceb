package pixelclip

import (
	"math"

	pb "pixelclip.dev/go/pixelclipv1"
)

// Marks pixels that no mask has claimed.
const unlabelled = math.MaxUint16

// decodeRLE puts COCO's masks together, of which each pixel must be in exactly one.
func decodeRLE(masks []*pb.RleMask, width, height int) ([]uint16, error) {
	labels := make([]uint16, width*height)
	for i := range labels {
		labels[i] = unlabelled
	}
	rest := len(labels)
	for _, mask := range masks {
		if mask.GetLabel() >= unlabelled {
			return nil, badAnswer("label %d", mask.GetLabel())
		}
		runs := runReader{counts: mask.GetCounts()}
		position := 0 // COCO counts down the columns
		for ones := false; runs.counts != ""; ones = !ones {
			length, ok := runs.next(len(labels) - position)
			if !ok {
				return nil, badAnswer("malformed run lengths for label %d", mask.GetLabel())
			}
			end := position + length
			for ; ones && position < end; position++ {
				pixel := &labels[position%height*width+position/height]
				if *pixel != unlabelled {
					return nil, badAnswer("a pixel with both labels %d and %d", *pixel, mask.GetLabel())
				}
				*pixel = uint16(mask.GetLabel())
				rest--
			}
			position = end
		}
	}
	if rest > 0 {
		return nil, badAnswer("%d pixels without a label", rest)
	}
	return labels, nil
}

// runReader reads COCO's `counts`. Characters stand for six bits each, plus 48: five bits of a number, lowest
// first, and one that says whether more follow; the last character's fifth bit is the sign. From the fourth
// number on, numbers are differences to the run two before.
type runReader struct {
	counts   string
	read     int
	previous [2]int
}

// next reads a run. It fails for a malformed one, and for one that is negative or longer than limit.
// REQUIRES: counts is not empty.
func (r *runReader) next(limit int) (length int, ok bool) {
	value, shift := int64(0), 0
	for more := true; more; shift += 5 {
		if r.counts == "" || shift == 35 {
			return 0, false
		}
		bits := int64(r.counts[0]) - 48
		if bits < 0 || bits > 0x3f {
			return 0, false
		}
		r.counts = r.counts[1:]
		value |= bits & 0x1f << shift
		more = bits&0x20 != 0
		if !more && bits&0x10 != 0 {
			value -= 0x20 << shift
		}
	}
	length = int(value)
	if r.read > 2 {
		length += r.previous[r.read%2]
	}
	if length < 0 || length > limit {
		return 0, false
	}
	r.previous[r.read%2] = length
	r.read++
	return length, true
}
