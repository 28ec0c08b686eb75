//go:build !slim

package apitest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"sluss/api"
	"sluss/api/apitest"
	"sluss/api/authn"
	"sluss/model"
	"sluss/model/lang"
	"sluss/model/store"
	"sluss/model/store/storetest"
)

// stage is a house without an engine, with people for every role in two units and
// with cases in all of them: everything that rights depend on.
type stage struct {
	*apitest.House
	t *testing.T
	// handles are the people by id.
	handles map[string]string
	// scenes are what a role is asked about, by scope, and for assigned by role too.
	scenes map[string]*scene
}

// scene is a case with everything that belongs to it.
type scene struct {
	w         *storetest.World
	caseID    string
	retriaged string
	task      store.Task
	tasks     []store.Task
	condition store.Condition
	incident  store.Incident
	// told is who was told by the message.
	told                                                                                                                                 string
	disposal, restoration, service, token, delegation, absence, attachment, remark, record, retriage, message, entry, advice, supplierID string
}

func (s *scene) ids() map[string]string {
	return map[string]string{
		"case_id": s.caseID, "task_id": s.task.ID, "condition_id": s.condition.ID, "attachment_id": s.attachment,
		"remark_id": s.remark, "record_id": s.record, "retriage_id": s.retriage, "incident_id": s.incident.ID,
		"message_id": s.message, "entry_id": s.entry, "advice_id": s.advice, "supplier_id": s.supplierID, "disposal_id": s.disposal, "delegation_id": s.delegation,
		"restoration_id": s.restoration, "service_id": s.service, "token_id": s.token, "absence_id": s.absence,
		"stage": "legal_basis", "revision": "1", "id": "se-kommun", "name": "intake", "person_id": "ciso",
	}
}

// missing are ids of what does not exist.
func missing() map[string]string {
	ids := (&scene{}).ids()
	for name, id := range ids {
		if id == "" {
			ids[name] = model.NewID()
		}
	}
	return ids
}

// second are the people of the other unit, and a second person for each role that has
// tasks, who is named in no case.
var second = map[string]model.Role{
	"manager_2": model.RoleManager, "info_2": model.RoleInformationOwner, "system_2": model.RoleSystemOwner,
	"registrar_2": model.RoleRegistrar, "leaves": model.RoleUser, "leaves_too": model.RoleUser,
	"environment_2": model.RoleEnvironmentReviewer, "head_2": model.RoleUnitHead, "owner_2": model.RoleProjectOwner,
}

// holders are who has which role, in the house's own unit.
var holders = map[model.Role]string{
	model.RoleProjectOwner: "owner", model.RoleManager: "manager", model.RoleInformationOwner: "info",
	model.RoleSystemOwner: "system", model.RoleDPO: "dpo", model.RoleCISO: "ciso", model.RoleLegalCounsel: "legal",
	model.RoleEnvironmentReviewer: "environment", model.RoleRegistrar: "registrar", model.RoleAdministrator: "admin",
	model.RoleAuditor: "auditor", model.RoleCoordinator: "clerk", model.RoleUnitHead: "head", model.RoleUser: "employee",
}

func newStage(t *testing.T) *stage {
	t.Helper()
	return newStageAt(t, apitest.RecordFile(t))
}

func newStageAt(t *testing.T, url string) *stage {
	t.Helper()
	st := &stage{House: apitest.OpenAt(t, url, api.Options{}, nil), t: t, handles: map[string]string{}, scenes: map[string]*scene{}}
	school := store.Unit{OrgID: apitest.Org, ID: model.NewID(), Code: "skola", Name: lang.Text{SV: "Skola", EN: "School"}, ControllerType: "public_authority"}
	st.must(st.Store.PutUnit(t.Context(), school))
	for handle, role := range second {
		st.person(handle, school.ID, role)
	}
	st.person("clerk", st.Unit, model.RoleCoordinator)
	for handle, id := range st.People {
		st.handles[id] = handle
	}
	here := st.world(apitest.Org, st.Unit, "owner", "manager", "info", "system")
	there := st.world(apitest.Org, school.ID, "owner_2", "manager_2", "info_2", "system_2")
	st.scenes["own"] = st.play(here, st.People["environment"])
	st.scenes["other unit"] = st.play(there, st.People["environment_2"])
	for _, role := range model.Roles() {
		st.scenes["assigned "+string(role)] = st.play(there, st.People[holders[role]])
	}
	strange := storetest.NewWorld(t, st.Store)
	strange.Clock.Set(st.Clock.Now())
	st.scenes["other organisation"] = st.play(strange, strange.Environment)
	asked := st.Do(apitest.Call{
		Method: http.MethodPost, Path: "/disposals", As: "registrar_2", Body: m{"person_id": st.People["leaves"], "reason": "Begärt."}, Header: apitest.Key(),
	})
	st.scenes["own"].disposal = asked.Want(http.StatusOK).Object()["disposal_id"].(string)
	restored, err := st.Store.AddRestoration(t.Context(), store.Restored{OrgID: apitest.Org, By: st.People["registrar"]}, st.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	st.scenes["own"].restoration = restored.ID
	service(st.House, "matrix-gateway", 0)
	tokens, err := st.Store.ServiceTokens(t.Context(), apitest.Org)
	st.must(err)
	st.scenes["own"].service, st.scenes["own"].token = st.People["matrix-gateway"], tokens[0].ID
	// The manager has nothing in the other unit, so it lets nobody do more.
	d := delegate(st.House, "manager", m{"to": "employee", "roles": []string{"manager"}, "unit_id": "skola"}).Want(http.StatusOK).Object()
	away := noteAbsence(st.House, "manager", m{"from_day": "2027-05-03", "until_day": "2027-05-04"}).Want(http.StatusOK).Object()
	for _, s := range st.scenes {
		s.delegation, s.absence = d["delegation_id"].(string), away["absence_id"].(string)
	}
	return st
}

func (st *stage) must(err error) {
	st.T.Helper()
	if err != nil {
		st.T.Fatal(err)
	}
}

func (st *stage) person(handle, unit string, roles ...model.Role) {
	st.T.Helper()
	ctx := st.T.Context()
	p := store.Person{OrgID: apitest.Org, ID: model.NewID(), Handle: handle, Name: "Namn " + handle, UnitID: unit, Roles: roles}
	st.must(st.Store.AddPerson(ctx, p, st.Clock.Now()))
	secret, hash := authn.NewSecret()
	st.must(st.Store.AddToken(ctx, store.Token{
		OrgID: apitest.Org, ID: model.NewID(), PersonID: p.ID, Label: "test", Purpose: store.PurposeAPI, Hash: hash,
		CreatedAt: st.Clock.Now(), ExpiresAt: st.Clock.Now().AddDate(1, 0, 0),
	}))
	st.Tokens[handle], st.People[handle] = secret, p.ID
}

func (st *stage) world(org, unit, owner, manager, info, system string) *storetest.World {
	return &storetest.World{
		TB: st.T, Store: st.Store, Clock: st.Clock, Org: org, Unit: unit,
		Owner: st.People[owner], Manager: st.People[manager], InfoOwner: st.People[info], SystemOwner: st.People[system],
		DPO: st.People["dpo"], CISO: st.People["ciso"], Legal: st.People["legal"], Environment: st.People["environment_2"],
		Everybody: st.People["employee"],
	}
}

// scene is what a role is asked about.
func (st *stage) scene(role model.Role, scope string) *scene {
	if scope == "assigned" {
		scope += " " + string(role)
	}
	return st.scenes[scope]
}

// actor is who asks: the one person with the role in the house's own unit.
func (st *stage) actor(role model.Role, _ string) model.Actor {
	st.T.Helper()
	p, err := st.Store.Person(st.T.Context(), apitest.Org, holders[role])
	st.must(err)
	return p.Actor()
}

// play makes a case with everything that belongs to it, whose open task is a person's.
func (st *stage) play(w *storetest.World, has string) *scene {
	st.T.Helper()
	ctx, s := st.T.Context(), &scene{w: w}
	note := func(by string, kind model.ActKind) model.Command {
		return model.Command{OrgID: w.Org, ID: model.NewID(), RequestKey: model.NewID(), CaseID: s.caseID, Kind: kind, ActorID: by, BodyHash: "b"}
	}
	s.caseID = w.Draft()
	if w.Org != apitest.Org { // nobody gets as far as its content
		file, err := st.Store.AddAttachment(ctx, store.NewAttachment{
			Part: "intake", FileName: "a.pdf", MediaType: "application/pdf", Size: int64(len(aPDF)), SHA256: strings.Repeat("0", 64), Command: note(w.Owner, "add_attachment"),
		}, w.Clock.Now())
		st.must(err)
		s.attachment = file.AttachmentID
	} else {
		a := st.Do(st.Attach(st.handles[w.Owner], s.caseID, apitest.Upload{Name: "a.pdf", Content: aPDF, Fields: map[string]string{"part": "intake"}})).Want(http.StatusCreated)
		s.attachment = a.Object()["attachment_id"].(string)
	}
	plan := storetest.Plan("s1", model.StageLegalBasis, model.StageEnvironment)
	plan.Mode = model.Parallel
	submit := w.Submit(s.caseID, plan)
	submit.Evaluation.Result = json.RawMessage(`{"result": {"stages": {}}}`)
	w.Do(s.caseID, submit)
	w.Do(s.caseID, w.Decide(s.caseID, w.InfoOwner, model.StageLegalBasis, model.TaskDecision, model.OutcomeLawfulWithConditions,
		storetest.Condition(model.DueBeforeUse)))
	open := w.Task(s.caseID, model.StageEnvironment, model.TaskDecision)
	st.must(st.Store.AssignTask(ctx, w.Org, open.ID, w.Owner, "", has, w.Clock.Now()))
	conditions, err := st.Store.Conditions(ctx, w.Org, s.caseID)
	st.must(err)
	s.condition = conditions[0]
	remark, err := st.Store.AddRemark(ctx, store.NewRemark{
		Stage: model.StageLegalBasis, AuthorRole: model.RoleDPO, Text: "Se över.", Severity: model.SeverityToFix, Command: note(w.DPO, "add_remark"),
	}, w.Clock.Now())
	st.must(err)
	s.remark = remark.RemarkID
	record, err := st.Store.AddRecord(ctx, note(w.InfoOwner, "add_record"), model.RecordComplaint, store.RecordText{Answers: json.RawMessage(`{}`)}, w.Clock.Now())
	st.must(err)
	s.record = record.RecordID
	s.incident, err = st.Store.Incident(ctx, w.Org, w.ReportIncident(s.caseID))
	st.must(err)
	st.beside(s, has)
	s.task = w.Task(s.caseID, model.StageEnvironment, model.TaskDecision)
	s.tasks, err = st.Store.CaseTasks(ctx, w.Org, s.caseID)
	st.must(err)
	return s
}

// beside adds what belongs to no case, or to one in use.
func (st *stage) beside(s *scene, has string) {
	st.T.Helper()
	ctx, w := st.T.Context(), s.w
	for n := 1; n > 0; {
		var err error
		n, err = st.Store.AddressMessages(ctx, false, 1000, w.Clock.Now())
		st.must(err)
	}
	messages, err := st.Store.Messages(ctx, store.MessageFilter{OrgID: w.Org})
	st.must(err)
	s.message, s.told = messages[0].ID, messages[0].PersonID
	s.retriaged = w.InUse()
	last, err := st.Store.LastTriage(ctx, w.Org, s.retriaged)
	st.must(err)
	_, err = st.Store.AddRetriage(ctx, store.Retriage{
		OrgID: w.Org, CaseID: s.retriaged, Before: last, RulebookID: "se-kommun", RulebookVersion: "2027.12", RulebookDigest: "d9", On: w.Today(),
		Reasons: []string{"aia_art49_3"}, Proposal: model.ProposeSuspension, Result: json.RawMessage(`{}`),
		Differences: []model.Difference{{Kind: model.DiffersHardStop, Name: "HS-12", After: "holds", Rules: []string{"HS-12"}}},
	}, w.Clock.Now())
	st.must(err)
	found, err := st.Store.Retriages(ctx, store.RetriageFilter{OrgID: w.Org, CaseID: s.retriaged, Limit: 1})
	st.must(err)
	s.retriage = found[0].ID
	s.entry, err = st.Store.PutRegisterEntry(ctx, w.Org, "", w.Entry("", "Verktyg "+s.caseID), w.Clock.Now())
	st.must(err)
	command := model.Command{OrgID: w.Org, ID: model.NewID(), RequestKey: model.NewID(), Kind: "add_record", ActorID: w.Owner, BodyHash: "b"}
	supplier, err := st.Store.AddRecord(ctx, command, model.RecordSupplier, store.RecordText{Answers: json.RawMessage(`{}`), Name: "Talverket"}, w.Clock.Now())
	st.must(err)
	s.supplierID = supplier.RecordID
	s.advice = model.NewID()
	command.ID, command.RequestKey, command.ActorID = model.NewID(), model.NewID(), w.DPO
	st.must(st.Store.AddStandingAdvice(ctx, store.StandingAdvice{
		OrgID: w.Org, ID: s.advice, GivenBy: w.DPO, Title: "Råd", Text: "Bra.", Value: "supports", ValidUntil: "2027-11-01", GivenAt: w.Clock.Now(),
	}, command))
}
