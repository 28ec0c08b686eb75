package web

import (
	"slices"
	"strings"

	"sluss/api"
	"sluss/model"
	"sluss/model/lang"
)

// follows are what follows from an answer whatever the task is, in words that
// somebody reads before it is sent.
var follows = map[model.Outcome]lang.Text{
	model.OutcomeReturn: {
		SV: "Ärendet går tillbaka med dina orsaker och vägen framåt. Det som andra har granskat står kvar, så länge ändringarna inte rör det.",
		EN: "The case goes back with your reasons and the way forward. What others have reviewed stands, as long as the changes do not touch it."},
	model.OutcomeReject: {
		SV: "Ärendet avslås och prövningen avslutas. Projektägaren får dina skäl och vägen framåt och kan begära att avslaget omprövas.",
		EN: "The case is rejected and the review ends. The project owner gets your reasons and the way forward, and can ask for the rejection to be looked at again."},
	model.OutcomeAdvisesAgainst: {
		SV: "Beslutet kan ändå bli ett annat. Den som beslutar måste då skriva skäl, och det syns i rapporten att rådet inte följdes.",
		EN: "The decision may still be another. Whoever decides must then give reasons, and the report shows that the advice was not followed."},
	model.OutcomeNotGivenInTime: {
		SV: "Steget går vidare utan råd. Dataskyddsombudet får veta det, och det står i rapporten.",
		EN: "The stage goes on without advice. The data protection officer is told, and the report says so."},
	model.OutcomePriorConsultation: {
		SV: "Behandlingen får inte börja. Begäran om förhandssamråd skickas till tillsynsmyndigheten, och ärendet väntar på svaret.",
		EN: "The processing must not begin. The supervisory authority is asked for prior consultation, and the case waits for the answer."},
	model.OutcomePassPilotOnly: {
		SV: "Agenten får bara provas i en begränsad pilot.", EN: "The agent may only be tried in a limited pilot."},
	model.OutcomeConfirmed: {
		SV: "Nyttovärdet räknas in i bedömningen av agenten.", EN: "The benefit score counts in the assessment of the agent."},
	model.OutcomeWaived: {
		SV: "Ingen konsekvensbedömning görs, och rapporten visar det med skälen.", EN: "No impact assessment is made, and the report shows that with the reasons."},
	model.OutcomeSuspend: {
		SV: "Användningen stoppas nu. Alla som använder verktyget ska sluta tills stoppet hävs.",
		EN: "The use is suspended now. Everybody who uses the tool has to stop until the suspension is lifted."},
	model.OutcomeKeepInUse: {SV: "Användningen fortsätter.", EN: "The use goes on."},
	model.OutcomeUnchanged: {SV: "Godkännandet fortsätter att gälla.", EN: "The approval goes on."},
	model.OutcomeUpdated: {
		SV: "Det som behöver uppdateras bedöms på nytt.", EN: "What has to be brought up to date is assessed again."},
	model.OutcomeNewDPIA: {
		SV: "En ny bedömning börjar, med en ny konsekvensbedömning.", EN: "A new assessment begins, with a new impact assessment."},
	model.OutcomeAdopt: {
		SV: "Din enhet får använda verktyget, och det står i registret.", EN: "Your unit may use the tool, and the register says so."},
	model.OutcomeAdoptStricter: {
		SV: "Din enhet får använda verktyget på de strängare villkoren, och det står i registret.",
		EN: "Your unit may use the tool under the stricter conditions, and the register says so."},
	model.OutcomeDecline: {
		SV: "Din enhet får inte använda verktyget. Andra enheter påverkas inte.", EN: "Your unit may not use the tool. Other units are not affected."},
	model.OutcomeUphold: {SV: "Avslaget gäller fortfarande.", EN: "The rejection still holds."},
	model.OutcomeReopen: {
		SV: "Den som avslog ärendet prövar det en gång till.", EN: "Whoever rejected the case decides it once more."},
	model.OutcomeOverride: {
		SV: "En jurist läser beslutet innan CISO:s avslag sätts åt sidan.", EN: "Legal counsel reads the decision before the CISO's rejection is set aside."},
	model.OutcomeErrorUpheld: {
		SV: "När alla tillfrågade har svarat går ärendet tillbaka till projektägaren, som rättar och skickar in det igen.",
		EN: "When everybody asked has answered so, the case goes back to the project owner, who corrects it and sends it in again."},
	model.OutcomeStopStands: {SV: "Stoppet kvarstår.", EN: "The stop stands."},
	model.OutcomeSetAside: {
		SV: "Den som beslutade prövar ärendet en gång till.", EN: "Whoever decided considers the case once more."},
	model.OutcomeConfirm: {SV: "Beslutet som du bekräftar gäller.", EN: "The decision that you confirm takes effect."},
	model.OutcomeDone:    {SV: "Uppgiften registreras som gjord.", EN: "The task is recorded as done."},
}

// followsAt are what follows where a task gives an outcome another meaning.
var followsAt = map[answerKey]lang.Text{
	{model.StageTriageCheck, model.OutcomeConfirm}: {
		SV: "Ärendet avslutas: det gäller inte AI.", EN: "The case is closed: it is not about AI."},
	{model.StageFRIA, model.OutcomeDone}: {
		SV: "Bedömningen av grundläggande rättigheter är klar.", EN: "The fundamental rights impact assessment is done."},
	{model.StageInfoOwner, model.OutcomeAccept}: {
		SV: "Du beslutar för den personuppgiftsansvariga och godtar den risk som återstår.",
		EN: "You decide for the controller and accept the risk that remains."},
}

type answerKey struct {
	stage   model.StageKey
	outcome model.Outcome
}

// adviser reports whether a task only speaks, to whoever decides.
func adviser(k model.TaskKind) bool { return k == model.TaskAdvice || k == model.TaskStatement }

// consequence says what follows when the task is answered with an outcome.
func (v *visit) consequence(p taskPage, o model.Outcome) []string {
	var out []string
	add := func(t lang.Text) {
		if text := t.In(v.lang); text != "" {
			out = append(out, text)
		}
	}
	spec, ofStage := model.Stage(p.Stage)
	if ofStage && adviser(p.Kind) && o != model.OutcomeNotGivenInTime {
		to := whom[deciderOf(spec)]
		add(lang.Text{SV: "Rådet går till " + to.SV + ", som beslutar. Du beslutar inte.", EN: "The advice goes to " + to.EN + ", who decides. You do not decide."})
	}
	if text, particular := followsAt[answerKey{p.Stage, o}]; particular {
		add(text)
	} else {
		add(follows[o])
	}
	if o == model.OutcomeReject && p.Case != nil && p.Case.Tier == "T3" {
		add(lang.Text{SV: "En andra person läser avslaget innan det gäller.", EN: "A second person reads the rejection before it takes effect."})
	}
	if o.WithConditions() {
		add(lang.Text{SV: "Villkoren följer med och kontrolleras.", EN: "The conditions come along and are verified."})
	}
	if ofStage && p.Case != nil && spec.Reviews() && goesOn(o) && !adviser(p.Kind) {
		v.addProgress(p, spec, add)
	}
	if adviser(p.Kind) && (o == model.OutcomeSupportsWithRemarks || o == model.OutcomeAdvisesAgainst) && strings.TrimSpace(p.Form.Motivation) == "" && len(p.Remarks) == 0 {
		add(lang.Text{
			SV: "Du har inte skrivit något: den som beslutar ser svaret men inte dina synpunkter eller skäl. Välj Ändra för att skriva dem.",
			EN: "You have written nothing: whoever decides sees the answer but not your remarks or reasons. Choose Change to write them.",
		})
	}
	if len(out) == 0 {
		add(lang.Text{SV: "Svaret registreras.", EN: "The answer is recorded."})
	}
	return out
}

// goesOn reports whether an outcome takes the case onward.
func goesOn(o model.Outcome) bool {
	return !slices.Contains([]model.Outcome{
		model.OutcomeReturn, model.OutcomeReject, model.OutcomePriorConsultation, model.OutcomeSetAside, model.OutcomeConfirm,
	}, o)
}

// addProgress says who goes on with the stage, or which stages remain.
func (v *visit) addProgress(p taskPage, spec model.StageSpec, add func(lang.Text)) {
	if !spec.Decides(p.Kind) {
		to := whom[deciderOf(spec)]
		add(lang.Text{SV: "Steget avgörs av " + to.SV + ".", EN: "The stage is decided by " + to.EN + "."})
		return
	}
	if p.Judgement != nil && p.Judgement.HeadConfirms != "" {
		add(lang.Text{SV: "Förvaltningschefen eller VD ska bekräfta beslutet.", EN: "The head of administration or managing director has to confirm the decision."})
	}
	var sv, en []string
	for _, st := range p.Case.Stages {
		other, known := model.Stage(st.Key)
		if known && other.Reviews() && st.Key != p.Stage && st.Status != model.StageDone && st.Status != model.StageNotRequired {
			label, _ := v.book.StageLabel(string(st.Key))
			sv, en = append(sv, label.SV), append(en, label.EN)
		}
	}
	if len(sv) == 0 {
		add(lang.Text{
			SV: "Inget annat steg återstår: ärendet blir godkänt. Verktyget får användas först när villkoren före användning är uppfyllda och systemägaren har tagit det i bruk.",
			EN: "No other stage remains: the case is approved. The tool may be used only when the conditions before use are met and the system owner has brought it into use."})
		return
	}
	add(lang.Text{SV: "Steget blir klart. Kvar är: " + strings.Join(sv, ", ") + ".", EN: "The stage is done. What remains: " + strings.Join(en, ", ") + "."})
}

// deciderOf is the role that decides a stage.
func deciderOf(spec model.StageSpec) model.Role {
	for _, t := range spec.Tasks {
		if t.Kind == model.TaskDecision {
			return t.Role
		}
	}
	if len(spec.Tasks) == 0 {
		return ""
	}
	return spec.Tasks[len(spec.Tasks)-1].Role
}

// whom are the roles that decide, as a sentence names them.
var whom = map[model.Role]lang.Text{
	model.RoleInformationOwner:    {SV: "informationsägaren", EN: "the information owner"},
	model.RoleManager:             {SV: "chefen", EN: "the manager"},
	model.RoleCISO:                {SV: "CISO", EN: "the CISO"},
	model.RoleLegalCounsel:        {SV: "juristen", EN: "legal counsel"},
	model.RoleEnvironmentReviewer: {SV: "hållbarhetsstrategen", EN: "the sustainability reviewer"},
	model.RoleUnitHead:            {SV: "förvaltningschefen eller VD", EN: "the head of administration or managing director"},
	model.RoleAdministrator:       {SV: "administratören", EN: "the administrator"},
	model.RoleSystemOwner:         {SV: "systemägaren", EN: "the system owner"},
	model.RoleProjectOwner:        {SV: "projektägaren", EN: "the project owner"},
}

// sendWords are what stands on the button that sends an answer.
func sendWords(t api.TaskView, o model.Outcome, label string, l lang.Lang) string {
	spec, _ := model.Stage(t.Stage)
	text := lang.Text{SV: "Skicka svaret: " + label, EN: "Send the answer: " + label}
	switch {
	case o == model.OutcomeReturn:
		text = lang.Text{SV: "Återlämna ärendet", EN: "Return the case"}
	case o == model.OutcomeReject:
		text = lang.Text{SV: "Avslå ärendet", EN: "Reject the case"}
	case adviser(t.Kind) && whom[deciderOf(spec)].SV != "":
		to := whom[deciderOf(spec)]
		text = lang.Text{SV: "Skicka råd till " + to.SV + ": " + label, EN: "Send advice to " + to.EN + ": " + label}
	case t.Kind == model.TaskReviewLegal || t.Kind == model.TaskReviewSecurity || t.Stage == model.StageCISO:
		text = lang.Text{SV: "Skicka granskningen: " + label, EN: "Send the review: " + label}
	case t.Kind == model.TaskRegistration:
		text = lang.Text{SV: "Registrera: " + label, EN: "Record: " + label}
	case t.Kind == model.TaskDecision || t.Kind == model.TaskStop:
		text = lang.Text{SV: "Besluta: " + label, EN: "Decide: " + label}
	}
	return text.In(l)
}
