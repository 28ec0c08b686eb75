package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"sluss/api/act"
	"sluss/api/authn"
	"sluss/model"
	"sluss/model/assess"
	"sluss/model/store"
)

// Problem is the answer to a request that was not done (RFC 9457). It repeats
// nothing of what was sent. Type and code never change for the same reason;
// title, detail and the messages are in the reader's language.
type Problem struct {
	Type     string      `json:"type" doc:"stable name of the reason"`
	Title    string      `json:"title" doc:"the reason in a few words"`
	Status   int         `json:"status"`
	Detail   string      `json:"detail" doc:"what happened and what to do next"`
	Instance string      `json:"instance" doc:"the id of the request"`
	Code     model.Code  `json:"code" doc:"the reason, for programs"`
	Errors   []Fault     `json:"errors,omitempty" doc:"what is wrong with what was sent"`
	Rules    []RuleNote  `json:"rules,omitempty" doc:"the rules behind a refusal"`
	Checks   []CheckNote `json:"checks,omitempty" doc:"what was looked at, when the service is not ready"`
}

// Fault is one thing that is wrong with a request.
type Fault struct {
	Pointer string `json:"pointer" doc:"JSON Pointer into the body, or to the parameter"`
	Code    string `json:"code" doc:"the rule, or the kind of fault"`
	Message string `json:"message"`
	Missing bool   `json:"missing,omitempty" doc:"there is no answer yet"`
}

// RuleNote is a rule with its words and where it comes from.
type RuleNote struct {
	ID     string `json:"id"`
	Text   string `json:"text"`
	Source string `json:"source"`
}

// problemType begins the type of every problem.
const problemType = "urn:sluss:problem:"

// Error implements error with the code alone.
func (p *Problem) Error() string { return string(p.Code) }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// newProblem is the problem of a code in the reader's language. A code that is
// never shown is answered as pending: the same request may be sent again.
func newProblem(ctx context.Context, code model.Code) *Problem {
	entry, known := catalogue[code]
	if !known {
		code = model.CodePending
		entry = catalogue[code]
	}
	r := requestOf(ctx)
	r.code = code
	return &Problem{
		Type: problemType + string(code), Title: entry.Title.In(r.lang), Status: entry.Status,
		Detail: entry.Detail.In(r.lang), Instance: r.id, Code: code,
	}
}

// problemOf says what an error means to the client: a refusal by its code,
// anything unforeseen as an internal error that is logged and not shown.
func problemOf(ctx context.Context, err error) *Problem {
	var (
		ready   *Problem
		invalid *act.Invalid
		hinders *act.Hindered
		facts   *assess.InputError
		faults  faultError
		answers answerError
		refused *model.Refusal
	)
	switch {
	case errors.As(err, &ready):
		return ready
	case errors.As(err, &faults):
		p := newProblem(ctx, model.CodeInvalid)
		p.Errors = faults.in(languageOf(ctx))
		return p
	case errors.As(err, &answers):
		p := newProblem(ctx, model.CodeInvalid)
		p.Errors = answers.in(languageOf(ctx))
		return p
	case errors.As(err, &invalid):
		return problemOf(ctx, answerError{problems: invalid.Problems})
	case errors.As(err, &hinders):
		p := newProblem(ctx, model.CodeGuard)
		for _, h := range hinders.Hindrances {
			p.Rules = append(p.Rules, RuleNote{h.Rule, h.Text.In(languageOf(ctx)), h.Source})
		}
		return p
	case errors.As(err, &facts):
		return problemOf(ctx, answerError{problems: facts.Problems})
	case errors.Is(err, store.ErrNotFound):
		return newProblem(ctx, model.CodeNotFound)
	case errors.As(err, &refused):
		p := newProblem(ctx, refused.Code)
		p.Rules = ruleNotes(ctx, refused.Rules)
		return p
	case errors.Is(err, context.Canceled):
		return newProblem(ctx, model.CodeUnavailable) // the client has gone
	}
	return unforeseen(ctx, err)
}

// unforeseen logs an error by its class and tells the client nothing of it.
func unforeseen(ctx context.Context, err error) *Problem {
	r := requestOf(ctx)
	r.log.LogAttrs(ctx, slog.LevelError, "request failed", slog.String("route", r.route),
		slog.String("request_id", r.id), slog.String("class", classOf(err)))
	if errors.Is(err, context.DeadlineExceeded) {
		return newProblem(ctx, model.CodeUnavailable)
	}
	return newProblem(ctx, codeInternal)
}

// classOf names the kind of an error or a panic without what it says, which may
// quote a value.
func classOf(v any) string {
	err, ok := v.(error)
	if !ok {
		return fmt.Sprintf("%T", v)
	}
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return fmt.Sprintf("%T", err)
}

// retryAfter is what the Retry-After header says for a problem, "" for nothing.
func (p *Problem) retryAfter() string {
	if s := catalogue[p.Code].RetryAfter; s > 0 {
		return strconv.Itoa(s)
	}
	return ""
}

// writeProblem answers a request outside huma with the problem of a code.
func writeProblem(w http.ResponseWriter, r *http.Request, code model.Code) {
	write(w, newProblem(r.Context(), code))
}

// writeError answers a request outside huma with what an error means.
func writeError(w http.ResponseWriter, r *http.Request, err error) {
	write(w, problemOf(r.Context(), err))
}

func write(w http.ResponseWriter, p *Problem) {
	h := w.Header()
	if after := p.retryAfter(); after != "" && h.Get("Retry-After") == "" {
		h.Set("Retry-After", after)
	}
	h.Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(p) // the client has gone
}

// within places the problems that err carries at a pointer into the body.
func within(pointer string, err error) error {
	var invalid *act.Invalid
	if errors.As(err, &invalid) {
		return answerError{pointer, invalid.Problems}
	}
	var facts *assess.InputError
	if errors.As(err, &facts) {
		return answerError{pointer, facts.Problems}
	}
	return err
}

// ruleNotes gives rules with their words, from the rulebook or from the table of
// the process.
func ruleNotes(ctx context.Context, ids []string) []RuleNote {
	notes := make([]RuleNote, len(ids))
	for i, id := range ids {
		notes[i] = ruleNote(ctx, id)
	}
	return notes
}

func ruleNote(ctx context.Context, id string) RuleNote {
	r := requestOf(ctx)
	if r.book != nil {
		if rule, ok := r.book.Rule(id); ok {
			return RuleNote{ID: id, Text: rule.Text.In(r.lang), Source: rule.Source}
		}
	}
	rule, _ := model.ProcessRule(id)
	return RuleNote{ID: id, Text: rule.Text.In(r.lang), Source: rule.Source}
}

// huma's own errors become problems too. The functions are the package's, not
// an API's, and are set once, before any API exists.
func init() {
	huma.NewErrorWithContext = humaProblem
	huma.NewError = func(status int, _ string, errs ...error) huma.StatusError {
		return problemOfStatus(context.Background(), status, errs)
	}
	huma.ValidateStrictCasing = true
}

// humaProblem turns what huma found, or what a handler returned, into a problem.
func humaProblem(ctx huma.Context, status int, msg string, errs ...error) huma.StatusError {
	if msg == bodyUnread {
		status = http.StatusBadRequest
	}
	p := problemOfStatus(ctx.Context(), status, errs)
	if after := p.retryAfter(); after != "" {
		ctx.SetHeader("Retry-After", after)
	}
	if p.Code == model.CodeStepUp {
		ctx.SetHeader("WWW-Authenticate", authn.StepUpChallenge(requestOf(ctx.Context()).stepUp))
	}
	return p
}

// bodyUnread is what huma says when a body ends before its time.
const bodyUnread = "cannot read request body"

func problemOfStatus(ctx context.Context, status int, errs []error) *Problem {
	var tooLarge *http.MaxBytesError
	switch {
	case len(errs) == 1 && errors.As(errs[0], &tooLarge):
		return newProblem(ctx, codeTooLarge)
	case status == http.StatusUnprocessableEntity:
		return problemOf(ctx, faultsOf(errs))
	case status == http.StatusInternalServerError && len(errs) == 1:
		return problemOf(ctx, errs[0])
	}
	code, known := codeOfStatus[status]
	if !known {
		code = codeInternal
	}
	return newProblem(ctx, code)
}

// codeOfStatus are the statuses that huma itself answers with.
var codeOfStatus = map[int]model.Code{
	http.StatusBadRequest:            codeMalformed,
	http.StatusNotFound:              model.CodeNotFound,
	http.StatusRequestTimeout:        codeTimeout,
	http.StatusRequestEntityTooLarge: codeTooLarge,
	http.StatusUnsupportedMediaType:  codeMediaType,
}
