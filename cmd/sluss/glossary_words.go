package main

import "sluss/model/lang"

// groupWords say what a rule of a group does to a case.
var groupWords = map[string]lang.Text{
	"hard_stops": {
		SV: "Stoppregel: när den gäller stannar ärendet, så som det är beskrivet.",
		EN: "Hard stop: when it holds, the case stops as it is described."},
	"blockers": {
		SV: "Hinder: ärendet går vidare, men hindret ska lösas innan ärendet kan godkännas.",
		EN: "Blocker: the case goes on, but the blocker has to be solved before it can be approved."},
	"warnings":      {SV: "Varning: stoppar inget.", EN: "Warning: stops nothing."},
	"form_warnings": {SV: "Varning: stoppar inget.", EN: "Warning: stops nothing."},
	"checks": {
		SV: "Kontroll av svaren: formuläret kan inte skickas in förrän den är uppfylld.",
		EN: "Check of the answers: the form cannot be handed in until it is met."},
	"process": {
		SV: "Regel för handläggningen: vem som gör vad, och när.",
		EN: "Rule of the process: who does what, and when."},
	"tier":                  tierWords,
	"info_protection_level": levelWords,
	"ai_act_class": {
		SV: "Klass enligt AI-förordningen. Den första regeln som gäller avgör.",
		EN: "Class under the AI Act. The first rule that holds decides."},
	"outcome":  {SV: "Vad klassningen leder till.", EN: "What triage leads to."},
	"validity": {SV: "Hur länge ett godkännande gäller.", EN: "How long an approval holds."},
	"transparency": {
		SV: "Transparenskrav enligt AI-förordningen.", EN: "Transparency duty under the AI Act."},
	"dpia_criteria": {
		SV: "Kriterium för konsekvensbedömning: två eller fler tyder på hög risk.",
		EN: "Criterion for an impact assessment: two or more point to a high risk."},
}

var (
	tierWords = lang.Text{
		SV: "Nivån avgör hur mycket som prövas, i vilken ordning och hur länge ett godkännande gäller: T1 enkel, T2 normal, T3 fördjupad, T4 stoppas.",
		EN: "The tier decides how much is reviewed, in which order and how long an approval holds: T1 simple, T2 normal, T3 in depth, T4 stopped."}
	levelWords = lang.Text{
		SV: "Skyddsnivån säger hur skyddsvärd informationen är: 0 öppen, 1 intern, 2 skyddsvärd, 3 särskilt skyddsvärd, 4 säkerhetsskydd.",
		EN: "The protection level says how much the information needs protection: 0 open, 1 internal, 2 worth protecting, 3 especially worth protecting, 4 security protected."}
	profileWords = lang.Text{
		SV: "En profil är organisationens eller enhetens värden på inställningarna:",
		EN: "A profile is the organisation's or the unit's values of the settings:"}
	reasonWords = lang.Text{
		SV: "Orsakskoder i en återlämning eller ett avslag är id för regler, oftast någon av dessa, eller egna koder av bokstäver och siffror som oklart_andamal.",
		EN: "Reason codes of a return or a rejection are the ids of rules, most often of these, or codes of your own of letters and digits such as unclear_purpose."}
)

// kindWords say what kind of name a term is.
var kindWords = map[string]lang.Text{
	"rule":      {SV: "regel", EN: "rule"},
	"process":   {SV: "regel för handläggningen", EN: "rule of the process"},
	"choices":   {SV: "alternativ", EN: "choices"},
	"value":     {SV: "alternativ i", EN: "choice of"},
	"stage":     {SV: "steg", EN: "stage"},
	"section":   {SV: "avsnitt", EN: "section"},
	"group":     {SV: "grupp av frågor", EN: "group of questions"},
	"computed":  {SV: "beräknas av reglerna", EN: "computed by the rules"},
	"profile":   {SV: "profil", EN: "profile"},
	"parameter": {SV: "inställning", EN: "setting"},
	"source":    {SV: "källa", EN: "source"},
	"date":      {SV: "datum i lagstiftningen", EN: "date of the law"},
	"state":     {SV: "ärendets läge", EN: "state of a case"},
	"outcome":   {SV: "utfall", EN: "outcome"},
	"event":     {SV: "händelse i ett förhandssamråd", EN: "event of a prior consultation"},
	"role":      {SV: "roll", EN: "role"},
	"answer":    {SV: "svar från registret", EN: "answer of the register"},
	"refusal":   {SV: "skäl till att något inte gjordes", EN: "reason why something was not done"},
	"fault":     {SV: "fel i det som skickades", EN: "fault in what was sent"},
	"codes":     {SV: "orsakskoder", EN: "reason codes"},
}

// checkWords say what checks of the answers ask for that no single test tells.
var checkWords = map[string]lang.Text{
	"V-01": {
		SV: "Varje svar som krävs ska finnas och passa frågan.",
		EN: "Every answer that is required has to be there and fit its question."},
	"V-03": {
		SV: "Drar lösningen inga slutsatser från indata behövs bara avsnitt A och B, och ärendet faller utanför AI-prövningen.",
		EN: "If the solution infers nothing from its input, only sections A and B are needed, and the case is outside the AI review."},
	"V-07": {
		SV: "Informationen ska klassas i alla tre delar.",
		EN: "The information has to be classified in all three parts."},
}

// typeWords say what an answer to a question of a type is, and how it is written.
var typeWords = map[string]lang.Text{
	"str":    {SV: "en rad text", EN: "one line of text"},
	"text":   {SV: "text", EN: "text"},
	"bool":   {SV: "ja eller nej; skrivs true eller false, i en YAML-fil också ja eller nej", EN: "yes or no; written true or false, in a YAML file yes or no too"},
	"int":    {SV: "ett heltal", EN: "a whole number"},
	"number": {SV: "ett tal", EN: "a number"},
	"enum":   {SV: "ett av alternativen", EN: "one of the choices"},
	"multi":  {SV: "en lista med inget, ett eller flera av alternativen; inget skrivs []", EN: "a list of none, one or several of the choices; none is written []"},
	"date":   {SV: "ett datum, åååå-mm-dd", EN: "a date, yyyy-mm-dd"},
	"ref":    {SV: "ett id, ett användarnamn (`sluss person list`) eller en enhetskod (`sluss unit list`)", EN: "an id, a user name (`sluss person list`) or a unit code (`sluss unit list`)"},
	"list":   {SV: "en lista", EN: "a list"},
	"object": {SV: "namngivna delar", EN: "named parts"},
}
