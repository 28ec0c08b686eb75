package model

import (
	"slices"

	"sluss/model/lang"
)

// Rule is a rule of the process: a transition, a guard or a separation of
// duties. Rules that are evaluated on the facts of a case stand in the rulebook.
type Rule struct {
	ID   string
	Text lang.Text
	// Source is where the rule comes from: a section of the rulebook, and the
	// law behind it where there is one.
	Source string
}

// ProcessRule returns a rule of the process by its id, and false when there is
// none of that id.
func ProcessRule(id string) (Rule, bool) {
	i := slices.IndexFunc(processRules, func(r Rule) bool { return r.ID == id })
	if i < 0 {
		return Rule{}, false
	}
	return processRules[i], true
}

// ProcessRules lists the rules of the process. The caller must not change it.
func ProcessRules() []Rule { return processRules }

// processRules paraphrases rulebook 8.2, 8.3, 9.2 and 10, and the few rules of
// other sections that refuse an act.
var processRules = []Rule{
	{"T-01", lang.Text{
		SV: "Projektägaren öppnar ärendet som ett utkast.",
		EN: "The project owner opens the case as a draft."}, "rulebook 9.2"},
	{"T-02", lang.Text{
		SV: "Projektägaren skickar in ärendet när alla obligatoriska svar och intyganden finns.",
		EN: "The project owner submits the case when every required answer and attestation is there."}, "rulebook 9.2"},
	{"T-03", lang.Text{
		SV: "Ett inskickat ärende klassas av reglerna.",
		EN: "A submitted case is classified by the rules."}, "rulebook 9.2"},
	{"T-04", lang.Text{
		SV: "Efter klassningen öppnas de steg som ärendet behöver.",
		EN: "After triage the stages that the case needs are opened."}, "rulebook 9.2"},
	{"T-05", lang.Text{
		SV: "En stoppregel är uppfylld och ärendet stannar. Det är inget beslut; felaktiga uppgifter kan rättas.",
		EN: "A hard stop applies and the case stops. It is not a decision; wrong facts can be corrected."}, "rulebook 9.2"},
	{"T-06", lang.Text{
		SV: "Ett ärende som inte gäller AI avslutas när en administratör har bekräftat det.",
		EN: "A case that is not about AI is closed once an administrator has confirmed it."}, "rulebook 9.2"},
	{"T-07", lang.Text{
		SV: "Ett stopp omprövas av administratör och jurist när klassningen var fel.",
		EN: "A stop is re-reviewed by the administrator and legal counsel when the classification was wrong."}, "rulebook 9.2"},
	{"T-07a", lang.Text{
		SV: "Projektägaren får rätta uppgifterna i ett stoppat ärende och skicka in det igen. Vid förbjuden AI-metod (HS-01) och säkerhetsskyddade uppgifter (HS-08) krävs i stället omprövning.",
		EN: "The project owner may correct the facts of a stopped case and submit it again. A prohibited practice (HS-01) or security-protected information (HS-08) needs a re-review instead."}, "rulebook 9.2"},
	{"T-08", lang.Text{
		SV: "Chefen tillstyrker ärendet innan det går vidare.",
		EN: "The manager endorses the case before it goes on."}, "rulebook 9.2; L-10, L-68"},
	{"T-09", lang.Text{
		SV: "Den rättsliga grunden ska vara beslutad och sekretessen prövad innan ärendet går vidare.",
		EN: "The legal basis has to be decided and the secrecy assessed before the case goes on."}, "rulebook 9.2; LB-R19"},
	{"T-10", lang.Text{
		SV: "Informationsägaren beslutar om konsekvensbedömningen när den rättsliga grunden är beslutad och dataskyddsombudet har yttrat sig.",
		EN: "The information owner decides on the impact assessment once the legal basis is decided and the data protection officer has advised."}, "rulebook 9.2; GDPR 35(2)"},
	{"T-11", lang.Text{
		SV: "Är risken fortfarande hög beslutar informationsägaren om förhandssamråd med tillsynsmyndigheten. Begäran skickas först när beslutet är antecknat och underlaget är komplett.",
		EN: "Where the risk remains high, the information owner decides on prior consultation of the supervisory authority. The request is sent once the decision is recorded and the package is complete."}, "rulebook 9.2; GDPR 36"},
	{"T-12", lang.Text{
		SV: "Händelserna i ett förhandssamråd följer på varandra. Konsekvensbedömningen tas upp igen först när tillsynsmyndigheten har svarat, tiden har gått ut eller begäran har återkallats.",
		EN: "The events of a prior consultation follow each other. The impact assessment is taken up again only when the supervisory authority has answered, the time has run out or the request has been withdrawn."}, "rulebook 9.2; GDPR 36(2)"},
	{"T-13", lang.Text{
		SV: "Agentens risker och skydd godkänns av CISO och jurist.",
		EN: "The agent's risks and controls are passed by the CISO and legal counsel."}, "rulebook 9.2"},
	{"T-14", lang.Text{
		SV: "Informationsägaren beslutar om konsekvensbedömningen av grundläggande rättigheter när dataskyddsombudet har yttrat sig.",
		EN: "The information owner decides on the fundamental rights impact assessment once the data protection officer has advised."}, "rulebook 9.2; AIA 27"},
	{"T-15", lang.Text{
		SV: "Miljögranskningen ska vara klar innan CISO kan godkänna.",
		EN: "The environmental review has to be done before the CISO can approve."}, "rulebook 9.2"},
	{"T-16", lang.Text{
		SV: "CISO godkänner sist i granskningen, när chefen har tillstyrkt och alla andra steg är klara.",
		EN: "The CISO approves last in the review, when the manager has endorsed and every other stage is done."}, "rulebook 9.2, 8.3"},
	{"T-17", lang.Text{
		SV: "Informationsägaren fattar det slutliga beslutet när CISO har godkänt granskningen.",
		EN: "The information owner makes the final decision when the CISO has cleared the review."}, "rulebook 9.2, 9.3"},
	{"T-18", lang.Text{
		SV: "Den som granskar ett steg får återlämna ärendet för komplettering.",
		EN: "The reviewer of a stage may return the case for completion."}, "rulebook 9.2; V-60"},
	{"T-19", lang.Text{
		SV: "Ett ärende som är under granskning eller återlämnat kan skickas in igen med ändrade svar. De steg som ändringen berör öppnas på nytt.",
		EN: "A case under review or returned can be submitted again with changed answers. The stages that the change concerns open again."}, "rulebook 9.2, 9.13"},
	{"T-20", lang.Text{
		SV: "Den som beslutar i ett steg får avslå, med skäl och en väg framåt.",
		EN: "Whoever decides in a stage may reject, with reasons and a way forward."}, "rulebook 9.2; V-60"},
	{"T-21", lang.Text{
		SV: "Projektägaren kan återta ärendet tills det har tagits i bruk.",
		EN: "The project owner can withdraw the case until it has come into use."}, "rulebook 9.2"},
	{"T-22", lang.Text{
		SV: "Systemägaren tar ett godkänt ärende i bruk när villkoren före användning är uppfyllda och stegen före användning är klara.",
		EN: "The system owner brings an approved case into use when the conditions before use are met and the stages before use are done."}, "rulebook 9.2"},
	{"T-23", lang.Text{
		SV: "Användningen stoppas tillfälligt efter en incident, när ett villkor är försenat eller när en stoppregel blir uppfylld.",
		EN: "Use is suspended after an incident, for an overdue condition or when a hard stop comes to apply."}, "rulebook 9.2"},
	{"T-24", lang.Text{
		SV: "CISO och informationsägaren återupptar användningen när orsaken är borta.",
		EN: "The CISO and the information owner resume use when the cause is gone."}, "rulebook 9.2"},
	{"T-25", lang.Text{
		SV: "Ändrade förutsättningar gör att steg bedöms på nytt.",
		EN: "When circumstances change, stages are assessed again."}, "rulebook 9.2, 9.4"},
	{"T-26", lang.Text{
		SV: "Efter en ny bedömning fortsätter användningen, stoppas eller avslås.",
		EN: "After a reassessment use goes on, is suspended or is rejected."}, "rulebook 9.2"},
	{"T-27", lang.Text{
		SV: "Ett godkännande slutar gälla på sitt slutdatum.",
		EN: "An approval ends on its last day."}, "rulebook 9.2"},
	{"T-28", lang.Text{
		SV: "Projektägaren kan förnya ett godkännande från 90 dagar före slutdatum.",
		EN: "The project owner can renew an approval from 90 days before its last day."}, "rulebook 9.2"},
	{"T-29", lang.Text{
		SV: "Systemägaren avvecklar när data, behörigheter och loggar är omhändertagna.",
		EN: "The system owner decommissions when data, access and logs have been dealt with."}, "rulebook 9.2"},
	{"T-30", lang.Text{
		SV: "Registratorn arkiverar ett avslutat ärende.",
		EN: "The registrar archives a case that has ended."}, "rulebook 9.2"},
	{"T-31", lang.Text{
		SV: "En granskare får höja kraven på ett steg, aldrig sänka dem.",
		EN: "A reviewer may raise what a stage requires, never lower it."}, "rulebook 9.2, 3.6"},
	{"T-32", lang.Text{
		SV: "Ett återlämnat ärende som inte besvaras inom 60 arbetsdagar återtas.",
		EN: "A returned case that is not answered within 60 working days is withdrawn."}, "rulebook 9.2"},
	{"T-33", lang.Text{
		SV: "Vid privat licens beslutar informationsägaren först.",
		EN: "With a private licence the information owner decides first."}, "rulebook 9.2; L-42"},
	{"T-34", lang.Text{
		SV: "När informationsägaren har godkänt den privata licensen går ärendet till chefen.",
		EN: "When the information owner has approved the private licence the case goes to the manager."}, "rulebook 9.2; L-42"},

	{"SG-01", lang.Text{
		SV: "CISO kan inte godkänna innan dataskyddsombudet har lämnat råd.",
		EN: "The CISO cannot approve before the data protection officer has advised."}, "rulebook 8.3; GDPR 35(2), 38(1)"},
	{"SG-02", lang.Text{
		SV: "CISO kan inte godkänna innan den rättsliga grunden är beslutad och sekretessen prövad.",
		EN: "The CISO cannot approve before the legal basis is decided and the secrecy assessed."}, "rulebook 8.3; GDPR 6, OSL"},
	{"SG-03", lang.Text{
		SV: "CISO kan inte godkänna innan konsekvensbedömningen är beslutad.",
		EN: "The CISO cannot approve before the impact assessment is decided."}, "rulebook 8.3; GDPR 35"},
	{"SG-04", lang.Text{
		SV: "CISO kan inte godkänna innan agentriskbedömningen är klar.",
		EN: "The CISO cannot approve before the agent risk assessment is done."}, "rulebook 8.3"},
	{"SG-05", lang.Text{
		SV: "CISO kan inte godkänna innan miljögranskningen är klar.",
		EN: "The CISO cannot approve before the environmental review is done."}, "rulebook 8.3; L-61"},
	{"SG-06", lang.Text{
		SV: "Ett godkännande kräver att inget hinder och ingen stoppregel finns kvar den dagen, och att övriga prövningar är klara.",
		EN: "An approval requires that no blocker and no hard stop remains on that day, and that the other assessments are done."}, "rulebook 8.3, 9.3"},
	{"SG-07", lang.Text{
		SV: "Den som godkänner får inte ha en roll i ärendet som ska hållas åtskild.",
		EN: "Whoever approves must not have a role in the case that has to be kept apart."}, "rulebook 8.3"},
	{"SG-08", lang.Text{
		SV: "Förhandlingen med de fackliga organisationerna ska vara avslutad före godkännandet.",
		EN: "The negotiation with the trade unions has to be concluded before approval."}, "rulebook 8.3; MBL 11, 19 §§ [unverified]"},

	{"CO-01", lang.Text{
		SV: "Ett villkor som gäller före användning är inte uppfyllt. Lösningen kan inte tas i bruk förrän villkoret är uppfyllt.",
		EN: "A condition that holds before use is not met. The solution cannot come into use until it is."}, "rulebook 8.2"},
	{"CO-02", lang.Text{
		SV: "Ett villkor som är mer än tio arbetsdagar försenat stoppar användningen, om tiden inte har förlängts en gång.",
		EN: "A condition more than ten working days overdue suspends use, unless its time has been extended once."}, "rulebook 8.2"},
	{"CO-03", lang.Text{
		SV: "Ett återkommande villkor ger en ny uppgift varje period.",
		EN: "A recurring condition gives a new task in every period."}, "rulebook 8.2"},
	{"CO-04", lang.Text{
		SV: "Undantag kan inte beviljas från villkor som följer av en stoppregel, den rättsliga grunden, förhandssamråd eller agentreglerna.",
		EN: "Conditions that follow from a hard stop, the legal basis, prior consultation or the agent rules cannot be waived."}, "rulebook 8.2"},

	{"SOD-01", lang.Text{
		SV: "Projektägaren får inte vara chef, informationsägare, dataskyddsombud, CISO eller hållbarhetsstrateg i samma ärende.",
		EN: "The project owner must not be manager, information owner, data protection officer, CISO or sustainability reviewer in the same case."}, "rulebook 10"},
	{"SOD-02", lang.Text{
		SV: "Dataskyddsombudet ger råd och beslutar aldrig, och får inte ha en beslutande roll hos samma personuppgiftsansvariga.",
		EN: "The data protection officer advises and never decides, and must not hold a deciding role for the same controller."}, "rulebook 10; GDPR 38(6)"},
	{"SOD-03", lang.Text{
		SV: "CISO får inte vara systemägare eller projektägare i samma ärende. Vid jäv går uppgiften till ersättaren.",
		EN: "The CISO must not be system owner or project owner in the same case. In a conflict of interest the deputy acts."}, "rulebook 10; FL 16–17 §§"},
	{"SOD-04", lang.Text{
		SV: "Den som ska uppfylla ett villkor får inte själv kontrollera det.",
		EN: "Whoever has to fulfil a condition must not verify it."}, "rulebook 10, 8.2"},
	{"SOD-05", lang.Text{
		SV: "Avslag och överprövning i ett ärende på nivå T3 kräver två personer.",
		EN: "A rejection or an override in a T3 case needs two persons."}, "rulebook 10"},
	{"SOD-06", lang.Text{
		SV: "En administratör kan fördela om uppgifter men inte besvara granskarnas uppgifter.",
		EN: "An administrator can reassign tasks but cannot answer those of the reviewers."}, "rulebook 10"},
	{"SOD-07", lang.Text{
		SV: "En ändring av regelverket kräver två personer och gäller ny klassning.",
		EN: "A change of the rulebook needs two persons and holds for new triage."}, "rulebook 10"},
	{"SOD-08", lang.Text{
		SV: "Samma person får inte både besvara och granska agentriskbedömningen.",
		EN: "The same person must not both answer and review the agent risk assessment."}, "rulebook 10"},
	{"SOD-09", lang.Text{
		SV: "Granskaren läser allt och ändrar inget.",
		EN: "An auditor reads everything and changes nothing."}, "rulebook 10"},
	{"SOD-10", lang.Text{
		SV: "Dataskyddsombudet tar inte emot instruktioner om sitt råd, och ett lämnat råd ändras inte.",
		EN: "The data protection officer takes no instructions about advice, and advice once given is not changed."}, "rulebook 10; GDPR 38(3)"},

	{"L-28", lang.Text{
		SV: "Ett steg återlämnas högst tre gånger. Sedan möts de som berörs, och granskaren godkänner eller avslår.",
		EN: "A stage is returned at most three times. Then those concerned meet, and the reviewer passes or rejects it."}, "rulebook 9.2"},
	{"V-60", lang.Text{
		SV: "En återlämning eller ett avslag ska ha minst en orsakskod och visa en väg framåt.",
		EN: "A return or a rejection must give at least one reason code and show a way forward."}, "rulebook 2.1; L-28"},
	{"LB-R19", lang.Text{
		SV: "Dataskyddsombudets råd saknas. Det ska finnas innan den rättsliga grunden beslutas.",
		EN: "The data protection officer's advice is missing. It has to be there before the legal basis is decided."}, "rulebook 4.2; L-17, GDPR 35(2), 38(1)"},
	{"DP-07", lang.Text{
		SV: "Bara en konsekvensbedömning som normalt ska göras kan väljas bort, av informationsägaren med skäl och efter dataskyddsombudets råd.",
		EN: "Only a presumed impact assessment can be waived, by the information owner with reasons and after the data protection officer's advice."}, "rulebook 5.1; L-18"},
	{"DP-20", lang.Text{
		SV: "Konsekvensbedömningen kan inte beslutas innan dataskyddsombudet har lämnat råd.",
		EN: "The impact assessment cannot be decided before the data protection officer has advised."}, "rulebook 5.2; GDPR 35(2)"},
	{"AD-01", lang.Text{
		SV: "Att råd inte har kommit i tid antecknas av förvaltningschefen, med skäl, tidigast tio arbetsdagar efter förfallodagen och aldrig vid hög kvarstående risk.",
		EN: "The unit head notes that no advice came in time, with reasons, at the earliest ten working days after it was due and never with a high residual risk."}, "rulebook 4; GDPR 35(2), 38(1)"},
	{"AD-02", lang.Text{
		SV: "När både rättslig grund och konsekvensbedömning väntar på råd är de en uppgift med två delar.",
		EN: "While legal basis and impact assessment both wait for advice, they are one task with two parts."}, "rulebook 4"},
	{"AD-03", lang.Text{
		SV: "Dataskyddsombudet kan ge ett generellt råd för en beskriven grupp av ärenden, i högst 24 månader.",
		EN: "The data protection officer may give standing advice for a described class of cases, for at most 24 months."}, "rulebook 4"},
	{"AD-04", lang.Text{
		SV: "I den korta formen kan samordnarens utlåtande räcka, om organisationen har bestämt det. Dataskyddsombudet får ta över.",
		EN: "In the short form the coordinator's statement may be enough, where the organisation has decided so. The data protection officer may step in."}, "rulebook 4; K-22"},
	{"INH-01", lang.Text{
		SV: "Ett ärende om ett redan granskat verktyg ärver uppgifterna om leverantör, avtal och plats. De rättas i registerposten som de kommer från.",
		EN: "A case about a tool that has been reviewed inherits what was said of supplier, agreement and location. It is corrected in the register entry that it comes from."}, "rulebook 3.6; L-01, L-38"},
	{"INC-01", lang.Text{
		SV: "Bara om det är osannolikt att en personuppgiftsincident medför en risk får den lämnas oanmäld. Skälen dokumenteras.",
		EN: "A personal data breach is left without notification only if it is unlikely to result in a risk. The reasons are documented."}, "rulebook 9.5; GDPR 33(1), 33(5)"},
	{"INC-02", lang.Text{
		SV: "Incidenten leds av informationsägaren, och CISO beslutar om användningen ska stoppas och om incidenten är betydande. Uppgifter rättas alltid med skäl.",
		EN: "The information owner leads the incident, and the CISO decides whether the use is suspended and whether the incident is significant. Facts are always corrected with a reason."}, "rulebook 9.5; EDPB 9/2022"},
	{"INC-03", lang.Text{
		SV: "Incidenten kan avslutas när varje uppgift är besvarad.",
		EN: "The incident can be closed when every task is answered."}, "rulebook 9.5"},
	{"PC-01", lang.Text{
		SV: "Behandlingen får inte börja eller återupptas medan förhandssamrådet pågår.",
		EN: "The processing must not begin or go on while the prior consultation is under way."}, "rulebook 5.6; GDPR 36(1)"},
	{"PC-02", lang.Text{
		SV: "Ett besked om förlängning som kommer senare än en månad efter mottagandet flyttar inte tidsfristen.",
		EN: "An extension that is notified later than one month after receipt does not move the due date."}, "rulebook 5.6; GDPR 36(2)"},
	{"DP-32", lang.Text{
		SV: "Minst en kvarstående risk är hög eller mycket hög. Då krävs förhandssamråd med IMY.",
		EN: "At least one residual risk is high or very high. That takes a prior consultation with IMY."}, "rulebook 5.5; GDPR 36(1)"},
	{"LB-O1", lang.Text{
		SV: "Rättslig grund saknas i föreslagen form.",
		EN: "There is no legal basis in the proposed form."}, "rulebook 4.2"},
	{"L-08", lang.Text{
		SV: "Varje nämnd och bolag beslutar för sig om den ansluter sig, genom sin egen informationsägare.",
		EN: "Each board and company decides for itself whether it adopts, through its own information owner."}, "rulebook 3.8; L-08, GDPR 4(7)"},
	{"EX-01", lang.Text{
		SV: "Befintlig användning får tillåtas tillfälligt medan ärendet utreds, en gång, av informationsägaren och CISO tillsammans på samma villkor, när ingen stoppregel är uppfylld.",
		EN: "Existing use may be allowed while the case is under review, once, by the information owner and the CISO together on the same terms, when no hard stop applies."}, "rulebook 9.2; L-11, L-39"},
	{"OV-01", lang.Text{
		SV: "Projektägaren får begära omprövning av ett avslag inom femton arbetsdagar. Förvaltningschefen eller VD beslutar, efter att CISO och jurist har hörts.",
		EN: "The project owner may ask for a re-examination of a rejection within fifteen working days. The head of administration or managing director decides, after hearing the CISO and legal counsel."}, "rulebook 9.2"},
	{"OV-02", lang.Text{
		SV: "Bara den personuppgiftsansvariga kan gå emot ett avslag, och bara CISO:s, med skriftliga skäl efter att CISO och dataskyddsombudet har hörts. En stoppregel, bristande rättslig grund eller hög kvarstående risk går aldrig att gå emot.",
		EN: "Only the controller can override a rejection, and only the CISO's, with written reasons after hearing the CISO and the data protection officer. A hard stop, a missing legal basis or a high residual risk is never overridden."}, "rulebook 9.2"},
	{"OV-03", lang.Text{
		SV: "Beslut att gå emot ett avslag redovisas i årsrapporten, för dem som läser alla ärenden.",
		EN: "Overrides are listed in the yearly report, for those who read every case."}, "rulebook 9.2"},
}
