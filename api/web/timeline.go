package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"sluss/api"
	"sluss/model"
	"sluss/model/audit"
	"sluss/model/calendar"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// timelinePage is what has happened in a case, the latest first.
type timelinePage struct {
	caseHead
	list[audit.Event]
	Days []day
	// Groups are the kinds of events to choose among, Group the one that is chosen.
	Groups []eventGroup
	Group  string
	More   string
}

// day is what happened on one day in Sweden.
type day struct {
	Title  string
	Events []happening
}

// happening is an event in words.
type happening struct {
	Time, Title, Who string
	// About are what it was about, in short.
	About []string
	// Link leads to what came of it, Label says where.
	Link, Label string
}

// eventGroup is a group of events that people look for together.
type eventGroup struct {
	Key   string
	Label lang.Text
	kinds []model.EventKind
}

// eventGroups are the groups, after that of all events.
var eventGroups = []eventGroup{
	{"course", lang.Text{SV: "Ärendets gång", EN: "Course of the case"}, []model.EventKind{
		model.EventCreated, model.EventSubmitted, model.EventTriaged, model.EventStopped, model.EventCorrected, model.EventReExamination,
		model.EventStageRaised, model.EventReturned, model.EventRejected, model.EventReconsideration, model.EventReopened, model.EventOverridden,
		model.EventApproved, model.EventWithdrawn, model.EventActivated, model.EventSuspended, model.EventResumed, model.EventChangeReported,
		model.EventReassessed, model.EventRetriaged, model.EventRetriageAnswered, model.EventRenewalRequested, model.EventReviewed,
		model.EventExpired, model.EventDecommissioned, model.EventArchived, model.EventCaseAnswered, model.EventIncidentReported,
		model.EventIncidentCorrected, model.EventIncidentClosed,
	}},
	{"decisions", lang.Text{SV: "Beslut och råd", EN: "Decisions and advice"}, []model.EventKind{
		model.EventAdvised, model.EventDecided, model.EventReturned, model.EventRejected, model.EventApproved, model.EventAdopted,
		model.EventOverrideProposed, model.EventOverridden, model.EventConsultation, model.EventInterimAgreed, model.EventInterimAllowed,
		model.EventInterimEnded, model.EventSuspensionProposed, model.EventSuspended, model.EventResumptionAgreed, model.EventResumed,
		model.EventConditionMet, model.EventWaiverGiven,
	}},
	{"texts", lang.Text{SV: "Texter", EN: "Texts"}, []model.EventKind{
		model.EventDraftSaved, model.EventSubmitted, model.EventHandedIn, model.EventCorrected, model.EventDisposed, model.EventDisposalKept,
		model.EventPersonErased,
	}},
	{"beside", lang.Text{SV: "Synpunkter och filer", EN: "Remarks and files"}, []model.EventKind{
		model.EventRemarkAdded, model.EventRemarkAnswered, model.EventCommentAdded, model.EventAttachmentAdded, model.EventAttachmentRemoved,
		model.EventRecordSaved,
	}},
	{"times", lang.Text{SV: "Tider och uppgifter", EN: "Dates and tasks"}, []model.EventKind{
		model.EventDeadlineFired, model.EventTaskExtended, model.EventConditionExtended, model.EventConditionDue, model.EventReviewDue,
		model.EventExpired, model.EventTaskClaimed, model.EventTaskReleased, model.EventTaskReassigned,
		model.EventOwnerReplaced,
	}},
}

// timeline shows what has happened in a case.
func (s *site) timeline(v *visit) error {
	head, err := v.caseHead("/timeline")
	if err != nil {
		return err
	}
	p := timelinePage{caseHead: head, Groups: eventGroups}
	q := v.r.URL.Query()
	ask := url.Values{"sort": {"latest"}, "limit": {"50"}, "include_total": {"true"}}
	if i := slices.IndexFunc(eventGroups, func(g eventGroup) bool { return g.Key == q.Get("show") }); i >= 0 {
		p.Group = eventGroups[i].Key
		ask.Set("kind", joined(eventGroups[i].kinds))
	}
	if at := q.Get("at"); at != "" {
		ask.Set("cursor", at)
	}
	if err := v.get("/cases/"+p.CaseID+"/events", ask, &p.Page); err != nil {
		return err
	}
	p.More = v.more(p.NextCursor)
	if p.Days, err = s.days(v, p.CaseID, p.Items); err != nil {
		return err
	}
	return v.show(http.StatusOK, "timeline", view{Section: "cases", Title: lang.Text{SV: "Händelser", EN: "Timeline"}.In(v.lang) + ": " + p.Title, Page: p})
}

// joined lists values with commas.
func joined[T ~string](values []T) string {
	out := make([]string, len(values))
	for i, x := range values {
		out[i] = string(x)
	}
	return strings.Join(out, ",")
}

// days groups events by day, and puts them into words.
func (s *site) days(v *visit, caseID string, events []audit.Event) ([]day, error) {
	data := make([]model.EventData, len(events))
	var ids []string
	for i, e := range events {
		if err := json.Unmarshal(e.Data, &data[i]); err != nil {
			return nil, err
		}
		ids = append(ids, e.ActorID, data[i].Assignee)
		if data[i].For != nil {
			ids = append(ids, data[i].For.PersonID)
		}
	}
	slices.Sort(ids)
	names, err := s.Store.Names(v.r.Context(), v.person.OrgID, slices.DeleteFunc(slices.Compact(ids), func(id string) bool { return id == "" || id == model.System }))
	if err != nil {
		return nil, err
	}
	var out []day
	for i, e := range events {
		title := calendar.Today(e.At).InWords(v.lang)
		if len(out) == 0 || out[len(out)-1].Title != title {
			out = append(out, day{Title: title})
		}
		last := &out[len(out)-1]
		last.Events = append(last.Events, teller{v, caseID, names}.tell(e, data[i]))
	}
	return out, nil
}

// teller puts events into words.
type teller struct {
	v      *visit
	caseID string
	names  map[string]string
}

// tell puts an event into words.
func (t teller) tell(e audit.Event, d model.EventData) happening {
	l := t.v.lang
	h := happening{
		Time: hourOf(e.At), Title: model.EventKind(e.Kind).Label().In(l), Who: t.who(e.ActorID, d, kindIsOfRules(model.EventKind(e.Kind))),
	}
	add := func(text string) {
		if text != "" && !slices.Contains(h.About, text) {
			h.About = append(h.About, text)
		}
	}
	if d.Deadline != "" {
		h.Title = model.Due{ID: d.Deadline}.Kind().Label().In(l)
		add(t.subject(model.Due{ID: d.Deadline}.Subject()))
	}
	if d.Consultation != nil {
		h.Title = api.ConsultationLabel(d.Consultation.Event).In(l)
	}
	for _, key := range []*model.TaskKey{d.Task, d.Joint} {
		if key != nil {
			add(api.StageLabel(t.v.book, key.Stage).In(l))
		}
	}
	add(api.OutcomeLabel(d.Outcome).In(l))
	if d.Triage != nil && d.Changes != nil && d.Changes.Tier != "" {
		add(t.v.book.Label("tier", string(d.Changes.Tier)).In(l))
	}
	if d.RegistryNo != "" {
		add(lang.Text{SV: "Diarienummer", EN: "Registry number"}.In(l) + " " + d.RegistryNo)
	}
	add(t.names[d.Assignee])
	if d.Until != "" {
		add(lang.Text{SV: "till och med", EN: "until"}.In(l) + " " + d.Until)
	}
	for _, id := range d.Reasons {
		words := t.v.ruleWords(id)
		if e.Kind == string(model.EventOwnerReplaced) {
			words = model.OwnerReason(id).Label().In(l)
		}
		add(lang.Text{SV: "Orsak:", EN: "Reason:"}.In(l) + " " + words)
	}
	if d.Late {
		add(lang.Text{SV: "noterat i efterhand", EN: "noted afterwards"}.In(l))
	}
	t.beside(&h, d, add)
	if d.Changes != nil && d.Changes.State != "" {
		add(lang.Text{SV: "Läget blev:", EN: "The case is now:"}.In(l) + " " + api.StateLabel(d.Changes.State).In(l))
	}
	t.link(&h, e, d)
	return h
}

// beside says what a file, a remark, a comment or a record was about.
func (t teller) beside(h *happening, d model.EventData, add func(string)) {
	x, l := d.Evidence, t.v.lang
	if x == nil {
		return
	}
	if x.Stage != "" {
		add(api.StageLabel(t.v.book, x.Stage).In(l))
	}
	if x.Question != "" {
		add(t.v.question(x.Stage, x.Question))
	}
	add(x.Severity.Label().In(l))
	if x.Status != "" && x.Status != model.RemarkOpen {
		add(x.Status.Label().In(l))
	}
	if form, ok := t.v.book.RecordForm(string(x.RecordKind)); ok {
		add(form.Title.In(l))
	}
}

// link leads to what came of an event.
func (t teller) link(h *happening, e audit.Event, d model.EventData) {
	base, l := "/cases/"+t.caseID, t.v.lang
	kind := model.EventKind(e.Kind)
	switch {
	case (kind == model.EventSubmitted || kind == model.EventHandedIn || kind == model.EventCorrected) && d.Revision > 0:
		h.Link, h.Label = revisionPath(t.caseID, d.Part, d.Revision), lang.Text{SV: "Läs revision", EN: "Read revision"}.In(l)+" "+strconv.Itoa(d.Revision)
	case d.TaskID != "" && (kind == model.EventDecided || kind == model.EventAdvised):
		h.Link, h.Label = "/tasks/"+d.TaskID, lang.Text{SV: "Läs svaret", EN: "Read the answer"}.In(l)
	case kind == model.EventRemarkAdded || kind == model.EventRemarkAnswered || kind == model.EventCommentAdded:
		h.Link, h.Label = base+"/comments", lang.Text{SV: "Läs i samtalet", EN: "Read in the conversation"}.In(l)
	}
}

// revisionPath is where a revision of a part is read.
func revisionPath(caseID, part string, revision int) string {
	path := "/cases/" + caseID + "/revisions/" + strconv.Itoa(revision)
	if part != "" && part != rulebook.PartIntake {
		path += "?part=" + url.QueryEscape(part)
	}
	return path
}

// kindIsOfRules reports whether the rules do what the event tells, whoever set them
// to work.
func kindIsOfRules(k model.EventKind) bool {
	return k == model.EventTriaged || k == model.EventStopped || k == model.EventDeadlineFired
}

// who says who did something, and for whom.
func (t teller) who(id string, d model.EventData, byRules bool) string {
	if id == model.System || id == "" || byRules {
		return lang.Text{SV: "Sluss, enligt reglerna", EN: "Sluss, by the rules"}.In(t.v.lang)
	}
	who := t.names[id]
	if d.Role != "" {
		who += ", " + d.Role.Label().In(t.v.lang)
	}
	if d.For != nil {
		who += lang.Text{SV: ", för ", EN: ", for "}.In(t.v.lang) + t.names[d.For.PersonID]
	}
	return who
}

// subject says what a date was about: the stage of a task, or nothing.
func (t teller) subject(of string) string {
	stage, _, task := strings.Cut(of, ".")
	if !task {
		return ""
	}
	return api.StageLabel(t.v.book, model.StageKey(stage)).In(t.v.lang)
}

// question is what a question of a stage, or of the description, is called: its id
// where the rulebook has no such question.
func (v *visit) question(stage model.StageKey, id string) string {
	if b, ok := v.book.Assessment(string(stage)); ok {
		if f, ok := b.Field(id); ok {
			return f.Text.In(v.lang)
		}
	}
	if f, ok := v.book.Field(id); ok {
		return f.Text.In(v.lang)
	}
	return id
}

// hourOf is the hour and minute of a time in Sweden.
func hourOf(at time.Time) string {
	_, hour, _ := strings.Cut(calendar.Clock(at), " ")
	return hour
}
