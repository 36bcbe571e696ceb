package pixelclip

import (
	"fmt"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// checkTexts returns a [FieldError] for a text that is not UTF-8, which no server could read.
func checkTexts(request proto.Message) error {
	if field := badText(request.ProtoReflect()); field != "" {
		return newFieldError(field, "is not valid UTF-8")
	}
	return nil
}

// badText returns the way to a text that is not UTF-8, or "".
func badText(message protoreflect.Message) (path string) {
	message.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		if !field.IsList() {
			path = badTextIn(field, value, "")
			return path == ""
		}
		list := value.List()
		for i := 0; i < list.Len() && path == ""; i++ {
			path = badTextIn(field, list.Get(i), fmt.Sprintf("[%d]", i))
		}
		return path == ""
	})
	return path
}

func badTextIn(field protoreflect.FieldDescriptor, value protoreflect.Value, index string) string {
	switch field.Kind() {
	case protoreflect.MessageKind:
		if below := badText(value.Message()); below != "" {
			return string(field.Name()) + index + "." + below
		}
	case protoreflect.StringKind:
		if !utf8.ValidString(value.String()) {
			return string(field.Name()) + index
		}
	}
	return ""
}
