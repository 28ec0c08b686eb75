package api

import (
	"net/http"

	"sluss/model"
	"sluss/model/lang"
)

// The reasons that only a request can have, beside those of the model.
const (
	codeMalformed model.Code = "malformed"
	codeMethod    model.Code = "method_not_allowed"
	codeTimeout   model.Code = "request_timeout"
	codeTooLarge  model.Code = "payload_too_large"
	codeMediaType model.Code = "unsupported_media_type"
	codeTooMany   model.Code = "too_many_requests"
	codeInternal  model.Code = "internal"
)

// Entry says what a code is answered with: the status, the title and what
// happened together with what to do next. RetryAfter is in seconds, 0 for none.
type Entry struct {
	Status        int
	Title, Detail lang.Text
	RetryAfter    int
}

// Catalogue returns the entry of a code, and false for a code that is never
// shown.
func Catalogue(code model.Code) (Entry, bool) {
	e, ok := catalogue[code]
	return e, ok
}

// Codes lists every code that a client can meet.
func Codes() []model.Code {
	codes := make([]model.Code, 0, len(catalogue))
	for code := range catalogue {
		codes = append(codes, code)
	}
	return codes
}

var catalogue = map[model.Code]Entry{
	model.CodeNotFound: {
		Status: http.StatusNotFound,
		Title:  lang.Text{SV: "Finns inte", EN: "Not found"},
		Detail: lang.Text{
			SV: "Det du söker finns inte, eller så har du inte tillgång till det. Kontrollera adressen eller fråga den som äger ärendet.",
			EN: "What you are looking for does not exist, or you have no access to it. Check the address or ask the owner of the case."},
	},
	model.CodeForbidden: {
		Status: http.StatusForbidden,
		Title:  lang.Text{SV: "Du får inte göra det här", EN: "You may not do this"},
		Detail: lang.Text{
			SV: "Det här hör till en annan roll än dina. Be den som har rollen, eller en administratör om du själv borde ha den.",
			EN: "This belongs to a role that you do not have. Ask whoever has the role, or an administrator if it should be yours."},
	},
	model.CodeUnauthenticated: {
		Status: http.StatusUnauthorized,
		Title:  lang.Text{SV: "Inloggning krävs", EN: "Sign in first"},
		Detail: lang.Text{
			SV: "Begäran saknar en nyckel som gäller. Skicka den i Authorization: Bearer, eller skaffa en ny om din har slutat gälla.",
			EN: "The request carries no valid token. Send one in Authorization: Bearer, or get a new one if yours has expired."},
	},
	model.CodeStepUp: {
		Status: http.StatusUnauthorized,
		Title:  lang.Text{SV: "Visa igen vem du är", EN: "Show again who you are"},
		Detail: lang.Text{
			SV: "Ett slutligt beslut kräver en inloggning som är ny och tillräckligt stark. Inget har sparats. Logga in igen och skicka sedan samma begäran.",
			EN: "A final decision asks for a sign-in that is recent and strong enough. Nothing was saved. Sign in again and then send the same request."},
	},
	model.CodeRestored: {
		Status: http.StatusServiceUnavailable,
		Title:  lang.Text{SV: "Återställd från säkerhetskopia, inte godkänd", EN: "Restored from a backup, not approved"},
		Detail: lang.Text{
			SV: "Uppgifterna har återställts från en säkerhetskopia. Ingen får svar innan en annan administratör än den som återställde har godkänt (sluss restore approve).",
			EN: "The record was restored from a backup. Nobody is answered before another administrator than the one who restored it has approved (sluss restore approve)."},
		RetryAfter: 60,
	},
	model.CodeUnverified: {
		Status: http.StatusConflict,
		Title:  lang.Text{SV: "Inte kontrollerat", EN: "Not verified"},
		Detail: lang.Text{
			SV: "Det återställda är inte färdigkontrollerat, eller stämmer inte. Se GET /restorations: vänta tills det är kontrollerat, eller återställ en annan säkerhetskopia.",
			EN: "What was restored has not been verified yet, or was found wrong. See GET /restorations: wait until it is verified, or restore another backup."},
	},
	model.CodeInvalid: {
		Status: http.StatusUnprocessableEntity,
		Title:  lang.Text{SV: "Något behöver rättas", EN: "Something needs correcting"},
		Detail: lang.Text{
			SV: "Inget har sparats. Rätta det som är fel och skicka igen.",
			EN: "Nothing was saved. Correct what is wrong and send again."},
	},
	model.CodeStale: {
		Status: http.StatusPreconditionFailed,
		Title:  lang.Text{SV: "Ändrat sedan du läste", EN: "Changed since you read it"},
		Detail: lang.Text{
			SV: "Det du arbetar med har ändrats sedan du läste det, och inget har sparats. Läs på nytt, se vad som är ändrat och skicka igen med den nya ETag.",
			EN: "What you are working on has changed since you read it, and nothing was saved. Read it again, look at the change and send with the new ETag."},
	},
	model.CodePreconditionRequired: {
		Status: http.StatusPreconditionRequired,
		Title:  lang.Text{SV: "If-Match saknas", EN: "If-Match is missing"},
		Detail: lang.Text{
			SV: "Skicka den ETag som du fick när du läste i If-Match. Då skriver du inte över någon annans ändring.",
			EN: "Send the ETag that you got when you read in If-Match. That keeps you from overwriting somebody else's change."},
	},
	model.CodeKeyMissing: {
		Status: http.StatusBadRequest,
		Title:  lang.Text{SV: "Idempotency-Key saknas", EN: "Idempotency-Key is missing"},
		Detail: lang.Text{
			SV: "Skicka ett eget värde på 1 till 255 tecken i Idempotency-Key. Skicka samma värde om du försöker igen, så görs inget två gånger.",
			EN: "Send a value of your own, 1 to 255 characters, in Idempotency-Key. Send the same value when you try again, and nothing is done twice."},
	},
	model.CodeKeyReused: {
		Status: http.StatusUnprocessableEntity,
		Title:  lang.Text{SV: "Nyckeln är redan använd", EN: "The key has been used"},
		Detail: lang.Text{
			SV: "Samma Idempotency-Key har använts till en begäran med annat innehåll. Ta en ny nyckel till en ny begäran.",
			EN: "The same Idempotency-Key was used for a request with other content. Take a new key for a new request."},
	},
	model.CodeStateConflict: {
		Status: http.StatusConflict,
		Title:  lang.Text{SV: "Går inte just nu", EN: "Not possible at this point"},
		Detail: lang.Text{
			SV: "Det här går inte att göra i det läge som ärendet är i. Läs ärendet på nytt för att se vad som går att göra nu.",
			EN: "This cannot be done in the state that the case is in. Read the case again to see what can be done now."},
	},
	model.CodeTaskClosed: {
		Status: http.StatusConflict,
		Title:  lang.Text{SV: "Uppgiften är avslutad", EN: "The task is closed"},
		Detail: lang.Text{
			SV: "Uppgiften är redan besvarad eller behövs inte längre. Läs ärendet på nytt för att se om det finns en ny.",
			EN: "The task has been answered or is no longer needed. Read the case again to see whether there is a new one."},
	},
	model.CodeTaskTaken: {
		Status: http.StatusForbidden,
		Title:  lang.Text{SV: "Någon annan har uppgiften", EN: "Somebody else has the task"},
		Detail: lang.Text{
			SV: "En annan person har tagit uppgiften. Be den personen att lämna tillbaka den.",
			EN: "Another person has taken the task. Ask that person to release it."},
	},
	model.CodeGuard: {
		Status: http.StatusConflict,
		Title:  lang.Text{SV: "En regel hindrar", EN: "A rule stands in the way"},
		Detail: lang.Text{
			SV: "Något annat måste vara klart först. Reglerna i rules säger vad; gör det och försök igen.",
			EN: "Something else has to be done first. The rules listed in rules say what; do that and try again."},
	},
	model.CodeSegregation: {
		Status: http.StatusForbidden,
		Title:  lang.Text{SV: "Samma person får inte göra båda", EN: "The same person may not do both"},
		Detail: lang.Text{
			SV: "Två uppgifter i ärendet som ska vara åtskilda hamnar hos samma person. Låt någon annan göra den ena.",
			EN: "Two tasks of the case that must be kept apart would fall to the same person. Let somebody else do one of them."},
	},
	model.CodeConditionsOpen: {
		Status: http.StatusConflict,
		Title:  lang.Text{SV: "Villkor återstår", EN: "Conditions remain"},
		Detail: lang.Text{
			SV: "Minst ett villkor som ska vara uppfyllt före användning är öppet. Uppfyll det och få det kontrollerat först.",
			EN: "At least one condition that has to be met before use is open. Fulfil it and have it verified first."},
	},
	model.CodeUnchanged: {
		Status: http.StatusConflict,
		Title:  lang.Text{SV: "Inget är ändrat", EN: "Nothing has changed"},
		Detail: lang.Text{
			SV: "Det är redan som du vill ha det. En revision som är inskickad skickas inte in igen utan ändringar, och den som har en uppgift kan inte få den en gång till.",
			EN: "It is already as you want it. A revision that has been submitted is not submitted again without changes, and whoever has a task cannot be given it once more."},
	},
	model.CodeNotInTree: {
		Status: http.StatusConflict,
		Title:  lang.Text{SV: "Inte bevisbar än", EN: "Cannot be proven yet"},
		Detail: lang.Text{
			SV: "Händelsen finns i loggen men ännu inte i trädet. Det sker inom några sekunder; begär beviset igen då.",
			EN: "The event is in the log but not in the tree yet. That takes a few seconds; ask for the proof again then."},
		RetryAfter: 5,
	},
	model.CodeBusy: {
		Status: http.StatusTooManyRequests,
		Title:  lang.Text{SV: "Många samtidigt i ärendet", EN: "Many at once on this case"},
		Detail: lang.Text{
			SV: "Flera gör något i ärendet just nu. Vänta någon sekund och skicka samma begäran igen med samma Idempotency-Key.",
			EN: "Several people are acting on the case right now. Wait a second and send the same request again with the same Idempotency-Key."},
		RetryAfter: 1,
	},
	model.CodePending: {
		Status: http.StatusServiceUnavailable,
		Title:  lang.Text{SV: "Inte klart än", EN: "Not finished yet"},
		Detail: lang.Text{
			SV: "Begäran är mottagen men inte färdig. Skicka samma begäran igen med samma Idempotency-Key för att få svaret; inget görs två gånger.",
			EN: "The request was received but is not finished. Send the same request again with the same Idempotency-Key to get the answer; nothing is done twice."},
		RetryAfter: 5,
	},
	model.CodeUnavailable: {
		Status: http.StatusServiceUnavailable,
		Title:  lang.Text{SV: "Tjänsten svarar inte", EN: "The service does not respond"},
		Detail: lang.Text{
			SV: "En del av tjänsten svarar inte just nu. Försök igen om en stund.",
			EN: "A part of the service does not respond right now. Try again in a while."},
		RetryAfter: 5,
	},
	codeMalformed: {
		Status: http.StatusBadRequest,
		Title:  lang.Text{SV: "Begäran går inte att läsa", EN: "The request cannot be read"},
		Detail: lang.Text{
			SV: "Begäran ska innehålla JSON i UTF-8 (för en fil multipart/form-data), varje namn bara en gång och inga nolltecken. Rätta formen och skicka igen.",
			EN: "The request must hold JSON in UTF-8 (multipart/form-data for a file), each name only once and no null characters. Correct the form and send again."},
	},
	codeMethod: {
		Status: http.StatusMethodNotAllowed,
		Title:  lang.Text{SV: "Metoden finns inte här", EN: "No such method here"},
		Detail: lang.Text{
			SV: "Adressen finns men inte med den metoden. Svarets Allow räknar upp dem som finns.",
			EN: "The address exists but not with this method. The Allow header lists those that it has."},
	},
	codeTimeout: {
		Status: http.StatusRequestTimeout,
		Title:  lang.Text{SV: "Begäran kom inte fram i tid", EN: "The request took too long to arrive"},
		Detail: lang.Text{
			SV: "Hela begäran hann inte komma fram. Skicka den igen.",
			EN: "The whole request did not arrive in time. Send it again."},
	},
	codeTooLarge: {
		Status: http.StatusRequestEntityTooLarge,
		Title:  lang.Text{SV: "För stor begäran", EN: "Request too large"},
		Detail: lang.Text{
			SV: "Begäran får vara högst 1 MiB. Korta den och skicka igen.",
			EN: "A request may be at most 1 MiB. Shorten it and send again."},
	},
	codeMediaType: {
		Status: http.StatusUnsupportedMediaType,
		Title:  lang.Text{SV: "Fel innehållstyp", EN: "Wrong content type"},
		Detail: lang.Text{
			SV: "Begäran ska vara JSON: skicka med Content-Type: application/json. En fil skickas som multipart/form-data.",
			EN: "The request must be JSON: send it with Content-Type: application/json. A file is sent as multipart/form-data."},
	},
	model.CodeAttachmentTooLarge: {
		Status: http.StatusRequestEntityTooLarge,
		Title:  lang.Text{SV: "Filen är för stor", EN: "The file is too large"},
		Detail: lang.Text{
			SV: "En fil får vara högst 25 MiB. Dela upp den eller gör den mindre och skicka igen.",
			EN: "A file may be at most 25 MiB. Divide it or make it smaller and send again."},
	},
	model.CodeAttachmentType: {
		Status: http.StatusUnsupportedMediaType,
		Title:  lang.Text{SV: "Den sortens fil tas inte emot", EN: "This kind of file is not taken"},
		Detail: lang.Text{
			SV: "Skicka pdf, png, jpeg, docx, xlsx, odt, ods eller ren text (txt, csv, md), utan makron och med den filändelse som innehållet har.",
			EN: "Send pdf, png, jpeg, docx, xlsx, odt, ods or plain text (txt, csv, md), without macros and with the extension that fits the content."},
	},
	model.CodeAttachmentDamaged: {
		Status: http.StatusInternalServerError,
		Title:  lang.Text{SV: "Filen är skadad hos oss", EN: "The file is damaged on our side"},
		Detail: lang.Text{
			SV: "Den lagrade filen saknas eller är inte längre den som bifogades, så den lämnas inte ut. Felet är noterat; be den som bifogade filen att bifoga den igen.",
			EN: "The stored file is missing or no longer the one that was attached, so it is not handed out. The error has been noted; ask whoever attached the file to attach it again."},
	},
	model.CodeVersionTaken: {
		Status: http.StatusConflict,
		Title:  lang.Text{SV: "Versionen finns redan", EN: "The version is there already"},
		Detail: lang.Text{
			SV: "Regelverket har redan en version med det namnet, och en version ändras aldrig. Ge ändringen ett nytt versionsnamn.",
			EN: "The rulebook has a version of that name already, and a version never changes. Give the change a new version name."},
	},
	model.CodePersonNeeded: {
		Status: http.StatusConflict,
		Title:  lang.Text{SV: "Personen behövs ännu", EN: "The person is still needed"},
		Detail: lang.Text{
			SV: "Personen har en öppen uppgift, en roll i ett ärende som pågår eller en funktion i en enhet. Lämna över till någon annan och försök igen.",
			EN: "The person has an open task, a part in a case that goes on, or a function in a unit. Hand it over to somebody else and try again."},
	},
	model.CodeDelegationOver: {
		Status: http.StatusConflict,
		Title:  lang.Text{SV: "Ersättaren svarar inte längre", EN: "The delegation does not hold"},
		Detail: lang.Text{
			SV: "Ersättarens tid har gått ut eller avslutats, eller så har den som utsåg ersättaren inte längre rollen. Be om att en ersättare utses på nytt.",
			EN: "The delegation has run out or was ended, or whoever gave it no longer has the role. Ask for a new one."},
	},
	model.CodeAbsenceOver: {
		Status: http.StatusConflict,
		Title:  lang.Text{SV: "Frånvaron är slut", EN: "The absence is over"},
		Detail: lang.Text{
			SV: "Frånvaron har löpt ut eller avslutats. Läs listan på nytt.",
			EN: "The absence has run out or was ended. Read the list again."},
	},
	codeTooMany: {
		Status: http.StatusTooManyRequests,
		Title:  lang.Text{SV: "För många anrop", EN: "Too many requests"},
		Detail: lang.Text{
			SV: "Du har gjort för många anrop på kort tid. Vänta så många sekunder som Retry-After anger.",
			EN: "You have made too many requests in a short time. Wait as many seconds as Retry-After says."},
		RetryAfter: 360, // the next try of a password; the limits of requests say their own time
	},
	codeInternal: {
		Status: http.StatusInternalServerError,
		Title:  lang.Text{SV: "Något gick fel hos oss", EN: "Something went wrong on our side"},
		Detail: lang.Text{
			SV: "Felet är noterat. Försök igen, med samma Idempotency-Key om du skickade en. Uppge numret i instance om du hör av dig.",
			EN: "The error has been noted. Try again, with the same Idempotency-Key if you sent one. Give the number in instance if you contact us."},
	},
}
