package logcheck

import (
	"fmt"
	"time"

	"sluss/model/lang"
)

// Text names the event.
func (e Event) Text() lang.Text {
	var t lang.Text
	add := func(sv, en string, args ...any) { t.SV += fmt.Sprintf(sv, args...); t.EN += fmt.Sprintf(en, args...) }
	switch {
	case e.ChainID == "":
		add("händelsen med löv %d", "the event of leaf %d", e.Leaf)
		return t
	case e.Leaf >= 0:
		add("händelse %d i %s (löv %d", "event %d of %s (leaf %d", e.Seq, e.ChainID, e.Leaf)
	default:
		add("händelse %d i %s (inte i trädet", "event %d of %s (not in the tree", e.Seq, e.ChainID)
	}
	if !e.At.IsZero() {
		add(", %s", ", %s", e.At.Format(time.RFC3339))
	}
	add(")", ")")
	return t
}

// Text says what is wrong, and names the event.
func (f Finding) Text() lang.Text {
	e := f.Event.Text()
	text := func(sv, en string) lang.Text { return lang.Text{SV: e.SV + ": " + sv, EN: e.EN + ": " + en} }
	switch f.Kind {
	case Unsound:
		return text("kedjan eller raderna stämmer inte ("+f.Detail+")", "chain or rows do not fit ("+f.Detail+")")
	case Unreadable:
		return text("går inte att läsa ("+f.Detail+")", "cannot be read ("+f.Detail+")")
	case EventMissing:
		return text("finns i trädet men inte i loggen", "is in the tree and not in the log")
	case EventDiffers:
		return text("är inte den som finns i trädet", "is not the one that is in the tree")
	case LeafMissing:
		return text("saknas i trädet, fast senare finns", "is missing in the tree, though later ones are there")
	case TreeDiffers:
		return text("trädets hashvärden är inte de som löven ger", "the hashes of the tree are not what its leaves give")
	case CutOff:
		t := text(fmt.Sprintf("borta, liksom alla efter den: en kontrollpunkt har %d händelser, trädet %d", f.Size, f.From),
			fmt.Sprintf("gone, and all after it: a checkpoint has %d events, the tree has %d", f.Size, f.From))
		if f.Last != nil {
			t.SV += "; den sista som finns är " + f.Last.Text().SV
			t.EN += "; the last that is here is " + f.Last.Text().EN
		}
		return t
	case NotAsSigned:
		return text(fmt.Sprintf("från och med den till och med löv %d är en eller flera händelser inte de som undertecknades", f.Size-1),
			fmt.Sprintf("from it to leaf %d one or more events are not those that were signed", f.Size-1))
	}
	return lang.Text{SV: string(f.Kind), EN: string(f.Kind)}
}
