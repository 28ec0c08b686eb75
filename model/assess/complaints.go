package assess

import (
	"sluss/model/calendar"
	"sluss/model/rulebook"
)

// ComplaintsResult says whether complaints about a tool have come so often that it
// has to be assessed again (RA-10).
type ComplaintsResult struct {
	// Recent counts the complaints of the months that count, Repeated says that they
	// are as many as reopen S5 and S1.
	Recent   int  `json:"recent"`
	Repeated bool `json:"repeated"`
}

// Complaints counts the complaints by the days on which they were received, those
// of the future left out (RA-10). How many count as repeated and how far back they
// are counted are the profile's parameters complaints_count and complaints_months; a
// complaint that is exactly as old still counts.
func Complaints(b *rulebook.Book, profile string, received []calendar.Date, today calendar.Date) ComplaintsResult {
	if profile == "" {
		profile = b.DefaultProfile()
	}
	count, _ := b.Param(profile, "complaints_count").(int64)
	months, _ := b.Param(profile, "complaints_months").(int64)
	since := today.AddMonths(-int(months))
	var r ComplaintsResult
	for _, day := range received {
		if !day.Before(since) && !day.After(today) {
			r.Recent++
		}
	}
	r.Repeated = count > 0 && r.Recent >= int(count)
	return r
}
