package lang

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Message tells a person what is wrong with a value that did not pass the
// validation rule tag with the parameter param, for instance "min" and "3".
// The value itself is never part of the message. A rule that is not known
// gets a general message; Tags lists those that are.
func Message(l Lang, tag, param string) string {
	return render(l, lookup(tag).general, param)
}

// FieldError is the part of a validator's field error that a message is made
// of.
type FieldError interface {
	Tag() string
	Param() string
	Kind() reflect.Kind
}

// FieldMessage is Message for an error of the validator. It knows what the
// field holds, so it can say "3 tecken" of a text and "3 val" of a list.
func FieldMessage(l Lang, e FieldError) string {
	m := lookup(e.Tag())
	text := m.general
	switch e.Kind() {
	case reflect.String:
		text = orElse(m.text, text)
	case reflect.Slice, reflect.Array, reflect.Map:
		text = orElse(m.list, text)
	case reflect.Struct:
		text = orElse(m.moment, text)
	}
	return render(l, text, e.Param())
}

// Tags lists, sorted, every validation rule that has a message of its own, so
// that a test can require one for each rule in use.
func Tags() []string { return slices.Sorted(maps.Keys(messages)) }

// message is what to say of one rule. The general form is always there; the
// others are for fields that hold a text, a list or a point in time.
//
// In the texts {param} stands for the parameter, {list} for a parameter that
// lists choices, {layout} for one that is a time layout, and {s} for the
// English plural ending that the parameter asks for.
type message struct {
	general, text, list, moment Text
}

func lookup(tag string) message {
	if m, ok := messages[tag]; ok {
		return m
	}
	return message{general: Text{"Värdet är inte giltigt.", "The value is not valid."}}
}

func orElse(t, other Text) Text {
	if t.Complete() {
		return t
	}
	return other
}

func render(l Lang, t Text, param string) string {
	s := t.In(l)
	if !strings.Contains(s, "{") {
		return s
	}
	plural := "s"
	if param == "1" {
		plural = ""
	}
	if n, err := strconv.Atoi(param); err == nil {
		param = Number(float64(n), 0, l)
	}
	return strings.NewReplacer(
		"{param}", param,
		"{list}", strings.Join(choices(param), ", "),
		"{layout}", layout(l, param),
		"{s}", plural,
	).Replace(s)
}

// choices splits the parameter of oneof: words between spaces, those that
// hold a space themselves between single quotes.
func choices(param string) []string {
	var all []string
	for param = strings.TrimSpace(param); param != ""; param = strings.TrimSpace(param) {
		var one string
		if quoted, ok := strings.CutPrefix(param, "'"); ok {
			one, param, _ = strings.Cut(quoted, "'")
		} else {
			one, param, _ = strings.Cut(param, " ")
		}
		all = append(all, one)
	}
	return all
}

// layout writes a layout of package time the way a form would.
func layout(l Lang, param string) string {
	year, hour := "YYYY", "hh"
	if l == SV {
		year, hour = "ÅÅÅÅ", "tt"
	}
	return strings.NewReplacer(
		"2006", year, "01", "MM", "02", "DD",
		"15", hour, "04", "mm", "05", "ss", "Z07:00", "±"+hour+":mm",
	).Replace(param)
}
