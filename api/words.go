package api

import (
	"maps"
	"slices"

	"sluss/model"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// What codes of the process are called. The words for stages and for the values
// of answers stand in the rulebook.

var stateWords = map[model.CaseState]lang.Text{
	model.Draft:             {SV: "Utkast", EN: "Draft"},
	model.Submitted:         {SV: "Inskickat", EN: "Submitted"},
	model.Triaged:           {SV: "Klassat", EN: "Triaged"},
	model.RejectedAuto:      {SV: "Stoppat av regel", EN: "Stopped by rule"},
	model.ManagerReview:     {SV: "Chefens bedömning", EN: "Manager's review"},
	model.LegalReview:       {SV: "Rättslig bedömning", EN: "Legal review"},
	model.DPIA:              {SV: "Konsekvensbedömning", EN: "Impact assessment"},
	model.PriorConsultation: {SV: "Förhandssamråd", EN: "Prior consultation"},
	model.AgentReview:       {SV: "Agentriskbedömning", EN: "Agent risk assessment"},
	model.FRIA:              {SV: "Konsekvensbedömning, grundläggande rättigheter", EN: "Fundamental rights impact assessment"},
	model.EnvironmentReview: {SV: "Miljögranskning", EN: "Environmental review"},
	model.CISOReview:        {SV: "CISO-granskning", EN: "CISO review"},
	model.OwnerDecision:     {SV: "Informationsägarens beslut", EN: "Information owner's decision"},
	model.Returned:          {SV: "Återlämnat för komplettering", EN: "Returned for completion"},
	model.Approved:          {SV: "Godkänt, får ännu inte användas", EN: "Approved, not yet to be used"},
	model.ApprovedCond:      {SV: "Godkänt med villkor, får ännu inte användas", EN: "Approved with conditions, not yet to be used"},
	model.Active:            {SV: "Får användas", EN: "In use"},
	model.Suspended:         {SV: "Tillfälligt stoppat", EN: "Suspended"},
	model.Reassessment:      {SV: "Ny bedömning", EN: "Reassessment"},
	model.Expired:           {SV: "Giltighetstiden har gått ut", EN: "Expired"},
	model.Rejected:          {SV: "Avslaget", EN: "Rejected"},
	model.Withdrawn:         {SV: "Återtaget", EN: "Withdrawn"},
	model.Decommissioned:    {SV: "Avvecklat", EN: "Decommissioned"},
	model.Archived:          {SV: "Arkiverat", EN: "Archived"},
}

var outcomeWords = map[model.Outcome]lang.Text{
	model.OutcomeReturn:                {SV: "Återlämna för komplettering", EN: "Return for completion"},
	model.OutcomeReject:                {SV: "Avslå", EN: "Reject"},
	model.OutcomeEndorse:               {SV: "Tillstyrk", EN: "Endorse"},
	model.OutcomeSupports:              {SV: "Inget att erinra", EN: "No objection"},
	model.OutcomeSupportsWithRemarks:   {SV: "Inget att erinra, med synpunkter", EN: "No objection, with remarks"},
	model.OutcomeAdvisesAgainst:        {SV: "Avråder", EN: "Advises against"},
	model.OutcomeLawful:                {SV: "Laglig", EN: "Lawful"},
	model.OutcomeLawfulWithConditions:  {SV: "Laglig med villkor", EN: "Lawful with conditions"},
	model.OutcomeNotSecret:             {SV: "Omfattas inte av sekretess", EN: "Not secret"},
	model.OutcomeSecretPermitted:       {SV: "Sekretess, får behandlas i verktyget", EN: "Secret, permitted in the tool"},
	model.OutcomeAcceptable:            {SV: "Godtagbar risk", EN: "Acceptable risk"},
	model.OutcomeAcceptableMeasures:    {SV: "Godtagbar med åtgärder", EN: "Acceptable with measures"},
	model.OutcomeWaived:                {SV: "Görs inte, med motivering", EN: "Not done, with reasons"},
	model.OutcomePass:                  {SV: "Godkänt", EN: "Pass"},
	model.OutcomePassWithConditions:    {SV: "Godkänt med villkor", EN: "Pass with conditions"},
	model.OutcomePassPilotOnly:         {SV: "Endast pilot", EN: "Pilot only"},
	model.OutcomeConfirmed:             {SV: "Bekräfta", EN: "Confirm"},
	model.OutcomeDone:                  {SV: "Klart", EN: "Done"},
	model.OutcomeJustified:             {SV: "Motiverad", EN: "Justified"},
	model.OutcomeJustifiedWithLimits:   {SV: "Motiverad med gränser", EN: "Justified with limits"},
	model.OutcomeApprove:               {SV: "Godkänn granskningen", EN: "Approve the review"},
	model.OutcomeApproveWithConditions: {SV: "Godkänn granskningen med villkor", EN: "Approve the review with conditions"},
	model.OutcomeAccept:                {SV: "Godkänn användningen", EN: "Accept the use"},
	model.OutcomeConfirm:               {SV: "Bekräfta", EN: "Confirm"},
	model.OutcomeErrorUpheld:           {SV: "Klassningen var fel", EN: "The classification was wrong"},
	model.OutcomeStopStands:            {SV: "Stoppet kvarstår", EN: "The stop stands"},
	model.OutcomeSetAside:              {SV: "Upphäv avslaget", EN: "Set the rejection aside"},
	model.OutcomeSuspend:               {SV: "Stoppa användningen tills vidare", EN: "Suspend the use"},
	model.OutcomeKeepInUse:             {SV: "Låt användningen fortsätta", EN: "Let the use go on"},
	model.OutcomeUnchanged:             {SV: "Inget har ändrats", EN: "Nothing has changed"},
	model.OutcomeUpdated:               {SV: "Bedömningen behöver uppdateras", EN: "The assessment has to be brought up to date"},
	model.OutcomeNewDPIA:               {SV: "Ny konsekvensbedömning behövs", EN: "A new impact assessment is needed"},
	model.OutcomeAdopt:                 {SV: "Ansluter", EN: "Adopts"},
	model.OutcomeAdoptStricter:         {SV: "Ansluter med strängare villkor", EN: "Adopts with stricter conditions"},
	model.OutcomeDecline:               {SV: "Ansluter inte", EN: "Declines"},
	model.OutcomeUphold:                {SV: "Avslaget står fast", EN: "The rejection stands"},
	model.OutcomeReopen:                {SV: "Pröva ärendet igen", EN: "Have the case decided once more"},
	model.OutcomeOverride:              {SV: "Gå emot avslaget", EN: "Override the rejection"},
	model.OutcomeOverridden:            {SV: "Avslaget har upphävts av den personuppgiftsansvariga", EN: "Overridden by the controller"},
	model.OutcomeLightOK:               {SV: "Beräkningen bekräftad i formuläret", EN: "Calculation confirmed in the form"},
	model.OutcomeAttested:              {SV: "Intygat i formuläret", EN: "Attested in the form"},
	model.OutcomeHandedIn:              {SV: "Underlaget är inlämnat", EN: "Assessment handed in"},
	model.OutcomeNotGivenInTime:        {SV: "Råd begärt, inget svar i tid", EN: "Advice asked for, no answer in time"},
	model.OutcomeStandingAdvice:        {SV: "Generellt råd finns", EN: "Standing advice exists"},
	model.OutcomeReused:                {SV: "Bygger på en tidigare bedömning", EN: "Rests on an earlier assessment"},
	model.OutcomeExempt:                {SV: "Redan bedömd i lagstiftningen", EN: "Already assessed in legislation"},
	model.OutcomeThresholdOnly:         {SV: "Tröskelanalysen räcker", EN: "The threshold screening is enough"},
	model.OutcomePriorConsultation:     {SV: "Begär förhandssamråd", EN: "Ask for prior consultation"},

	// Of incidents and of the tasks of the year.
	model.OutcomeRiskUnlikely:         {SV: "Osannolik risk", EN: "Unlikely risk"},
	model.OutcomeRisk:                 {SV: "Risk", EN: "Risk"},
	model.OutcomeRiskHigh:             {SV: "Hög risk", EN: "High risk"},
	model.OutcomeNotified:             {SV: "Anmält till IMY", EN: "Notified to IMY"},
	model.OutcomeNotifiedPartially:    {SV: "Anmält i en första del, kompletteras", EN: "Notified in a first part, to be completed"},
	model.OutcomeNotToNotify:          {SV: "Beslut att inte anmäla, med skäl", EN: "Decision not to notify, with reasons"},
	model.OutcomeInformed:             {SV: "Informerat", EN: "Informed"},
	model.OutcomeNotInformed:          {SV: "Information behövs inte, med skäl", EN: "No information needed, with reasons"},
	model.OutcomeSignificant:          {SV: "Betydande incident", EN: "Significant incident"},
	model.OutcomeSignificanceUnsure:   {SV: "Osäkert om den är betydande", EN: "Unsure whether it is significant"},
	model.OutcomeNotSignificant:       {SV: "Inte en betydande incident", EN: "Not a significant incident"},
	model.OutcomeProviderUnreachable:  {SV: "Leverantören går inte att nå", EN: "The provider cannot be reached"},
	model.OutcomeOwnProvider:          {SV: "Vi är själva leverantör", EN: "We are the provider ourselves"},
	model.OutcomeAdvisesNotice:        {SV: "Råder till anmälan", EN: "Advises notification"},
	model.OutcomeAdvisesAgainstNotice: {SV: "Avråder från anmälan", EN: "Advises against notification"},
	model.OutcomePlanFull:             {SV: "Systemet ska uppfylla kraven", EN: "The system will meet the requirements"},
	model.OutcomePlanDecommission:     {SV: "Systemet ska avvecklas", EN: "The system will be decommissioned"},
}

// consultationWords are what the events of a prior consultation are called.
var consultationWords = map[model.ConsultationEvent]lang.Text{
	model.ConsultDecided:           {SV: "Förhandssamråd beslutat", EN: "Prior consultation decided"},
	model.ConsultSubmitted:         {SV: "Begäran skickad till tillsynsmyndigheten", EN: "Request sent to the supervisory authority"},
	model.ConsultReceived:          {SV: "Begäran mottagen av tillsynsmyndigheten", EN: "Request received by the supervisory authority"},
	model.ConsultExtensionNotified: {SV: "Besked om förlängd tid", EN: "Extension of the period notified"},
	model.ConsultInfoRequested:     {SV: "Uppgifter begärda, tiden står stilla", EN: "Information requested, the period stands still"},
	model.ConsultInfoDelivered:     {SV: "Uppgifter lämnade, tiden löper igen", EN: "Information delivered, the period runs again"},
	model.ConsultAdviceReceived:    {SV: "Skriftligt råd mottaget", EN: "Written advice received"},
	model.ConsultPowersUsed:        {SV: "Myndigheten har använt sina befogenheter", EN: "The authority has used its powers"},
	model.ConsultWithdrawn:         {SV: "Begäran återkallad", EN: "Request withdrawn"},
	model.ConsultPeriodEnded:       {SV: "Tiden har gått ut utan råd", EN: "The period has ended without advice"},
}

// Word is a code that people meet in answers of the API, and what it means.
type Word struct {
	Code string    `json:"code"`
	Kind string    `json:"kind"` // state, outcome, event, role, answer, refusal or fault
	Text lang.Text `json:"text"`
	// More is what to do about it, where there is more to say.
	More lang.Text `json:"more,omitzero"`
}

// Words lists the codes of the process that are not the rulebook's, with what they
// mean: states, outcomes, events of a consultation, roles, answers of the register, refusals and faults in what was sent.
func Words() []Word {
	var out []Word
	add := func(kind, code string, text, more lang.Text) { out = append(out, Word{code, kind, text, more}) }
	for _, s := range model.CaseStates() {
		add("state", string(s), stateWords[s], lang.Text{})
	}
	for _, o := range slices.Sorted(maps.Keys(outcomeWords)) {
		add("outcome", string(o), outcomeWords[o], lang.Text{})
	}
	for _, e := range slices.Sorted(maps.Keys(consultationWords)) {
		add("event", string(e), consultationWords[e], lang.Text{})
	}
	for _, r := range model.Roles() {
		add("role", string(r), r.Label(), lang.Text{})
	}
	for _, a := range model.RegisterAnswers() {
		add("answer", string(a), a.Label(), lang.Text{})
	}
	for _, code := range slices.Sorted(maps.Keys(catalogue)) {
		add("refusal", string(code), catalogue[code].Title, catalogue[code].Detail)
	}
	faults := faultWords()
	for _, code := range slices.Sorted(maps.Keys(faults)) {
		add("fault", code, faults[code], lang.Text{})
	}
	return out
}

// faultWords says what each code of a fault means; a limit in the text is written
// as an ellipsis.
func faultWords() map[string]lang.Text {
	out := rulebook.Faults()
	for _, tag := range lang.Tags() {
		out[tag] = lang.Text{SV: lang.Message(lang.SV, tag, "…"), EN: lang.Message(lang.EN, tag, "…")}
	}
	for _, k := range kinds {
		if _, known := out[k.code]; !known {
			text := k.text("…")
			out[k.code] = lang.Text{SV: text(lang.SV), EN: text(lang.EN)}
		}
	}
	out[tagCode] = codeWords
	return out
}

// question is what a task asks, by stage and kind.
type question struct {
	stage model.StageKey
	kind  model.TaskKind
}

var questionWords = map[question]lang.Text{
	{model.StageTriageCheck, model.TaskConfirmation}: {
		SV: "Stämmer det att ärendet inte gäller AI och kan avslutas?",
		EN: "Is it right that the case is not about AI and can be closed?"},
	{model.StageStopUse, model.TaskStopUnit}: {
		SV: "Har verksamheten slutat använda det som stoppades?",
		EN: "Has the unit stopped using what was stopped?"},
	{model.StageStopUse, model.TaskStopSecurity}: {
		SV: "Är åtkomsten till det som stoppades avstängd?",
		EN: "Has access to what was stopped been shut off?"},
	{model.StageReExamination, model.TaskReviewLegal}: {
		SV: "Var klassningen bakom stoppet fel i rättsligt hänseende?",
		EN: "Was the classification behind the stop wrong in law?"},
	{model.StageReExamination, model.TaskConfirmation}: {
		SV: "Var klassningen bakom stoppet fel?",
		EN: "Was the classification behind the stop wrong?"},
	{model.StageManager, model.TaskEndorse}: {
		SV: "Tillstyrker du att AI-lösningen används för det här ändamålet?",
		EN: "Do you endorse the use of the AI solution for this purpose?"},
	{model.StageLegalBasis, model.TaskAdvice}: {
		SV: "Vilket råd ger du om den rättsliga grunden?",
		EN: "What is your advice on the legal basis?"},
	{model.StageLegalBasis, model.TaskDecision}: {
		SV: "Finns det rättslig grund för behandlingen av personuppgifter?",
		EN: "Is there a legal basis for the processing of personal data?"},
	{model.StageSecrecy, model.TaskDecision}: {
		SV: "Omfattas informationen av sekretess, och får den i så fall behandlas i verktyget?",
		EN: "Is the information secret, and if so, may the tool process it?"},
	{model.StageDerogation, model.TaskDecision}: {
		SV: "Håller undantaget i artikel 6.3 i AI-förordningen?",
		EN: "Does the derogation in Article 6(3) of the AI Act hold?"},
	{model.StageCamera, model.TaskAdvice}: {
		SV: "Vilket råd ger du om kamerabevakningen?",
		EN: "What is your advice on the camera surveillance?"},
	{model.StageCamera, model.TaskDecision}: {
		SV: "Väger behovet av kamerabevakning tyngre än intrånget?",
		EN: "Does the need for camera surveillance outweigh the intrusion?"},
	{model.StageDPIA, model.TaskAdvice}: {
		SV: "Vilket råd ger du om konsekvensbedömningen?",
		EN: "What is your advice on the impact assessment?"},
	{model.StageDPIA, model.TaskDecision}: {
		SV: "Är de kvarstående riskerna för enskilda godtagbara?",
		EN: "Are the residual risks to individuals acceptable?"},
	{model.StageAgentRisk, model.TaskBenefit}: {
		SV: "Bekräftar du agentens nyttovärde?",
		EN: "Do you confirm the benefit score of the agent?"},
	{model.StageAgentRisk, model.TaskReviewLegal}: {
		SV: "Är agentens rättsliga risker under kontroll?",
		EN: "Are the legal risks of the agent under control?"},
	{model.StageAgentRisk, model.TaskReviewSecurity}: {
		SV: "Är agentens säkerhetsrisker under kontroll?",
		EN: "Are the security risks of the agent under control?"},
	{model.StageFRIA, model.TaskAdvice}: {
		SV: "Vilket råd ger du om påverkan på grundläggande rättigheter?",
		EN: "What is your advice on the impact on fundamental rights?"},
	{model.StageFRIA, model.TaskDecision}: {
		SV: "Är bedömningen av grundläggande rättigheter fullständig?",
		EN: "Is the assessment of fundamental rights complete?"},
	{model.StageEnvironment, model.TaskDecision}: {
		SV: "Är miljöpåverkan motiverad?",
		EN: "Is the environmental impact justified?"},
	{model.StageCISO, model.TaskDecision}: {
		SV: "Är informationssäkerheten tillräcklig och granskningen komplett?",
		EN: "Is the information security sufficient and the review complete?"},
	{model.StageInfoOwner, model.TaskDecision}: {
		SV: "Godkänner du användningen och den risk som återstår?",
		EN: "Do you accept the use and the risk that remains?"},
	{model.StageWorkerInformation, model.TaskRegistration}: {
		SV: "Har arbetstagarna och deras företrädare fått informationen?",
		EN: "Have the workers and their representatives been informed?"},
	{model.StageEUDatabase, model.TaskRegistration}: {
		SV: "Är registreringen i EU-databasen gjord eller kontrollerad?",
		EN: "Has the registration in the EU database been made or checked?"},
	{model.StageAILabel, model.TaskRegistration}: {
		SV: "Är märkningen eller upplysningen på plats?",
		EN: "Is the label or notice in place?"},
	{model.StageMeeting, model.TaskMeeting}: {
		SV: "Har ni mötts om steget som har återlämnats flera gånger, och kommit överens om vägen framåt?",
		EN: "Have you met about the stage that has been returned several times, and agreed on the way forward?"},
	{model.StageStopDecision, model.TaskStop}: {
		SV: "Ska användningen stoppas tills vidare?",
		EN: "Is the use to be suspended?"},
	{model.StageReconsideration, model.TaskReviewSecurity}: {
		SV: "Vad säger du som CISO om att ärendet prövas igen?",
		EN: "What do you say, as CISO, of having the case decided once more?"},
	{model.StageReconsideration, model.TaskReviewLegal}: {
		SV: "Vad säger du som jurist om att ärendet prövas igen?",
		EN: "What do you say, as legal counsel, of having the case decided once more?"},
	{model.StageReconsideration, model.TaskDecision}: {
		SV: "Står avslaget fast, eller ska ärendet prövas igen?",
		EN: "Does the rejection stand, or is the case to be decided once more?"},
	{model.StageOverride, model.TaskReviewSecurity}: {
		SV: "Vad säger du som CISO om att gå emot avslaget?",
		EN: "What do you say, as CISO, of overriding the rejection?"},
	{model.StageOverride, model.TaskAdvice}: {
		SV: "Vilket råd ger du om att gå emot avslaget?",
		EN: "What is your advice on overriding the rejection?"},
	{model.StageOverride, model.TaskDecision}: {
		SV: "Går du för den personuppgiftsansvarigas räkning emot CISO:s avslag?",
		EN: "Do you, for the controller, override the rejection by the CISO?"},
	{model.StageOverride, model.TaskSecondReading}: {
		SV: "Har CISO och dataskyddsombudet hörts, och är skälen för att gå emot avslaget prövade?",
		EN: "Have the CISO and the data protection officer been heard, and have the reasons for the override been weighed?"},
	{model.StageReview, model.TaskReview}: {
		SV: "Stämmer bedömningen fortfarande, eller behöver den göras om?",
		EN: "Does the assessment still hold, or does it have to be done again?"},
}

// anyStageWords are what tasks ask that are the same at every stage: to prepare
// the assessment, to confirm a decision as the head of the unit (LB-R20, DP-34,
// EN-R06), and to read a rejection once more (SOD-05).
var anyStageWords = map[model.TaskKind]lang.Text{
	model.TaskPrepare: {
		SV: "Fyll i underlaget för steget och lämna in det för granskning.",
		EN: "Fill in the assessment of the stage and hand it in for review."},
	model.TaskStatement: {
		SV: "Vad säger du som samordnare om den rättsliga grunden?",
		EN: "What do you say, as coordinator, on the legal basis?"},
	model.TaskHead: {
		SV: "Bekräftar du beslutet som förvaltningschef eller VD?",
		EN: "Do you confirm the decision as head of administration or managing director?"},
	model.TaskSecondReading: {
		SV: "Delar du bedömningen att ärendet ska avslås?",
		EN: "Do you agree that the case should be rejected?"},
}

// adoptWords is what a unit that the case covers is asked (S7).
var adoptWords = lang.Text{
	SV: "Ansluter sig er enhet till bedömningen, så att ni får använda verktyget?",
	EN: "Does your unit adopt the assessment, so that you may use the tool?",
}

// followUpWords is what the task to meet a condition once more asks (CO-03).
var followUpWords = lang.Text{
	SV: "Är villkoret uppfyllt för den här perioden? Beskriv vad som har gjorts.",
	EN: "Is the condition met for this period? Describe what has been done.",
}

// questionOf is what a task asks.
func questionOf(k model.TaskKey) lang.Text {
	if _, ok := k.Kind.Condition(); ok {
		return followUpWords
	}
	if _, ok := k.Kind.Unit(); ok {
		return adoptWords
	}
	asked := question{k.Stage, k.Kind}
	if text, ok := questionWords[asked]; ok {
		return text
	}
	if text, ok := elsewhereQuestions[asked]; ok {
		return text
	}
	return anyStageWords[k.Kind]
}

// stageWords are the stages that triage leads to and the rulebook does not name,
// and what stands in their place for a task that belongs to no case.
var stageWords = map[model.StageKey]lang.Text{
	model.StageTriageCheck:   {SV: "Kontroll av klassningen", EN: "Check of the triage"},
	model.StageStopUse:       {SV: "Stoppa användningen", EN: "Stop the use"},
	model.StageReExamination: {SV: "Omprövning av stoppet", EN: "Re-review of the stop"},
	model.StageStopDecision:  {SV: "Beslut om användningen ska stoppas", EN: "Decision whether the use is suspended"},
	model.StageReview:        {SV: "Planerad uppföljning", EN: "Scheduled review"},
	model.StageFollowUp:      {SV: "Återkommande villkor", EN: "Recurring condition"},
	model.StageMeeting:       {SV: "Möte efter flera återlämningar", EN: "Meeting after several returns"},
	model.StageAdoption:      {SV: "Anslutningsbeslut", EN: "Adoption decisions"},

	model.StageReconsideration: {SV: "Omprövning av avslaget", EN: "Re-examination of the rejection"},
	model.StageOverride:        {SV: "Överprövning av CISO:s avslag", EN: "Override of the CISO's rejection"},
	model.StageIncident:        {SV: "Incident", EN: "Incident"},
	model.StageYearly:          {SV: "Årlig uppgift", EN: "Task of the year"},
}

// formNote says how a task is answered that has no form of its own.
var formNote = lang.Text{
	SV: "Uppgiften har inget eget formulär. Besvara den med utfall och motivering.",
	EN: "The task has no form of its own. Answer it with an outcome and a motivation.",
}

// stageLabel is what the rulebook calls a stage.
func (s *server) stageLabel(key model.StageKey, l lang.Lang) string {
	return StageLabel(s.Book, key).In(l)
}

// StageLabel is what a version of the rulebook calls a stage, and what stages are
// called that triage leads to and the rulebook does not name.
func StageLabel(b *rulebook.Book, key model.StageKey) lang.Text {
	if label, named := b.StageLabel(string(key)); named {
		return label
	}
	return stageWords[key]
}

// StateLabel is what a state of a case is called.
func StateLabel(s model.CaseState) lang.Text { return stateWords[s] }

// OutcomeLabel is what an outcome of a task is called.
func OutcomeLabel(o model.Outcome) lang.Text { return outcomeWords[o] }

// ConsultationLabel is what an event of a prior consultation is called.
func ConsultationLabel(e model.ConsultationEvent) lang.Text { return consultationWords[e] }
