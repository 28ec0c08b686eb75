package web

import (
	"net/http"

	"sluss/api/authn"
	"sluss/model"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// aboutPage is a page that explains, for everybody, signed in or not.
type aboutPage struct {
	// Organisations are whose cases are kept here.
	Organisations []string
	// Idle is after how many minutes without activity people are signed out, Hours
	// after how many hours in any case.
	Idle, Hours int
	// Retention is how long each kind of record is kept.
	Retention []rulebook.Retention
	// Steps are the stages that a case can pass, Roles what each role does.
	Steps []explained
	Roles []explained
}

// explained is a word and what it stands for.
type explained struct{ Name, Text string }

// about shows a page that explains.
func (s *site) about(name string, title lang.Text) func(*visit) error {
	return func(v *visit) error {
		orgs, err := s.Store.Organisations(v.r.Context())
		if err != nil {
			return err
		}
		p := aboutPage{Idle: int(authn.SessionIdle.Minutes()), Hours: int(authn.SessionLife.Hours()), Retention: v.book.Retention()}
		for _, o := range orgs {
			if v.person == nil || v.person.OrgID == o.ID {
				p.Organisations = append(p.Organisations, o.Name)
			}
		}
		for _, step := range steps {
			label, _ := v.book.StageLabel(string(step.stage))
			p.Steps = append(p.Steps, explained{label.In(v.lang), step.text.In(v.lang)})
		}
		for _, role := range model.Roles() {
			p.Roles = append(p.Roles, explained{role.Label().In(v.lang), duties[role].In(v.lang)})
		}
		return v.show(http.StatusOK, name, view{Title: title.In(v.lang), Page: p})
	}
}

// steps are the stages that people meet on the way to a decision, and what happens
// there (rulebook 3.6).
var steps = []struct {
	stage model.StageKey
	text  lang.Text
}{
	{model.StageManager, lang.Text{
		SV: "Närmaste chef bedömer nyttan, utbildningen, inköpet och vad som ändras i arbetet. I enkla ärenden beslutar chefen.",
		EN: "The manager assesses benefit, training, purchase and what changes at work. In simple cases the manager decides."}},
	{model.StageLegalBasis, lang.Text{
		SV: "Får personuppgifterna behandlas? Juristen tar fram underlaget, dataskyddsombudet lämnar råd och informationsägaren beslutar.",
		EN: "May the personal data be processed? Legal counsel prepares, the data protection officer advises and the information owner decides."}},
	{model.StageSecrecy, lang.Text{
		SV: "Får uppgifter som omfattas av sekretess lämnas till leverantören?",
		EN: "May information under secrecy be disclosed to the supplier?"}},
	{model.StageDPIA, lang.Text{
		SV: "Risker för dem vars uppgifter behandlas, och åtgärderna mot dem. Krävs när riskerna kan vara höga.",
		EN: "Risks to those whose data are processed, and the measures against them. Required when the risks may be high."}},
	{model.StageAgentRisk, lang.Text{
		SV: "För AI-agenter, som kan göra saker på egen hand: hur långt får agenten gå, och hur stoppas den?",
		EN: "For AI agents, which can do things on their own: how far may the agent go, and how is it stopped?"}},
	{model.StageFRIA, lang.Text{
		SV: "För AI-system med hög risk enligt AI-förordningen.",
		EN: "For AI systems with high risk under the AI Act."}},
	{model.StageEnvironment, lang.Text{
		SV: "Energi och utsläpp under ett år, jämfört med andra sätt att göra samma sak. I små ärenden räknas de ut av svaren.",
		EN: "Energy and emissions in a year, compared with other ways to do the same. In small cases they are computed from the answers."}},
	{model.StageCISO, lang.Text{
		SV: "Informationssäkerhetsansvarig går igenom skyddet och sätter villkor där det behövs.",
		EN: "The chief information security officer goes through the protection and sets conditions where needed."}},
	{model.StageInfoOwner, lang.Text{
		SV: "Den som ansvarar för informationen väger ihop allt och beslutar om verktyget får användas.",
		EN: "Whoever is responsible for the information weighs everything and decides whether the tool may be used."}},
}

// duties are what each role does (rulebook 10).
var duties = map[model.Role]lang.Text{
	model.RoleProjectOwner:        {SV: "Öppnar ärendet, beskriver det och svarar på frågor.", EN: "Opens the case, describes it and answers questions."},
	model.RoleManager:             {SV: "Tillstyrker användningen, eller beslutar i enkla ärenden.", EN: "Endorses the use, or decides in simple cases."},
	model.RoleInformationOwner:    {SV: "Ansvarar för informationen, klassar den och beslutar för nämnden eller bolaget.", EN: "Is responsible for the information, classifies it and decides for the board or company."},
	model.RoleSystemOwner:         {SV: "Tar verktyget i bruk, sköter det och avvecklar det.", EN: "Takes the tool into use, runs it and decommissions it."},
	model.RoleDPO:                 {SV: "Lämnar råd om personuppgifter, men beslutar inte.", EN: "Advises on personal data, but does not decide."},
	model.RoleCISO:                {SV: "Granskar säkerheten och kan stoppa användningen.", EN: "Reviews security and can stop the use."},
	model.RoleLegalCounsel:        {SV: "Tar fram underlag om rättslig grund och sekretess.", EN: "Prepares the assessments of legal basis and secrecy."},
	model.RoleEnvironmentReviewer: {SV: "Granskar energi och utsläpp i stora ärenden.", EN: "Reviews energy and emissions in large cases."},
	model.RoleRegistrar:           {SV: "Registrerar handlingar och prövar gallring.", EN: "Registers records and examines disposal."},
	model.RoleAdministrator:       {SV: "Ser till att ärenden går framåt, men svarar inte på granskarnas uppgifter.", EN: "Keeps cases going, but does not answer the reviewers' tasks."},
	model.RoleAuditor:             {SV: "Läser allt, ändrar inget.", EN: "Reads everything, changes nothing."},
	model.RoleCoordinator:         {SV: "Hjälper till i sin förvaltning och tar fram underlag i enkla ärenden.", EN: "Helps in the administration and prepares simple cases."},
	model.RoleUnitHead:            {SV: "Bekräftar beslut som går emot ett råd eller gäller mycket hög förbrukning.", EN: "Confirms decisions that go against advice or concern very high consumption."},
	model.RoleUser:                {SV: "Ser vilka verktyg som får användas och rapporterar incidenter.", EN: "Sees which tools may be used and reports incidents."},
}
