package pixelclip

import (
	"slices"

	pb "pixelclip.dev/go/pixelclipv1"
)

// Wording says which words to look for: a [Vocabulary], or a *[RegisteredVocabulary] that the server keeps.
type Wording interface {
	// What goes into a request: one of the two.
	wording() (vocabulary *pb.Vocabulary, id string)
	// What goes into a stream, whose one copy is worth no name.
	message() *pb.Vocabulary
}

// A Vocabulary is a list of classes; [Words] writes most of them more briefly.
type Vocabulary struct {
	// Classes are at least one. A class's index is its label.
	Classes []Class
	// Templates are prompts with "{}" where a word goes, such as "a photo of a {}."; "{article}" becomes "a"
	// or "an". A class's embedding is the mean over all of them. None: the eight that PixelCLIP was published
	// with.
	Templates []string
}

// A Class is one thing to look for.
type Class struct {
	// Name is any words, such as "traffic light"; a comma and a space separate synonyms: "road, street".
	Name string
	// Synonyms are more of them. The embeddings of all of a class's synonyms are averaged.
	Synonyms []string
}

// Words returns the vocabulary of these class names.
func Words(names ...string) Vocabulary {
	classes := make([]Class, len(names))
	for i, name := range names {
		classes[i].Name = name
	}
	return Vocabulary{Classes: classes}
}

func (v Vocabulary) wording() (*pb.Vocabulary, string) { return v.message(), "" }

func (v Vocabulary) message() *pb.Vocabulary {
	classes := make([]*pb.VocabularyClass, len(v.Classes))
	for i, class := range v.Classes {
		classes[i] = &pb.VocabularyClass{Name: class.Name, Synonyms: class.Synonyms}
	}
	return &pb.Vocabulary{Classes: classes, Templates: v.Templates}
}

func (v Vocabulary) clone() Vocabulary {
	classes := slices.Clone(v.Classes)
	for i := range classes {
		classes[i].Synonyms = slices.Clone(classes[i].Synonyms)
	}
	return Vocabulary{Classes: classes, Templates: slices.Clone(v.Templates)}
}

// A RegisteredVocabulary is one that the server keeps: see [Client.RegisterVocabulary]. It remembers the
// words, and the client registers them again where a server does not know them, or no more. It is safe for
// concurrent use.
type RegisteredVocabulary struct {
	id         string
	vocabulary Vocabulary
}

// ID is the server's name for the words, the same on every server.
func (r *RegisteredVocabulary) ID() string { return r.id }

func (r *RegisteredVocabulary) wording() (*pb.Vocabulary, string) { return nil, r.id }

func (r *RegisteredVocabulary) message() *pb.Vocabulary { return r.vocabulary.message() }
