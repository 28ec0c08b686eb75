package calendar

import (
	"slices"
	"time"

	"sluss/model/lang"
)

// Swedish is the calendar of a Swedish municipality: the public holidays of
// lag (1989:253) om allmänna helgdagar as it has stood since 2005, and the
// three eves on which nobody works by practice.
var Swedish = mustNew(SwedishRules())

// SwedishRules returns the rules of Swedish, to begin a calendar of one's own
// with.
func SwedishRules() []Rule { return slices.Clone(swedishRules) }

var swedishRules = []Rule{
	onDate(Holiday, "Nyårsdagen", "New Year's Day", time.January, 1),
	onDate(Holiday, "Trettondedag jul", "Epiphany", time.January, 6),
	byEaster("Långfredagen", "Good Friday", -2),
	byEaster("Påskdagen", "Easter Sunday", 0),
	byEaster("Annandag påsk", "Easter Monday", 1),
	onDate(Holiday, "Första maj", "May Day", time.May, 1),
	byEaster("Kristi himmelsfärdsdag", "Ascension Day", 39),
	byEaster("Pingstdagen", "Whit Sunday", 49),
	onDate(Holiday, "Nationaldagen", "National Day", time.June, 6),
	onWeekday(Eve, "Midsommarafton", "Midsummer Eve", "friday", time.June, 19),
	onWeekday(Holiday, "Midsommardagen", "Midsummer Day", "saturday", time.June, 20),
	onWeekday(Holiday, "Alla helgons dag", "All Saints' Day", "saturday", time.October, 31),
	onDate(Eve, "Julafton", "Christmas Eve", time.December, 24),
	onDate(Holiday, "Juldagen", "Christmas Day", time.December, 25),
	onDate(Holiday, "Annandag jul", "Boxing Day", time.December, 26),
	onDate(Eve, "Nyårsafton", "New Year's Eve", time.December, 31),
}

func onDate(k Kind, sv, en string, m time.Month, day int) Rule {
	return Rule{Name: lang.Text{SV: sv, EN: en}, Kind: k, Month: m, Day: day}
}

// onWeekday names the first such weekday on or after the date.
func onWeekday(k Kind, sv, en, weekday string, m time.Month, day int) Rule {
	return Rule{Name: lang.Text{SV: sv, EN: en}, Kind: k, Month: m, Day: day, Weekday: weekday}
}

func byEaster(sv, en string, days int) Rule {
	return Rule{Name: lang.Text{SV: sv, EN: en}, Kind: Holiday, Easter: &days}
}

func mustNew(rules []Rule) Calendar {
	c, err := New(rules)
	if err != nil {
		panic(err)
	}
	return c
}
