package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sluss/api"
	"sluss/api/client"
	"sluss/model/lang"
)

// messageList is the page of what a person has been told.
type messageList struct {
	list[api.MessageItem]
	// All is true when those that have been read are shown too.
	All bool
	// More is the address of the next page, "" on the last one.
	More string
}

func (s *site) messages(v *visit) error {
	q := v.r.URL.Query()
	m := messageList{All: q.Get("show") == "all"}
	ask := counted(25)
	if !m.All {
		ask.Set("unread", "true")
	}
	if at := q.Get("at"); at != "" {
		ask.Set("cursor", at)
	}
	if err := v.get("/me/messages", ask, &m.Page); err != nil {
		return err
	}
	m.Items = slices.Clone(m.Items)
	for i, item := range m.Items {
		m.Items[i].Link = strings.TrimPrefix(item.Link, "/api/v1")
	}
	m.More = v.more(m.NextCursor)
	return v.show(http.StatusOK, "messages", view{Section: "messages", Title: lang.Text{SV: "Meddelanden", EN: "Messages"}.In(v.lang), Page: m})
}

// more is the address of the page of a list that comes after this one.
func (v *visit) more(cursor string) string {
	if cursor == "" {
		return ""
	}
	q := v.r.URL.Query()
	q.Set("at", cursor)
	return v.r.URL.Path + "?" + q.Encode()
}

// readMessage marks a message as read and goes back to the list.
func (s *site) readMessage(v *visit) error {
	_, err := v.api.Do(v.r.Context(), client.Call{
		Method: http.MethodPut, Path: "/api/v1/me/messages/" + url.PathEscape(v.r.PathValue("id")) + "/read", IfMatch: `"unread"`,
	}, nil)
	if err != nil {
		return err
	}
	return v.redirect(v.r.PostForm.Get("back"))
}
