package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"
	"golang.org/x/text/unicode/norm"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/audit"
	"sluss/model/clock"
)

// Intake is the part of a case that its owner describes it in.
const Intake = "intake"

// NewCase is a draft about to be opened.
type NewCase struct {
	ID              string
	Title           string
	UnitID          string
	Profile         string
	RulebookID      string
	RulebookVersion string
	RulebookDigest  string
	Answers         json.RawMessage
	Hash            string
	// Command is stored as done with the answer that it gets.
	Command model.Command
}

// Case is a case as the record has it.
type Case struct {
	OrgID, ID       string
	RegistryNo      string
	State           model.CaseState
	Seq, Version    int64
	Title           string
	ProjectOwnerID  string
	UnitID          string
	RulebookID      string
	RulebookVersion string
	RulebookDigest  string
	Profile         string
	Revision        int
	Outcome         string
	Tier            model.Tier
	Mode            model.Mode
	IPL             *int
	AIActClass      string
	Target          string
	HardStops       []string
	Blockers        []string
	ServiceTimes    json.RawMessage // working days by subject
	Conditions      int
	OpenBeforeUse   int
	Lapsed          int
	ReturnsCount    int
	InUse           model.InUse
	// ValidUntil is the last day of the approval and InterimUntil that of the use
	// that is allowed meanwhile (EX-01), both 2006-01-02 or "".
	ValidUntil   string
	InterimUntil string
	// Covered are the units that the case covers beside its own (L-08).
	Covered   []string
	CreatedAt time.Time
	UpdatedAt time.Time
}

func (r *caseRow) toCase() Case {
	c := Case{
		OrgID: r.OrgID, ID: r.ID, RegistryNo: r.RegistryNo, State: r.State, Seq: r.Seq, Version: r.Version,
		Title: r.Title, ProjectOwnerID: r.ProjectOwnerID, UnitID: r.UnitID, RulebookID: r.RulebookID,
		RulebookVersion: r.RulebookVersion, RulebookDigest: r.RulebookDigest, Profile: r.Profile,
		Revision: r.Revision, Outcome: r.Outcome, Tier: r.Tier, Mode: r.Mode, IPL: r.IPL,
		AIActClass: r.AIActClass, Target: r.Target, HardStops: r.HardStops, Blockers: r.Blockers,
		Conditions: r.Conditions, OpenBeforeUse: r.OpenBeforeUse, Lapsed: r.Lapsed,
		ReturnsCount: r.ReturnsCount, ValidUntil: r.ValidUntil, InterimUntil: r.InterimUntil, Covered: r.Covered,
		CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
		ServiceTimes: json.RawMessage(r.ServiceTimes),
	}
	_ = json.Unmarshal([]byte(r.InUse), &c.InUse) // was written as such a struct
	return c
}

// CreateCase opens a draft (T-01) together with its command, its first event and
// its owner's role. A ConflictError says that the request key was used before.
func (s *Store) CreateCase(ctx context.Context, n NewCase, now time.Time) (model.Receipt, error) {
	now = clock.Normalise(now)
	receipt := model.Receipt{CaseID: n.ID, State: model.Draft, RecordedAt: now.Format(time.RFC3339Nano)}
	if strings.ContainsRune(n.Title, 0) {
		return receipt, model.Refuse(model.CodeInvalid)
	}
	c := caseRow{
		OrgID: n.Command.OrgID, ID: n.ID, State: model.Draft, LastHash: audit.Genesis, Title: n.Title,
		ProjectOwnerID: n.Command.ActorID, UnitID: n.UnitID, RulebookID: n.RulebookID,
		RulebookVersion: n.RulebookVersion, RulebookDigest: n.RulebookDigest, Profile: n.Profile,
		ServiceTimes: "{}", InUse: "{}", Search: searchText(n.Title), CreatedAt: now, UpdatedAt: now,
	}
	j := journal{c: &c, actorID: n.Command.ActorID, commandID: n.Command.ID, at: now}
	data := model.EventData{State: model.Draft, Rules: []string{"T-01"}, Part: Intake, Revision: 1}
	if err := j.add(model.EventCreated, data, map[string]string{"part_hash": n.Hash}); err != nil {
		return receipt, err
	}
	receipt.Seq = c.Seq
	command, err := doneCommand(n.Command, receipt, now)
	if err != nil {
		return receipt, err
	}
	part := partRow{
		OrgID: c.OrgID, CaseID: c.ID, Part: Intake, Revision: 1, Answers: jsonText(n.Answers), Hash: n.Hash,
		SavedBy: n.Command.ActorID, SavedAt: now,
	}
	owner := casePersonRow{
		OrgID: c.OrgID, CaseID: c.ID, PersonID: n.Command.ActorID, Role: model.RoleProjectOwner, Source: sourceActed,
	}
	return receipt, s.inTx(ctx, func(ctx context.Context, q queryer) error {
		for _, write := range []func() error{
			func() error { return insert(ctx, s, q, "", command) },
			func() error { return insert(ctx, s, q, "", c) },
			func() error { return insert(ctx, s, q, "", part) },
			func() error { return insert(ctx, s, q, "", owner) },
			func() error { return j.write(ctx, s, q) },
		} {
			if err := write(); err != nil {
				return err
			}
		}
		return nil
	})
}

// doneCommand is a command that is recorded, answered and acknowledged at once.
func doneCommand(c model.Command, answer any, now time.Time) (commandRow, error) {
	row, err := commandOf(c, now)
	if err != nil {
		return row, err
	}
	b, err := json.Marshal(answer)
	if err != nil {
		return row, fmt.Errorf("answer: %w", err)
	}
	row.State, row.Status, row.Answer = done, 201, string(b)
	row.DoneAt, row.AckedAt = now, now
	return row, nil
}

// searchText is what a case is found by, in the form that questions get too:
// SQLite's LIKE knows upper and lower case in English only, PostgreSQL's not at
// all, so that it is done here.
func searchText(texts ...string) string {
	return norm.NFC.String(strings.ToLower(strings.Join(texts, "\n")))
}

// Case returns a case of the organisation.
func (s *Store) Case(ctx context.Context, orgID, id string) (Case, error) {
	c, err := one[caseRow](ctx, s, "org_id = ? AND id = ?", orgID, id)
	if err != nil {
		return Case{}, err
	}
	return c.toCase(), nil
}

// Part is the draft of a part of a case.
type Part struct {
	// Name is intake or a stage, in lists of revisions.
	Name     string
	Revision int
	Answers  json.RawMessage
	Hash     string
	SavedBy  string
	SavedAt  time.Time
}

// Part returns the draft of a part.
func (s *Store) Part(ctx context.Context, orgID, caseID, part string) (Part, error) {
	r, err := one[partRow](ctx, s, "org_id = ? AND case_id = ? AND part = ?", orgID, caseID, part)
	if err != nil {
		return Part{}, err
	}
	return Part{Revision: r.Revision, Answers: json.RawMessage(r.Answers), Hash: r.Hash, SavedBy: r.SavedBy, SavedAt: r.SavedAt.UTC()}, nil
}

// Revision returns a submitted revision of a part.
func (s *Store) Revision(ctx context.Context, orgID, caseID, part string, revision int) (Part, error) {
	r, err := one[revisionRow](ctx, s, "org_id = ? AND case_id = ? AND part = ? AND revision = ?", orgID, caseID, part, revision)
	if err != nil {
		return Part{}, err
	}
	return Part{Revision: r.Revision, Answers: json.RawMessage(r.Answers), Hash: r.Hash, SavedBy: r.SubmittedBy, SavedAt: r.SubmittedAt.UTC()}, nil
}

// Revisions lists the submitted revisions of a part, or of all parts for "", the
// newest of a part first, without their answers.
func (s *Store) Revisions(ctx context.Context, orgID, caseID, part string) ([]Part, error) {
	text, args := "SELECT part, revision, hash, submitted_by, submitted_at FROM revisions WHERE org_id = ? AND case_id = ?", []any{orgID, caseID}
	if part != "" {
		text, args = text+" AND part = ?", append(args, part)
	}
	rows, err := selected[revisionRow](ctx, s, text+" ORDER BY part, revision DESC", args...)
	parts := make([]Part, len(rows))
	for i, r := range rows {
		parts[i] = Part{Name: r.Part, Revision: r.Revision, Hash: r.Hash, SavedBy: r.SubmittedBy, SavedAt: r.SubmittedAt.UTC()}
	}
	return parts, err
}

// Draft is a new text of a part.
type Draft struct {
	OrgID, CaseID, Part string
	// IfRevision is the revision that the author has read, 0 for a part that
	// nobody has begun.
	IfRevision int
	Answers    json.RawMessage
	Hash       string
	// Title is the case's new title, taken over while the intake is a draft.
	Title   string
	ActorID string
	// States are those in which the part may be edited.
	States []model.CaseState
}

// SaveDraft replaces the draft of a part, or begins it. It refuses as stale when
// the author has not read what stands, and as a conflict when the case is in
// another state. The same text again changes nothing.
func (s *Store) SaveDraft(ctx context.Context, d Draft, now time.Time) (revision int, err error) {
	if strings.ContainsRune(d.Title, 0) {
		return 0, model.Refuse(model.CodeInvalid)
	}
	now = clock.Normalise(now)
	err = s.inTx(ctx, func(ctx context.Context, q queryer) error {
		c, err := s.selectCase(ctx, q, d.OrgID, d.CaseID, s.forUpdate())
		if err != nil {
			return err
		}
		var p partRow
		err = get(ctx, s, q, &p, "SELECT revision, hash FROM parts WHERE org_id = ? AND case_id = ? AND part = ?",
			d.OrgID, d.CaseID, d.Part)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		revision = p.Revision
		switch {
		case !slices.Contains(d.States, c.State):
			return model.Refuse(model.CodeStateConflict)
		case p.Revision != d.IfRevision:
			return model.Refuse(model.CodeStale)
		case p.Revision > 0 && p.Hash == d.Hash:
			return nil
		}
		revision++
		return s.writeDraft(ctx, q, c, d, revision, now)
	})
	return revision, err
}

func (s *Store) writeDraft(ctx context.Context, q queryer, c *caseRow, d Draft, revision int, now time.Time) error {
	err := insert(ctx, s, q, `ON CONFLICT (org_id, case_id, part) DO UPDATE SET revision = EXCLUDED.revision,
		answers = EXCLUDED.answers, hash = EXCLUDED.hash, saved_by = EXCLUDED.saved_by, saved_at = EXCLUDED.saved_at`,
		partRow{
			OrgID: d.OrgID, CaseID: d.CaseID, Part: d.Part, Revision: revision, Answers: jsonText(d.Answers),
			Hash: d.Hash, SavedBy: d.ActorID, SavedAt: now,
		})
	if err == nil && d.Part != Intake {
		err = s.addAuthor(ctx, q, d.OrgID, d.CaseID, d.Part, d.ActorID)
	}
	if err != nil {
		return err
	}
	if c.State == model.Draft && d.Part == Intake {
		c.Title, c.Search = d.Title, searchText(d.Title)
	}
	j := journal{c: c, actorID: d.ActorID, at: now}
	data := model.EventData{Part: d.Part, Revision: revision}
	if data.Moved, err = s.putOffSilence(ctx, q, c, d.ActorID, now); err != nil {
		return err
	}
	if err := j.add(model.EventDraftSaved, data, map[string]string{"part_hash": d.Hash}); err != nil {
		return err
	}
	return s.endPlain(ctx, q, &j)
}

// endPlain writes the events of an act that does not move the process, and the
// case's row.
func (s *Store) endPlain(ctx context.Context, q queryer, j *journal) error {
	if err := j.write(ctx, s, q); err != nil {
		return err
	}
	c := j.c
	return s.exec(ctx, q, `UPDATE cases SET seq = ?, last_hash = ?, title = ?, search = ?, updated_at = ?
		WHERE org_id = ? AND id = ?`, c.Seq, c.LastHash, c.Title, c.Search, j.at, c.OrgID, c.ID)
}

// CasePeople returns the people who have a role in a case, named or by acting for
// themselves. Whoever was its project owner before has none.
func (s *Store) CasePeople(ctx context.Context, orgID, caseID string) ([]model.CasePerson, error) {
	rows, err := s.caseRoles(ctx, orgID, caseID)
	var people []model.CasePerson
	for _, r := range rows {
		if givesRight(r.Source) {
			people = append(people, model.CasePerson{Role: r.Role, PersonID: r.PersonID})
		}
	}
	return slices.Compact(people), err
}

// givesRight reports whether how somebody came to be something in a case lets them act in
// it. What does not keeps functions apart all the same.
func givesRight(source string) bool { return source != sourceDeputy && source != sourceFormer }

// Functions returns the roles that a person has in a case, and those that give no right
// there: in which they have answered for somebody else, or which they had before.
func (s *Store) Functions(ctx context.Context, orgID, caseID, personID string) (functions, apart []model.Role, err error) {
	rows, err := s.caseRoles(ctx, orgID, caseID)
	for _, r := range rows {
		switch {
		case r.PersonID != personID:
		case !givesRight(r.Source):
			apart = append(apart, r.Role)
		default:
			functions = append(functions, r.Role)
		}
	}
	return slices.Compact(functions), apart, err
}

// FormerOwner reports whether a person was the project owner of a case whom an
// administrator has replaced.
func (s *Store) FormerOwner(ctx context.Context, orgID, caseID, personID string) (bool, error) {
	rows, err := s.caseRoles(ctx, orgID, caseID)
	return slices.ContainsFunc(rows, func(r caseRole) bool { return r.PersonID == personID && r.Source == sourceFormer }), err
}

// ActedPeople returns the people who have acted in a case, with the roles in which
// they did. Unlike those whom the intake names they stay what they are.
func (s *Store) ActedPeople(ctx context.Context, orgID, caseID string) ([]model.CasePerson, error) {
	rows, err := s.caseRoles(ctx, orgID, caseID)
	var people []model.CasePerson
	for _, r := range rows {
		if r.Source != sourceNamed {
			people = append(people, model.CasePerson{Role: r.Role, PersonID: r.PersonID})
		}
	}
	return people, err
}

// caseRole is what somebody is in a case, and how they came to be it.
type caseRole struct {
	PersonID string     `bun:"person_id"`
	Name     string     `bun:"name"`
	Role     model.Role `bun:"role"`
	Source   string     `bun:"source"`
}

// caseRoles reads everybody in a case, by role. Whoever asks who they are mostly asks
// for their names too.
func (s *Store) caseRoles(ctx context.Context, orgID, caseID string) ([]caseRole, error) {
	rows, err := selected[caseRole](ctx, s, `SELECT c.person_id,
			(SELECT p.name FROM people AS p WHERE p.org_id = c.org_id AND p.id = c.person_id) AS name, c.role, c.source
		FROM case_people AS c WHERE c.org_id = ? AND c.case_id = ? ORDER BY c.role, c.person_id, c.source`, orgID, caseID)
	for _, r := range rows {
		learn(ctx, nameOf(orgID, r.PersonID), r.Name)
	}
	return rows, err
}

// Evaluation returns the latest result of triage, or ErrNotFound before the
// first submission.
func (s *Store) Evaluation(ctx context.Context, orgID, caseID string) (json.RawMessage, error) {
	r, err := one[evaluationRow](ctx, s, "org_id = ? AND case_id = ? ORDER BY version DESC LIMIT 1", orgID, caseID)
	return json.RawMessage(r.Result), err
}

// CaseFilter narrows a list of cases. Empty fields do not narrow it.
type CaseFilter struct {
	OrgID string
	// Reader, when set, leaves only the cases that somebody may read.
	Reader *access.Reader
	State  model.CaseState
	// OwnerID is the project owner.
	OwnerID    string
	Stage      model.StageKey
	Role       model.Role
	AssigneeID string
	UnitID     string
	Tier       model.Tier
	AIActClass string
	HardStop   string
	// Query is looked for in title and registry number.
	Query string
	// Supplier and Product are those of the intake, compared without regard to
	// upper and lower case.
	Supplier, Product string
	// Facts are said of the case, all of them; of each of FactsBefore the case has
	// a date before the one that is given.
	Facts, FactsBefore []model.Fact
	// DPIAResult is what the DPIA has come to.
	DPIAResult model.Outcome
	// ValidUntilBefore leaves the cases whose approval ends before the day, 2006-01-02.
	ValidUntilBefore string
	// ConditionDueBefore leaves the cases with a condition that is due before the
	// day, 2006-01-02, and has not been met.
	ConditionDueBefore string
	// UnitAdopted is among the units of the case's register entry. UnitNotAdopted is
	// one that the case covers and that is not among them.
	UnitAdopted, UnitNotAdopted string
	// RopaMissing leaves the cases whose register entry has a unit without its
	// reference in the record of processing (GDPR 30), InterimBefore those whose use
	// is allowed for the time being until a day before this one (EX-01).
	RopaMissing   bool
	InterimBefore string
	// Role, AssigneeID, OverdueAt and DueBefore together leave the cases with an
	// open task of the role, of the person, that was due before either time.
	OverdueAt time.Time
	DueBefore time.Time

	// Limit is at most 1,000, which 0 means too.
	Limit  int64
	Offset int64
	// After continues behind a row, by its last change and id.
	After *CaseCursor
}

// CaseCursor is a place in a list of cases, which is sorted by last change, the
// newest first, and then by id.
type CaseCursor struct {
	UpdatedAt time.Time `json:"t"`
	ID        string    `json:"i"`
}

// maxPage bounds the length of a list.
const maxPage = 1000

func page(limit int64) int64 {
	if limit <= 0 || limit > maxPage {
		return maxPage
	}
	return limit
}

// listed are the columns of a case that lists tell of.
var listed = []string{
	"c.org_id", "c.id", "c.registry_no", "c.state", "c.seq", "c.version", "c.title", "c.project_owner_id", "c.unit_id", "c.revision",
	"c.outcome", "c.tier", "c.ipl", "c.ai_act_class", "c.target", "c.hard_stops", "c.blockers", "c.returns_count", "c.created_at", "c.updated_at",
}

// Cases lists cases, the most recently changed first, with what a list tells of them:
// without what they are judged by, how long each step takes, their conditions and use.
func (s *Store) Cases(ctx context.Context, f CaseFilter) ([]Case, error) {
	q, begun, err := s.casesQuery(ctx, f)
	if err != nil {
		return nil, err
	}
	order := "c.updated_at"
	if begun || f.OwnerID != "" {
		order = s.aside(order) // to be sorted: its index would lead through all cases
	}
	var rows []caseRow
	q = q.Model(&rows).Column(listed...).OrderExpr(order + " DESC, c.id DESC").Limit(page(f.Limit)).Offset(f.Offset)
	if f.After != nil {
		q = q.Where("(c.updated_at, c.id) < (?, ?)", f.After.UpdatedAt, f.After.ID)
	}
	if err := s.findCases(ctx, f, q); err != nil {
		return nil, err
	}
	cases := make([]Case, len(rows))
	for i := range rows {
		cases[i] = rows[i].toCase()
	}
	return cases, nil
}

// CountCases counts what Cases lists, up to the given number.
func (s *Store) CountCases(ctx context.Context, f CaseFilter, upTo int64) (int, error) {
	inner, _, err := s.casesQuery(ctx, f)
	if err != nil {
		return 0, err
	}
	inner = inner.Model((*caseRow)(nil)).ColumnExpr("1").Limit(upTo)
	var n int
	err = s.findCases(ctx, f, s.read.NewSelect().TableExpr("(?) AS matching", inner).ColumnExpr("COUNT(*)"), &n)
	return n, err
}

// findCases reads what a query selects that casesQuery has begun. What somebody sees who
// sees nearly all, and does not narrow it, is read in its order whatever the values.
func (s *Store) findCases(ctx context.Context, f CaseFilter, q *bun.SelectQuery, dest ...any) error {
	narrowed := f
	narrowed.OrgID, narrowed.Reader, narrowed.Limit, narrowed.After = "", nil, 0, nil
	if f.Reader != nil && f.Reader.All && reflect.ValueOf(narrowed).IsZero() {
		return s.findAlike(ctx, q, dest...)
	}
	return s.find(ctx, q, dest...)
}

// casesQuery finds the cases that a filter leaves, and tells whether it begins with
// those that one condition leaves.
func (s *Store) casesQuery(ctx context.Context, f CaseFilter) (q *bun.SelectQuery, begun bool, err error) {
	q = s.read.NewSelect().Where("c.org_id = ?", f.OrgID)
	if f.State != "" {
		q = q.Where("c.state = ?", f.State)
	}
	if f.OwnerID != "" {
		q = q.Where("c.project_owner_id = ?", f.OwnerID)
	}
	return s.narrow(ctx, q, append(s.readerNarrowing(f), s.narrowings(f)...))
}

// readerNarrowing leaves the cases that the reader may read. Who reads only their own
// has few of them, and a draft is its owner's. An owner has fewer still, of whom the
// list then begins.
func (s *Store) readerNarrowing(f CaseFilter) []narrowing {
	if f.Reader == nil {
		return nil
	}
	r := *f.Reader
	test, args := s.readable(f.OrgID, r)
	n := narrowing{test: test, args: args}
	switch {
	case f.OwnerID != "" || r.All && r.Drafts:
	case f.State == model.Draft:
		n = s.column(f.OrgID, "state = 'DRAFT' AND x.project_owner_id = ?", "c.project_owner_id = ?", r.PersonID)
	case !r.All && len(r.Units) == 0:
		n.ids = s.read.NewSelect().ColumnExpr("DISTINCT case_id")
		plain := func(column string) string { return column }
		var lists []string
		var args []any
		for _, o := range append(ownCases(f.OrgID, r, plain), lentCases(f.OrgID, r)...) {
			lists, args = append(lists, "SELECT case_id FROM "+o.text), append(args, o.args...)
		}
		n.ids = n.ids.TableExpr("("+strings.Join(lists, " UNION ALL ")+") AS own", args...)
	}
	return []narrowing{n}
}

// CaseTitle returns the title of a case that a reader may read. Any other is not found.
func (s *Store) CaseTitle(ctx context.Context, orgID, id string, r access.Reader) (string, error) {
	test, args := s.readable(orgID, r)
	var title string
	err := s.find(ctx, s.read.NewSelect().TableExpr("cases AS c").Column("c.title").Where("c.org_id = ? AND c.id = ?", orgID, id).
		Where(test, args...), &title)
	return title, err
}

// whereReader leaves the cases that the reader may read: access.Reader in SQL.
func (s *Store) whereReader(q *bun.SelectQuery, f CaseFilter) *bun.SelectQuery {
	if f.Reader == nil {
		return q
	}
	test, args := s.readable(f.OrgID, *f.Reader)
	return q.Where(test, args...)
}

// readable is the test that a reader may read the case c. Of the person and the case,
// nothing is looked up by the person, who can have thousands. A draft has no tasks and
// nobody but its owner: for who reads all but drafts, nothing is looked up at all.
func (s *Store) readable(orgID string, r access.Reader) (string, []any) {
	switch {
	case r.All && r.Drafts:
		return "1 = 1", nil
	case r.All:
		return "(c.state <> 'DRAFT' OR c.project_owner_id = ?)", []any{r.PersonID}
	}
	var tests []string
	var args []any
	if len(r.Units) > 0 {
		tests, args = append(tests, "c.unit_id IN (?) AND c.state <> 'DRAFT'"), append(args, bun.List(r.Units))
	}
	for _, o := range ownCases(orgID, r, s.aside) {
		tests, args = append(tests, "EXISTS (SELECT 1 FROM "+o.text+" AND case_id = c.id)"), append(args, o.args...)
	}
	for _, l := range lentCases(orgID, r) {
		tests, args = append(tests, "c.id IN (SELECT case_id FROM "+l.text+")"), append(args, l.args...)
	}
	return "(" + strings.Join(tests, " OR ") + ")", args
}

// ownCases are the rows that make cases a reader's own: a function in the case, a task,
// or one that they may take. column writes the columns that tell whose they are.
func ownCases(orgID string, r access.Reader, column func(string) string) []sqlCondition {
	own := []sqlCondition{
		{"case_people WHERE org_id = ? AND " + column("person_id") + " = ?", []any{orgID, r.PersonID}},
		{"tasks WHERE org_id = ? AND " + column("assignee_id") + " = ?", []any{orgID, r.PersonID}},
	}
	if len(r.Pool) > 0 {
		own = append(own, sqlCondition{
			"tasks WHERE org_id = ? AND " + column("role") + " IN (?) AND " + column("assignee_id") + " IS NULL AND (stage <> ? OR kind = ?)",
			[]any{orgID, bun.List(r.Pool), model.StageAdoption, model.TaskAdopt(r.UnitID)},
		})
	}
	return own
}

// lentCases are the tasks that a reader may answer for others.
func lentCases(orgID string, r access.Reader) []sqlCondition {
	var lent []sqlCondition
	for _, d := range r.For {
		for _, c := range deputyConditions(d) {
			lent = append(lent, sqlCondition{
				"tasks t WHERE t.org_id = ? AND t.status = 'open' AND t.case_id IS NOT NULL AND " + notVoid + " AND " + c.text,
				append([]any{orgID, r.PersonID}, c.args...),
			})
		}
	}
	return lent
}
