// Package web is the pages for people: plain HTML from templates, in Swedish and
// English, that work without scripts.
//
// The pages are a client of the JSON API, in the same process: what they show and
// do is what the API answers the person who is signed in, by the same rules and in
// the same words. They add what only pages have: sessions, the choice of language,
// and what somebody has opened. An answer is handed over as the value that it is, not
// as JSON, and no page may change it.
//
// It imports api and its sub-packages, and of model and model/store what these
// need.
package web

import (
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"

	"sluss/api"
	"sluss/api/authn"
	"sluss/api/authn/idp"
	"sluss/model/clock"
	"sluss/model/lang"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// Options are what the pages need.
type Options struct {
	// API is what api.Handler returns.
	API   http.Handler
	Store *store.Store
	// Book is the rulebook of the program, Books are the versions that cases are
	// judged by: act.Service knows them.
	Book  *rulebook.Book
	Books Books
	Clock clock.Clock
	Log   *slog.Logger
	// BaseURL is where people find the pages. Without TLS, http://, it is to be on
	// loopback: elsewhere no browser would keep anybody signed in.
	BaseURL string
	// Providers are where people can sign in beside here; nil means nowhere.
	Providers *idp.Providers
	// Answered is told of every page that was shown, by the pattern of its route; nil
	// tells nobody.
	Answered func(route string, status int, took time.Duration)
	// Limits are how many pages somebody may ask for; zero stands for the defaults.
	Limits api.Limits
	// Passwords checks the passwords of local accounts; nil is one of the pages' own.
	Passwords *authn.Passwords
	// Waits reports whether the record was put back from a backup and waits for the
	// approval of a second person; nil stands for never.
	Waits func() bool
}

// Books are the versions of the rulebook.
type Books interface {
	// Rulebook is the version in force in an organisation, RulebookOf the one that a
	// case is judged by (SOD-07), which is found by the digest that the case has.
	Rulebook(orgID string) *rulebook.Book
	RulebookOf(c store.Case) *rulebook.Book
}

// site is the pages behind one handler.
type site struct {
	Options
	sessions authn.Sessions
	limits   struct{ people, addresses authn.Limiter }
	// kept are the parts of the rulebook that have been shown.
	kept kept
}

// Handler serves the pages.
func Handler(o Options) http.Handler {
	if o.Providers == nil {
		o.Providers = idp.New(idp.Config{}, idp.Options{})
	}
	if o.Limits == (api.Limits{}) {
		o.Limits = api.DefaultLimits
	}
	if o.Passwords == nil {
		o.Passwords = authn.NewPasswords(o.Store, o.Clock)
	}
	s := &site{
		Options:  o,
		sessions: authn.Sessions{Store: o.Store, Clock: o.Clock, Plain: isPlain(o.BaseURL)},
	}
	mux := http.NewServeMux()
	for pattern, serve := range s.routes() {
		mux.Handle(pattern, s.page(serve))
	}
	mux.Handle("GET /assets/", http.HandlerFunc(asset))
	mux.Handle("/", s.page(func(v *visit) error { return errNoPage }))
	return secured(s.sameOrigin(mux))
}

// Patterns are the patterns of all pages and of what they send, as http.ServeMux has
// them.
func Patterns() []string { return slices.Collect(maps.Keys((&site{}).routes())) }

func (s *site) routes() map[string]func(*visit) error {
	return map[string]func(*visit) error{
		// Who I am.
		"GET /sign-in":                     s.signInPage,
		"POST /sign-in":                    s.signIn,
		"GET /sign-in/{provider}":          s.leave,
		"GET /sign-in/{provider}/callback": s.callback,
		"POST /sign-out":                   s.signOut,
		"POST /sign-out-everywhere":        s.signOutEverywhere,
		"POST /language":                   s.chooseLanguage,
		"POST /keyboard":                   s.chooseKeys,
		"GET /me":                          signedIn(s.me),
		"GET /me/password":                 signedIn(s.passwordPage),
		"POST /me/password":                s.changePassword,

		// What waits.
		"GET /{$}":                 s.home,
		"GET /tasks/{id}":          signedIn(s.taskView),
		"POST /tasks/{id}":         signedIn(s.actOnTask),
		"GET /messages":            signedIn(s.messages),
		"POST /messages/{id}/read": signedIn(s.readMessage),

		// What is written.
		"GET /cases/new":                       signedIn(s.newCasePage),
		"POST /cases":                          signedIn(s.openCase),
		"GET /cases/{id}/intake":               signedIn(s.draftView),
		"POST /cases/{id}/intake":              signedIn(s.writeDraft),
		"GET /cases/{id}/assessments/{stage}":  signedIn(s.draftView),
		"POST /cases/{id}/assessments/{stage}": signedIn(s.writeDraft),

		// A case.
		"GET /cases":                                 signedIn(s.caseList),
		"GET /cases/{id}":                            signedIn(s.caseView),
		"GET /cases/{id}/timeline":                   signedIn(s.timeline),
		"GET /cases/{id}/revisions":                  signedIn(s.revisions),
		"GET /cases/{id}/revisions/{revision}":       signedIn(s.revision),
		"GET /cases/{id}/report":                     signedIn(s.report),
		"GET /cases/{id}/assessments/{stage}/report": signedIn(s.report),

		// What is said of a case, and put beside it.
		"GET /cases/{id}/comments":                          signedIn(s.conversation),
		"POST /cases/{id}/comments":                         signedIn(s.comment),
		"GET /cases/{id}/remarks/new":                       signedIn(s.remarkPage),
		"POST /cases/{id}/remarks":                          signedIn(s.remark),
		"GET /cases/{id}/remarks/{remark}":                  signedIn(s.replyPage),
		"POST /cases/{id}/remarks/{remark}":                 signedIn(s.reply),
		"GET /cases/{id}/attachments":                       signedIn(s.attachments),
		"POST /cases/{id}/attachments":                      signedIn(s.attach),
		"GET /cases/{id}/attachments/{attachment}":          signedIn(s.attachment),
		"GET /cases/{id}/attachments/{attachment}/removal":  signedIn(s.removalPage),
		"POST /cases/{id}/attachments/{attachment}/removal": signedIn(s.removeAttachment),
		// What is done with a case as a whole.
		"GET /cases/{id}/acts/{act}":                      signedIn(s.actOnCase),
		"POST /cases/{id}/acts/{act}":                     signedIn(s.actOnCase),
		"GET /cases/{id}/conditions/{condition}/evidence": signedIn(s.evidence),
		"GET /cases/{id}/conditions":                      signedIn(s.conditionsView),
		"GET /cases/{id}/conditions/{condition}/{act}":    signedIn(s.actOnCondition),
		"POST /cases/{id}/conditions/{condition}/{act}":   signedIn(s.actOnCondition),

		// What is kept beside a case, and of suppliers.
		"GET /cases/{id}/records":                  signedIn(s.recordsView),
		"GET /cases/{id}/new-record/{kind}":        signedIn(s.newRecord),
		"POST /cases/{id}/new-record/{kind}":       signedIn(s.newRecord),
		"GET /cases/{id}/records/{record}":         signedIn(s.recordView),
		"GET /cases/{id}/records/{record}/change":  signedIn(s.changeRecord),
		"POST /cases/{id}/records/{record}/change": signedIn(s.changeRecord),
		"GET /suppliers":                           signedIn(s.suppliers),
		"GET /suppliers/new":                       signedIn(s.newSupplier),
		"POST /suppliers/new":                      signedIn(s.newSupplier),
		"GET /suppliers/{supplier}":                signedIn(s.supplierView),
		"GET /suppliers/{supplier}/change":         signedIn(s.changeSupplier),
		"POST /suppliers/{supplier}/change":        signedIn(s.changeSupplier),

		// What is asked of the authority, and what the DPO says once for many cases.
		"GET /cases/{id}/prior-consultation":          signedIn(s.consultation),
		"GET /cases/{id}/prior-consultation/{event}":  signedIn(s.recordConsultation),
		"POST /cases/{id}/prior-consultation/{event}": signedIn(s.recordConsultation),
		"GET /advice":                      signedIn(s.advice),
		"GET /advice/new":                  signedIn(s.giveAdvice),
		"POST /advice/new":                 signedIn(s.giveAdvice),
		"GET /advice/{advice}/withdrawal":  signedIn(s.withdrawAdvice),
		"POST /advice/{advice}/withdrawal": signedIn(s.withdrawAdvice),

		// The register, and what goes wrong.
		"GET /register":                   signedIn(s.register),
		"GET /register/{id}":              signedIn(s.registerEntry),
		"GET /register/public":            s.publicRegisters,
		"GET /register/public/{org}":      s.publicRegister,
		"GET /register/public/{org}/{id}": s.publicTool,
		"GET /may-i-use":                  signedIn(s.mayIUse),
		"POST /may-i-use":                 signedIn(s.answerUse),
		"GET /incidents":                  signedIn(s.incidents),
		"GET /incidents/new":              signedIn(s.incidentForm),
		"POST /incidents":                 signedIn(s.reportIncident),
		"GET /incidents/{id}":             signedIn(s.incidentView),
		"GET /incidents/{id}/correction":  signedIn(s.correctionForm),
		"POST /incidents/{id}/correction": signedIn(s.correctIncident),
		"GET /incidents/{id}/closing":     signedIn(s.closingForm),
		"POST /incidents/{id}/closing":    signedIn(s.closeIncident),

		// Administration.
		"GET /administration":                           signedIn(s.administration),
		"GET /administration/queues":                    signedIn(s.queues),
		"GET /administration/tasks/{id}":                signedIn(s.handover),
		"POST /administration/tasks/{id}":               signedIn(s.actOnHandover),
		"GET /administration/statistics":                signedIn(s.statistics),
		"GET /administration/yearly-report":             signedIn(s.yearlyReport),
		"GET /administration/overrides":                 signedIn(s.overrides),
		"GET /administration/retriages":                 signedIn(s.retriages),
		"POST /administration/retriages":                signedIn(s.answerRetriage),
		"GET /administration/people":                    signedIn(s.people),
		"GET /administration/people/{id}":               signedIn(s.personView),
		"GET /administration/units":                     signedIn(s.unitTree),
		"GET /administration/rulebooks":                 signedIn(s.rulebooks),
		"GET /administration/rulebooks/{id}":            signedIn(s.bookSettings),
		"GET /administration/rulebooks/{id}/rules":      signedIn(s.bookRules),
		"GET /administration/rulebooks/{id}/questions":  signedIn(s.bookQuestions),
		"GET /administration/rulebooks/{id}/impact":     signedIn(s.bookImpact),
		"GET /administration/rulebooks/{id}/act/{act}":  signedIn(s.confirmBook),
		"POST /administration/rulebooks/{id}/act/{act}": signedIn(s.endProposal),
		"GET /administration/log":                       signedIn(s.logView),
		"GET /administration/messages":                  signedIn(s.mails),
		"POST /administration/messages":                 signedIn(s.retryMail),
		"GET /administration/disposals":                 signedIn(s.disposals),
		"POST /administration/disposals":                signedIn(s.answerDisposal),
		"GET /administration/services":                  signedIn(s.services),
		"POST /administration/services":                 signedIn(s.addService),
		"GET /administration/services/{id}":             signedIn(s.serviceView),
		"POST /administration/services/{id}":            signedIn(s.actOnService),
		"GET /administration/restorations":              signedIn(s.restorations),
		"POST /administration/restorations":             signedIn(s.approveRestoration),
		"GET /administration/reconciliation":            signedIn(s.reconciliation),
		"POST /administration/reconciliation":           signedIn(s.reconcile),
		"GET /absences":                                 signedIn(s.absences),
		"GET /absences/new":                             signedIn(s.newAbsence),
		"POST /absences":                                signedIn(s.noteAbsence),
		"POST /absences/{id}/end":                       signedIn(s.endAbsence),
		"GET /delegations":                              signedIn(s.delegations),
		"GET /delegations/new":                          signedIn(s.newDelegation),
		"POST /delegations":                             signedIn(s.delegate),
		"POST /delegations/{id}/end":                    signedIn(s.endDelegation),

		// What is said of the pages.
		"GET /help":          s.about("help", lang.Text{SV: "Så fungerar Sluss", EN: "How Sluss works"}),
		"GET /accessibility": s.about("accessibility", lang.Text{SV: "Tillgänglighet", EN: "Accessibility"}),
		"GET /privacy":       s.about("privacy", lang.Text{SV: "Personuppgifter", EN: "Personal data"}),
	}
}

// isPlain reports whether pages are reached on loopback without TLS.
func isPlain(base string) bool {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// sameOrigin refuses what another site makes a browser send (OWASP ASVS 5.0.0,
// 3.5.1). Sign-in and all acts are forms, which come from these pages only.
func (s *site) sameOrigin(next http.Handler) http.Handler {
	guard := http.NewCrossOriginProtection()
	if u, err := url.Parse(s.BaseURL); err == nil && u.Host != "" {
		_ = guard.AddTrustedOrigin(u.Scheme + "://" + u.Host) // of that form, and so no error
	}
	guard.SetDenyHandler(s.page(func(*visit) error { return errForeign }))
	return guard.Handler(next)
}

// contentPolicy lets a page load what comes with the program and nothing else. The
// one script may not make markup out of text.
const contentPolicy = "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; " +
	"form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// secured sets what every page must say to the browser (OWASP ASVS 5.0.0, 3.4).
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		next.ServeHTTP(w, r)
	})
}

// admit counts a request and reports whether there have not been too many in a
// minute, of the person or of the address. The limits are those of the API.
func (s *site) admit(v *visit) bool {
	now := s.Clock.Now()
	if v.person != nil {
		return s.limits.people.Take(v.person.OrgID+"/"+v.person.ID, s.Limits.Person, time.Minute, now) == 0
	}
	return s.limits.addresses.Take(v.address(), s.Limits.Address, time.Minute, now) == 0
}
