package api

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"sluss/model"
)

// maxKey is the longest Idempotency-Key that is taken.
const maxKey = 255

// Matched is the precondition of a change: the entity tag that was read.
type Matched struct {
	IfMatch string `header:"If-Match" required:"true" doc:"the ETag that was read"`
}

// tag returns the one strong entity tag that the client has read. Anything else,
// such as * or a weak tag, matches nothing: nobody changes what they have not
// read.
func (m Matched) tag() (string, error) {
	tag := strings.TrimSpace(m.IfMatch)
	if len(tag) < 2 || tag[0] != '"' || tag[len(tag)-1] != '"' || strings.Contains(tag[1:len(tag)-1], `"`) {
		return "", model.Refuse(model.CodeStale)
	}
	return tag[1 : len(tag)-1], nil
}

// number returns the entity tag of something that is counted: the version of a
// case, the revision of a draft.
func (m Matched) number() (int64, error) {
	tag, err := m.tag()
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(tag, 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != tag {
		return 0, model.Refuse(model.CodeStale)
	}
	return n, nil
}

// etag writes an entity tag as a header.
func etag(tag string) string { return `"` + tag + `"` }

func etagOf(n int64) string { return etag(strconv.FormatInt(n, 10)) }

// Keyed names a request for good.
type Keyed struct {
	Key string `header:"Idempotency-Key" required:"true" maxLength:"255" doc:"a value of your own; the same value when you try again"`
}

// requireIfMatch refuses a change without precondition before its body is read.
func requireIfMatch(ctx huma.Context, next func(huma.Context)) {
	if strings.TrimSpace(ctx.Header("If-Match")) == "" {
		refuseEarly(ctx, model.CodePreconditionRequired)
		return
	}
	next(ctx)
}

// requireKey refuses an act without Idempotency-Key before its body is read.
func requireKey(ctx huma.Context, next func(huma.Context)) {
	if key := ctx.Header("Idempotency-Key"); strings.TrimSpace(key) == "" || len(key) > maxKey || !utf8.ValidString(key) {
		refuseEarly(ctx, model.CodeKeyMissing)
		return
	}
	next(ctx)
}

func refuseEarly(ctx huma.Context, code model.Code) {
	r, w := humago.Unwrap(ctx)
	writeProblem(w, r, code)
}
