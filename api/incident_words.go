package api

import (
	"sluss/model"
	"sluss/model/lang"
)

// What codes of incidents and of the tasks of the year are called.

var incidentStateWords = map[model.IncidentState]lang.Text{
	model.IncidentOpen:   {SV: "Pågår", EN: "Open"},
	model.IncidentClosed: {SV: "Avslutad", EN: "Closed"},
}

// elsewhereQuestions is what a task asks that belongs to no stage of a case.
var elsewhereQuestions = map[question]lang.Text{
	{model.StageIncident, model.TaskAcknowledge}: {
		SV: "Ta emot rapporten: är den begriplig, och vet de berörda om den?",
		EN: "Acknowledge the report: can it be understood, and do those concerned know of it?"},
	{model.StageIncident, model.TaskStopDecision}: {
		SV: "Ska användningen stoppas tills vidare? För en agent gäller stoppfunktionen.",
		EN: "Is the use to be suspended? For an agent this is the stop function."},
	{model.StageIncident, model.TaskAssessRisk}: {
		SV: "Hur stor är risken för dem som uppgifterna gäller?",
		EN: "How large is the risk to those whose data it concerns?"},
	{model.StageIncident, model.TaskAdvice}: {
		SV: "Vilket råd ger du om anmälan till IMY?",
		EN: "What is your advice on the notification to IMY?"},
	{model.StageIncident, model.TaskBreachNotice}: {
		SV: "Har personuppgiftsincidenten anmälts till IMY inom 72 timmar (GDPR 33)? Att inte anmäla kan beslutas bara när risken är osannolik.",
		EN: "Has the personal data breach been notified to IMY within 72 hours (GDPR 33)? Not to notify can be decided only when the risk is unlikely."},
	{model.StageIncident, model.TaskInformPersons}: {
		SV: "Har de registrerade informerats utan onödigt dröjsmål (GDPR 34)?",
		EN: "Have the persons been informed without undue delay (GDPR 34)?"},
	{model.StageIncident, model.TaskCSLSignificance}: {
		SV: "Är incidenten betydande enligt cybersäkerhetslagen?",
		EN: "Is the incident significant under the Cybersecurity Act?"},
	{model.StageIncident, model.TaskCSLWarning}: {
		SV: "Har varningen lämnats till NCSC/CERT-SE inom 24 timmar (cybersäkerhetslagen 2 kap. 5 §)?",
		EN: "Has the warning been given to NCSC/CERT-SE within 24 hours (Cybersecurity Act, chapter 2 section 5)?"},
	{model.StageIncident, model.TaskCSLNotification}: {
		SV: "Har incidentanmälan lämnats inom 72 timmar (cybersäkerhetslagen 2 kap. 6 §)?",
		EN: "Has the incident notification been made within 72 hours (Cybersecurity Act, chapter 2 section 6)?"},
	{model.StageIncident, model.TaskCSLFinalReport}: {
		SV: "Har slutrapporten lämnats inom en månad från anmälan (cybersäkerhetslagen 2 kap. 8 §)?",
		EN: "Has the final report been made within one month of the notification (Cybersecurity Act, chapter 2 section 8)?"},
	{model.StageIncident, model.TaskInformProvider}: {
		SV: "Har leverantören av högrisksystemet informerats (AI-förordningen 26.5, bindande från de datum som gäller för högrisksystem)?",
		EN: "Has the provider of the high-risk system been informed (AI Act 26(5), binding from the dates of high-risk systems)?"},
	{model.StageIncident, model.TaskInformAuthority}: {
		SV: "Har importör eller distributör och marknadskontrollmyndigheten informerats (AI-förordningen 26.5)?",
		EN: "Have the importer or distributor and the market surveillance authority been informed (AI Act 26(5))?"},
	{model.StageIncident, model.TaskSeriousIncident}: {
		SV: "Har den allvarliga incidenten rapporterats till myndigheten (AI-förordningen 73)? Skyldigheten är er när leverantören inte går att nå eller ni själva är leverantör.",
		EN: "Has the serious incident been reported to the authority (AI Act 73)? The duty is yours when the provider cannot be reached or you are the provider."},
	{model.StageYearly, model.TaskPolicyReview}: {
		SV: "Är riktlinjen, regelverket och den rättsliga kalendern bekräftade för det kommande året?",
		EN: "Are the guideline, the rulebook and the legal calendar confirmed for the coming year?"},
	{model.StageYearly, model.TaskUnitOverride}: {
		SV: "Behöver enheten kompletterande regler för AI?",
		EN: "Does the unit need supplementary rules for AI?"},
	{model.StageYearly, model.TaskLegacyPlan}: {
		SV: "Ska det äldre högrisksystemet uppfylla kraven eller avvecklas?",
		EN: "Will the legacy high-risk system meet the requirements, or be decommissioned?"},
}

// incidentNotes say what two tasks of an incident take in answers, beside their
// outcome.
var incidentNotes = map[model.TaskKind]lang.Text{
	model.TaskAssessRisk: {
		SV: "För högrisksystem: ange serious_incident (serious, widespread eller death) i answers om det är en allvarlig incident enligt AI-förordningen.",
		EN: "For high-risk systems: give serious_incident (serious, widespread or death) in answers if it is a serious incident under the AI Act."},
	model.TaskCSLSignificance: {
		SV: "Ange significant_at i answers om det blev känt tidigare än nu.",
		EN: "Give significant_at in answers if that was known earlier than now."},
}
