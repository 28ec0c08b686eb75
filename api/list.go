package api

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"

	"sluss/api/authn"
	"sluss/model/lang"
)

// Paging is how a client asks for a part of a list.
type Paging struct {
	Limit        int    `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"how many items at most"`
	Offset       int    `query:"offset" minimum:"0" maximum:"10000" doc:"how many items to skip; beyond 10,000 follow next_cursor"`
	Cursor       string `query:"cursor" maxLength:"1024" doc:"next_cursor of the page before"`
	IncludeTotal bool   `query:"include_total" doc:"count the items, up to total_up_to"`
	TotalUpTo    int64  `query:"total_up_to" minimum:"1" maximum:"10000" default:"10000" doc:"how far to count at most; counting far costs time"`
}

// Page is a part of a list.
type Page[T any] struct {
	Items      []T    `json:"items" nullable:"false"`
	NextCursor string `json:"next_cursor,omitempty" doc:"where the next page begins; absent on the last one"`
	Total      *int   `json:"total,omitempty" doc:"how many items there are in all"`
	TotalMore  bool   `json:"total_is_more,omitempty" doc:"there are more than total"`
}

type pageOutput[T any] struct {
	Link string `header:"Link"`
	Body Page[T]
}

// setTotal notes what was counted, up to one more than the client wants to know.
func (p *Page[T]) setTotal(n int, upTo int64) {
	p.TotalMore = n > int(upTo)
	n = min(n, int(upTo))
	p.Total = &n
}

var errCursor = refuse("/cursor", "cursor", lang.Text{
	SV: "Platsen i listan gäller inte. Börja om från första sidan, utan cursor.",
	EN: "The place in the list does not hold. Start again from the first page, without cursor.",
})

var errCursorAndOffset = refuse("/offset", "cursor", lang.Text{
	SV: "Ange antingen offset eller cursor.",
	EN: "Give either offset or cursor.",
})

// list is one list as one person reads it. A cursor holds for that list only:
// the path, the filters and the reader are signed with the place.
type list struct {
	server *server
	ctx    context.Context
	path   string
	filter url.Values
	Paging
}

// newList begins a list. filter holds the filters in use, by name.
func (s *server) newList(ctx context.Context, path string, filter url.Values, p Paging) list {
	return list{s, ctx, path, filter, p}
}

const macSize = 16

// seal signs a place.
func (l list) seal(place any) string {
	text, err := json.Marshal(place)
	if err != nil {
		panic(err) // places are structs of texts and numbers
	}
	return base64.RawURLEncoding.EncodeToString(append(l.mac(text), text...))
}

// open reads a cursor into place. It reports whether there was one.
func (l list) open(place any) (bool, error) {
	if l.Cursor == "" {
		return false, nil
	}
	if l.Offset > 0 {
		return false, errCursorAndOffset
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(l.Cursor)
	if err != nil || strings.ContainsAny(l.Cursor, "\r\n") || len(b) <= macSize || !hmac.Equal(b[:macSize], l.mac(b[macSize:])) {
		return false, errCursor
	}
	if err := json.Unmarshal(b[macSize:], place); err != nil {
		return false, errCursor
	}
	return true, nil
}

func (l list) mac(place []byte) []byte {
	a := authn.Actor(l.ctx)
	h := hmac.New(sha256.New, l.server.CursorKey)
	for _, part := range []string{a.OrgID, a.PersonID, l.path, l.filter.Encode(), string(place)} {
		h.Write([]byte(strconv.Itoa(len(part)) + ":" + part))
	}
	return h.Sum(nil)[:macSize]
}

// next is the Link header to the page at a cursor.
func (l list) next(cursor string) string {
	q := url.Values{"limit": {strconv.Itoa(l.Limit)}, "cursor": {cursor}}
	for name, values := range l.filter {
		q[name] = values
	}
	if l.IncludeTotal {
		q.Set("include_total", "true")
		q.Set("total_up_to", strconv.FormatInt(l.TotalUpTo, 10))
	}
	return "<" + base + l.path + "?" + q.Encode() + `>; rel="next"`
}

// place is a place in a list that is read as a whole or by counting.
type place struct {
	Offset int `json:"o"`
}

// start returns how many items to skip.
func (l list) start() (int, error) {
	at := place{l.Offset}
	_, err := l.open(&at)
	return at.Offset, err
}

// page cuts the wanted part out of a whole list.
func page[T any](l list, all []T) (*pageOutput[T], error) {
	from, err := l.start()
	if err != nil {
		return nil, err
	}
	from = min(from, len(all))
	to := min(from+l.Limit, len(all))
	out := &pageOutput[T]{Body: Page[T]{Items: all[from:to]}}
	if to < len(all) {
		out.Body.NextCursor = l.seal(place{to})
		out.Link = l.next(out.Body.NextCursor)
	}
	if l.IncludeTotal {
		out.Body.setTotal(len(all), l.TotalUpTo)
	}
	return out, nil
}

// pageOf is a page of a list with what a client is told of its items.
func pageOf[R, T any](cut *pageOutput[R], items []T) *pageOutput[T] {
	b := cut.Body
	return &pageOutput[T]{Link: cut.Link, Body: Page[T]{Items: items, NextCursor: b.NextCursor, Total: b.Total, TotalMore: b.TotalMore}}
}

// keyset is how a list is read that goes on after the last row that was shown: R is
// a row of the record, P its place in the list and T what a client is told of it.
type keyset[R, P, T any] struct {
	// find reads rows after a place, nil for the beginning: one more than the client
	// wants, if there are so many.
	find  func(after *P) ([]R, error)
	place func(R) P
	items func([]R) ([]T, error)
	// count counts all rows, up to a number.
	count func(upTo int64) (int, error)
}

// page reads the wanted part of the list.
func (k keyset[R, P, T]) page(l list) (*pageOutput[T], error) {
	var after *P
	if at := new(P); l.Cursor != "" {
		if _, err := l.open(at); err != nil {
			return nil, err
		}
		after = at
	}
	found, err := k.find(after)
	if err != nil {
		return nil, err
	}
	out := &pageOutput[T]{}
	if len(found) > l.Limit {
		found = found[:l.Limit]
		out.Body.NextCursor = l.seal(k.place(found[l.Limit-1]))
		out.Link = l.next(out.Body.NextCursor)
	}
	items, err := k.items(found)
	if err != nil {
		return nil, err
	}
	out.Body.Items = orEmpty(items)
	if l.IncludeTotal {
		n := len(found)
		if after != nil || l.Offset > 0 || out.Body.NextCursor != "" { // there is more than the page
			if n, err = k.count(l.TotalUpTo + 1); err != nil {
				return nil, err
			}
		}
		out.Body.setTotal(n, l.TotalUpTo)
	}
	return out, nil
}
