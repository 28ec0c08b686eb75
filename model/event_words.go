package model

import "sluss/model/lang"

// EventKinds lists every kind of event: of a case in the order of its life, of an
// incident, and of an organisation as a whole.
func EventKinds() []EventKind {
	return []EventKind{
		EventCreated, EventDraftSaved, EventSubmitted, EventTriaged, EventStopped, EventCorrected, EventReExamination,
		EventStageRaised, EventHandedIn, EventAdvised, EventDecided, EventReturned, EventRejected, EventReconsideration,
		EventReopened, EventOverrideProposed, EventOverridden, EventConsultation, EventApproved, EventAdopted, EventWithdrawn,
		EventConditionMet, EventWaiverGiven, EventConditionDue, EventConditionExtended, EventInterimAgreed, EventInterimAllowed,
		EventInterimEnded, EventActivated, EventSuspensionProposed, EventSuspended, EventResumptionAgreed, EventResumed,
		EventChangeReported, EventReassessed, EventRetriaged, EventRetriageAnswered, EventReviewDue, EventReviewed,
		EventRenewalRequested, EventExpired, EventDecommissioned, EventArchived, EventDeadlineFired, EventTaskExtended,
		EventTaskClaimed, EventTaskReleased, EventTaskReassigned, EventOwnerReplaced, EventAttachmentAdded, EventAttachmentRemoved, EventRemarkAdded,
		EventRemarkAnswered, EventCommentAdded, EventRecordSaved, EventDisposed, EventDisposalKept, EventPersonErased,
		EventIncidentReported, EventIncidentCorrected, EventIncidentClosed, EventCaseAnswered,
		EventRestored, EventRestorationApproved,
	}
}

// Label returns what has happened, as a line of a list.
func (k EventKind) Label() lang.Text { return eventLabels[k] }

var eventLabels = map[EventKind]lang.Text{
	EventCreated:            {SV: "Ärendet öppnades", EN: "The case was opened"},
	EventDraftSaved:         {SV: "Utkastet sparades", EN: "The draft was saved"},
	EventSubmitted:          {SV: "Beskrivningen skickades in", EN: "The description was sent in"},
	EventTriaged:            {SV: "Ärendet klassades", EN: "The case was classified"},
	EventStopped:            {SV: "Ärendet stoppades enligt regel", EN: "The case was stopped by rule"},
	EventCorrected:          {SV: "Uppgifter rättades efter ett stopp", EN: "Facts were corrected after a stop"},
	EventReExamination:      {SV: "Omprövning begärdes", EN: "A re-examination was asked for"},
	EventStageRaised:        {SV: "Ett steg lades till", EN: "A stage was added"},
	EventHandedIn:           {SV: "Underlaget lämnades in", EN: "The assessment was handed in"},
	EventAdvised:            {SV: "Råd lämnades", EN: "Advice was given"},
	EventDecided:            {SV: "Ett steg besvarades", EN: "A stage was answered"},
	EventReturned:           {SV: "Ärendet återlämnades", EN: "The case was returned"},
	EventRejected:           {SV: "Ärendet avslogs", EN: "The case was rejected"},
	EventReconsideration:    {SV: "Omprövning av avslaget begärdes", EN: "A reconsideration of the rejection was asked for"},
	EventReopened:           {SV: "Ärendet togs upp igen", EN: "The case was opened once more"},
	EventOverrideProposed:   {SV: "Upphävande av avslaget föreslogs", EN: "An override of the rejection was proposed"},
	EventOverridden:         {SV: "Avslaget upphävdes av den personuppgiftsansvariga", EN: "The rejection was overridden by the controller"},
	EventConsultation:       {SV: "Förhandssamråd", EN: "Prior consultation"},
	EventApproved:           {SV: "Ärendet godkändes", EN: "The case was approved"},
	EventAdopted:            {SV: "En enhet svarade om anslutning", EN: "A unit answered whether it adopts"},
	EventWithdrawn:          {SV: "Ärendet återtogs", EN: "The case was withdrawn"},
	EventConditionMet:       {SV: "Ett villkor uppfylldes", EN: "A condition was met"},
	EventWaiverGiven:        {SV: "Undantag från ett villkor beviljades", EN: "A condition was waived"},
	EventConditionDue:       {SV: "Ett villkor ska uppfyllas igen", EN: "A condition is to be met once more"},
	EventConditionExtended:  {SV: "Tiden för ett villkor förlängdes", EN: "A condition was given more time"},
	EventInterimAgreed:      {SV: "Den ena av två tillät tillfällig användning", EN: "One of two agreed to interim use"},
	EventInterimAllowed:     {SV: "Tillfällig användning tilläts", EN: "Interim use was allowed"},
	EventInterimEnded:       {SV: "Den tillfälliga användningen upphörde", EN: "Interim use ended"},
	EventActivated:          {SV: "Verktyget togs i bruk", EN: "The tool came into use"},
	EventSuspensionProposed: {SV: "Ett stopp av användningen föreslogs", EN: "A stop of the use was proposed"},
	EventSuspended:          {SV: "Användningen stoppades tills vidare", EN: "The use was suspended"},
	EventResumptionAgreed:   {SV: "Den ena av två godtog att användningen återupptas", EN: "One of two agreed that the use goes on"},
	EventResumed:            {SV: "Användningen återupptogs", EN: "The use was resumed"},
	EventChangeReported:     {SV: "En ändring anmäldes", EN: "A change was reported"},
	EventReassessed:         {SV: "En ny bedömning inleddes", EN: "A reassessment began"},
	EventRetriaged:          {SV: "Ärendet klassades på nytt efter ändrade regler", EN: "The case was checked against changed rules"},
	EventRetriageAnswered:   {SV: "Den nya klassningen besvarades", EN: "The check against changed rules was answered"},
	EventReviewDue:          {SV: "En planerad uppföljning är aktuell", EN: "A scheduled review is due"},
	EventReviewed:           {SV: "Uppföljningen gjordes", EN: "The review was done"},
	EventRenewalRequested:   {SV: "Förnyelse begärdes", EN: "A renewal was asked for"},
	EventExpired:            {SV: "Giltighetstiden gick ut", EN: "The approval expired"},
	EventDecommissioned:     {SV: "Verktyget avvecklades", EN: "The tool was decommissioned"},
	EventArchived:           {SV: "Ärendet arkiverades", EN: "The case was archived"},
	EventDeadlineFired:      {SV: "En tidpunkt inföll", EN: "A date came"},
	EventTaskExtended:       {SV: "En uppgift fick mer tid", EN: "A task was given more time"},
	EventTaskClaimed:        {SV: "En uppgift togs", EN: "A task was taken"},
	EventTaskReleased:       {SV: "En uppgift lämnades tillbaka", EN: "A task was given back"},
	EventTaskReassigned:     {SV: "En uppgift lämnades över", EN: "A task was given to somebody else"},
	EventOwnerReplaced:      {SV: "Ärendet fick en ny projektägare", EN: "The case was given a new project owner"},
	EventAttachmentAdded:    {SV: "En fil bifogades", EN: "A file was attached"},
	EventAttachmentRemoved:  {SV: "En fil togs bort", EN: "A file was taken away"},
	EventRemarkAdded:        {SV: "En synpunkt lämnades", EN: "A remark was made"},
	EventRemarkAnswered:     {SV: "En synpunkt besvarades", EN: "A remark was answered"},
	EventCommentAdded:       {SV: "En kommentar skrevs", EN: "A comment was written"},
	EventRecordSaved:        {SV: "En uppgift om driften sparades", EN: "A record was saved"},
	EventDisposed:           {SV: "Texter gallrades", EN: "Texts were disposed of"},
	EventDisposalKept:       {SV: "Uppgifter behölls i stället för att gallras", EN: "A disposal was put off"},
	EventPersonErased:       {SV: "En persons uppgifter raderades", EN: "A person's data was erased"},
	EventIncidentReported:   {SV: "Incidenten rapporterades", EN: "The incident was reported"},
	EventIncidentCorrected:  {SV: "Incidentrapporten rättades", EN: "The incident report was corrected"},
	EventIncidentClosed:     {SV: "Incidenten avslutades", EN: "The incident was closed"},
	EventCaseAnswered:       {SV: "Ärendet svarade på incidenten", EN: "The case answered the incident"},

	EventRestored:            {SV: "Uppgifterna återställdes från en säkerhetskopia", EN: "The record was restored from a backup"},
	EventRestorationApproved: {SV: "Återställningen godkändes", EN: "The restoration was approved"},
}

// Label returns what happens on a date.
func (k DeadlineKind) Label() lang.Text { return deadlineLabels[k] }

var deadlineLabels = map[DeadlineKind]lang.Text{
	DeadlineReminder:   {SV: "Påminnelse", EN: "Reminder"},
	DeadlineReminder2:  {SV: "Andra påminnelsen", EN: "Second reminder"},
	DeadlineDue:        {SV: "Tiden för uppgiften gick ut", EN: "The time for the task ran out"},
	DeadlineEscalation: {SV: "Den som kan hjälpa till underrättades", EN: "Those who can help were told"},
	DeadlineReply:      {SV: "Tiden att komplettera gick ut", EN: "The time to complete ran out"},
	DeadlineSilence:    {SV: "Ingen komplettering kom in", EN: "Nothing was completed"},
	DeadlineLapse:      {SV: "Ett villkor uppfylldes inte i tid", EN: "A condition was not met in time"},
	DeadlineRecur:      {SV: "Ett återkommande villkor är aktuellt", EN: "A recurring condition has come round"},
	DeadlineNotice:     {SV: "Godkännandet går snart ut", EN: "The approval expires soon"},
	DeadlineNotice2:    {SV: "Godkännandet går snart ut", EN: "The approval expires soon"},
	DeadlineNotice3:    {SV: "Godkännandet går snart ut", EN: "The approval expires soon"},
	DeadlineExpiry:     {SV: "Godkännandet gick ut", EN: "The approval expired"},
	DeadlineReview:     {SV: "Dags för planerad uppföljning", EN: "Time for the scheduled review"},
	DeadlinePeriodEnd:  {SV: "Tiden för förhandssamrådet gick ut", EN: "The period of the prior consultation ended"},
}

// Label returns how much the remark weighs, in words.
func (s Severity) Label() lang.Text { return severityLabels[s] }

// Severities lists every severity, the one that weighs most first.
func Severities() []Severity {
	return []Severity{SeverityToFix, SeverityImprovable, SeverityAcceptable}
}

var severityLabels = map[Severity]lang.Text{
	SeverityToFix:      {SV: "Måste åtgärdas", EN: "Has to be put right"},
	SeverityImprovable: {SV: "Kan förbättras", EN: "Can be improved"},
	SeverityAcceptable: {SV: "Bara en notering", EN: "Only a note"},
}

// Label returns how far the remark has come, in words.
func (s RemarkStatus) Label() lang.Text { return remarkStatusLabels[s] }

var remarkStatusLabels = map[RemarkStatus]lang.Text{
	RemarkOpen:        {SV: "Obesvarad", EN: "Unanswered"},
	RemarkAnswered:    {SV: "Besvarad", EN: "Answered"},
	RemarkNotFollowed: {SV: "Följs inte", EN: "Not followed"},
}
