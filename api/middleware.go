package api

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"mime"
	"net"
	"net/http"
	"net/url"
	"path"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"sluss/api/authn"
	"sluss/model"
	"sluss/model/access"
	"sluss/model/lang"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// maxBody is the largest body that is read, in bytes.
const maxBody = 1 << 20

// request is what is known about a request while it is answered.
type request struct {
	id   string
	lang lang.Lang
	// route is the pattern that matched, actor the person's id, code the code
	// of the problem that it was answered with: what the log may say.
	route, actor string
	code         model.Code
	// token is why the token was refused.
	token  string
	log    *slog.Logger
	stepUp *access.StepUp
	book   *rulebook.Book
}

type requestKey struct{}

// requestOf returns what is known about the request that ctx belongs to.
func requestOf(ctx context.Context) *request {
	if r, ok := ctx.Value(requestKey{}).(*request); ok {
		return r
	}
	return &request{lang: lang.Default, log: slog.New(slog.DiscardHandler)}
}

// book is the rulebook that the texts of an answer are from: the one in force in the
// reader's organisation, or that of the case which is read.
func (s *server) book(ctx context.Context) *rulebook.Book {
	if b := requestOf(ctx).book; b != nil {
		return b
	}
	return s.Book
}

// aboutCase takes the texts of the answer from the rulebook that a case is judged by.
func (s *server) aboutCase(ctx context.Context, c store.Case) {
	requestOf(ctx).book = s.Act.RulebookOf(c)
}

// languageOf returns the reader's language.
func languageOf(ctx context.Context) lang.Lang { return requestOf(ctx).lang }

// observe is around everything: it names the request, sets the headers that
// every answer has, turns a panic into a problem and writes the log. The log has
// a constant message and no values.
func (s *server) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		info := &request{id: model.NewID(), lang: lang.FromAcceptLanguage(r.Header.Get("Accept-Language")), log: s.Log, book: s.Book, stepUp: s.StepUp}
		setHeaders(w.Header(), info)
		answer := &recorder{ResponseWriter: w}
		ctx, span := otel.Tracer("sluss").Start(context.WithValue(r.Context(), requestKey{}, info), "request", trace.WithSpanKind(trace.SpanKindServer))
		r = r.WithContext(ctx)
		defer func() {
			if p := recover(); p != nil {
				s.panicked(answer, r, p)
			}
			endSpan(span, methodOf(r), info, answer.status)
			took := time.Since(began)
			if s.Answered != nil {
				s.Answered(info.route, answer.status, info.code, took)
			}
			attrs := []slog.Attr{
				slog.String("method", methodOf(r)), slog.String("route", info.route), slog.Int("status", answer.status),
				slog.String("code", string(info.code)), slog.Duration("duration", took),
				slog.String("request_id", info.id), slog.String("actor_id", info.actor),
			}
			if info.token != "" {
				attrs = append(attrs, slog.String("token_refused", info.token))
			}
			s.Log.LogAttrs(r.Context(), slog.LevelInfo, "request", attrs...)
		}()
		next.ServeHTTP(answer, r)
	})
}

// endSpan tells of an answered request what the log tells, without the person. It has
// the name of its route, "request" where there is none.
func endSpan(span trace.Span, method string, info *request, status int) {
	if span.IsRecording() {
		if info.route != "" {
			span.SetName(info.route)
		}
		span.SetAttributes(attribute.String("http.request.method", method), attribute.String("http.route", info.route),
			attribute.Int("http.response.status_code", status), attribute.String("sluss.code", string(info.code)))
		if status >= http.StatusInternalServerError {
			span.SetStatus(codes.Error, "")
		}
	}
	span.End()
}

// askedBy notes who asks: the texts of the answer are from the rulebook in force in
// their organisation.
func (s *server) askedBy(info *request, p store.Person) {
	info.actor = p.ID
	if s.Act != nil {
		info.book = s.Act.Rulebook(p.OrgID)
	}
}

// methodOf keeps what a client makes up out of the log.
func methodOf(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return r.Method
	}
	return "OTHER"
}

func setHeaders(h http.Header, info *request) {
	h.Set("X-Request-Id", info.id)
	h.Set("Content-Language", string(info.lang))
	h.Set("Vary", "Accept-Language, Authorization")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
}

// panicked answers a request whose handler panicked. What the panic says is not
// logged, for it may quote a value; where it came from is.
func (s *server) panicked(w *recorder, r *http.Request, p any) {
	if p == http.ErrAbortHandler {
		panic(p)
	}
	info := requestOf(r.Context())
	s.Log.LogAttrs(r.Context(), slog.LevelError, "request panicked",
		slog.String("route", info.route), slog.String("request_id", info.id),
		slog.String("class", classOf(p)), slog.String("stack", string(debug.Stack())))
	if w.status == 0 {
		writeProblem(w, r, codeInternal)
	}
}

// recorder remembers the status of an answer.
type recorder struct {
	http.ResponseWriter
	status int
}

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap gives http.ResponseController and huma the writer underneath.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// admit lets those in who may ask: it finds the route, authenticates and counts.
// Whoever the pages have signed in has been counted there.
func (s *server) admit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		info := requestOf(r.Context())
		_, info.route = s.mux.Handler(r)
		if info.route == "GET /livez" || info.route == "GET /readyz" {
			next.ServeHTTP(w, r)
			return
		}
		if s.waits() && !s.whileWaiting[info.route] {
			writeProblem(w, r, model.CodeRestored)
			return
		}
		if p, ok := authn.Person(r.Context()); ok {
			s.askedBy(info, p)
			next.ServeHTTP(w, r)
			return
		}
		p, how, err := s.bearer.Person(r)
		refused, err := s.refused(info, err)
		if err != nil {
			writeError(w, r, err)
			return
		}
		wait := time.Duration(0)
		if refused == nil {
			s.askedBy(info, p)
			wait = s.limits.of(p, s.Clock.Now())
		} else {
			wait = s.limits.ofAddress(addressOf(r), s.Clock.Now())
		}
		switch {
		case wait > 0:
			w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
			writeProblem(w, r, codeTooMany)
		case p.Service != nil && info.route != "" && !s.services[info.route]:
			writeProblem(w, r, model.CodeForbidden)
		case refused == nil:
			next.ServeHTTP(w, r.WithContext(authn.WithPerson(r.Context(), p, how)))
		case s.open[info.route] || info.route == "":
			next.ServeHTTP(w, r)
		case model.CodeOf(refused) != "":
			writeError(w, r, refused)
		default:
			w.Header().Set("WWW-Authenticate", authn.Challenge(refused))
			writeProblem(w, r, model.CodeUnauthenticated)
		}
	})
}

// waits reports whether the record was put back from a backup and waits for approval.
func (s *server) waits() bool { return s.Act != nil && s.Act.Waits() }

// refused tells why a request has no person from what else went wrong while that was
// found out. Why a token of a provider was refused is a word for the log.
func (s *server) refused(info *request, err error) (refused, failed error) {
	var why *authn.Refused
	if errors.As(err, &why) {
		info.token = why.Reason
	}
	if err == nil || errors.Is(err, authn.ErrNoToken) || errors.Is(err, authn.ErrBadToken) || model.CodeOf(err) != "" {
		return err, nil
	}
	return nil, err
}

// addressOf is the address that a request comes from. Headers that a client can
// write do not count.
func addressOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// readable refuses, before any handler sees it, what no handler could read: an
// unknown path or method, a body that is too large or of another kind, a query
// that is no text.
func (s *server) readable(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		limit, tooLarge, reads := int64(maxBody), codeTooLarge, isJSON
		if s.forms[requestOf(r.Context()).route] {
			limit, tooLarge, reads = maxForm, model.CodeAttachmentTooLarge, isForm
		}
		switch {
		case requestOf(r.Context()).route == "" || path.Clean(r.URL.Path) != r.URL.Path:
			s.noRoute(w, r)
			return
		case !isText(r.URL.RawQuery):
			writeProblem(w, r, codeMalformed)
			return
		case r.Method == http.MethodGet || r.Method == http.MethodHead || r.ContentLength == 0:
		case !reads(r.Header.Get("Content-Type")):
			writeProblem(w, r, codeMediaType)
			return
		case r.ContentLength > limit:
			writeProblem(w, r, tooLarge)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		next.ServeHTTP(w, r)
	})
}

// noRoute answers for a path or a method that does not exist. The router knows
// which methods a path has and says so in Allow.
func (s *server) noRoute(w http.ResponseWriter, r *http.Request) {
	asked := headers{}
	if path.Clean(r.URL.Path) == r.URL.Path {
		s.mux.ServeHTTP(asked, r)
	}
	if allow := asked.Header().Get("Allow"); allow != "" {
		w.Header().Set("Allow", allow)
		writeProblem(w, r, codeMethod)
		return
	}
	writeProblem(w, r, model.CodeNotFound)
}

// headers takes an answer of which only the headers matter.
type headers http.Header

func (h headers) Header() http.Header         { return http.Header(h) }
func (h headers) Write(b []byte) (int, error) { return len(b), nil }
func (h headers) WriteHeader(int)             {}

// isText reports whether a query can be decoded to text that a database takes.
func isText(query string) bool {
	values, err := url.ParseQuery(query)
	if err != nil {
		return false
	}
	for name, all := range values {
		for _, v := range append(all, name) {
			if !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
				return false
			}
		}
	}
	return true
}

func isJSON(contentType string) bool {
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil || media != "application/json" {
		return false
	}
	charset, given := params["charset"]
	return !given || strings.EqualFold(charset, "utf-8")
}
