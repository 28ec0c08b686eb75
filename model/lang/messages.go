package lang

// The same words serve several rules.
var (
	missing = message{general: Text{
		"Uppgiften måste fyllas i.",
		"This must be filled in."}}
	missingGivenOthers = message{general: Text{
		"Uppgiften måste fyllas i på grund av ett annat svar.",
		"This must be filled in because of another answer."}}
	missingWithoutOthers = message{general: Text{
		"Uppgiften måste fyllas i när en annan uppgift saknas.",
		"This must be filled in when another answer is left out."}}
	notWanted = message{general: Text{
		"Uppgiften ska lämnas tom på grund av ett annat svar.",
		"Leave this empty because of another answer."}}
	atLeast = message{
		general: Text{"Måste vara minst {param}.", "Must be at least {param}."},
		text:    Text{"Skriv minst {param} tecken.", "Write at least {param} character{s}."},
		list:    Text{"Ange minst {param} val.", "Give at least {param} choice{s}."},
		moment:  Text{"Tidpunkten får inte ha passerat.", "The time must not have passed."}}
	atMost = message{
		general: Text{"Får vara högst {param}.", "Must be at most {param}."},
		text:    Text{"Skriv högst {param} tecken.", "Write at most {param} character{s}."},
		list:    Text{"Ange högst {param} val.", "Give at most {param} choice{s}."},
		moment:  Text{"Tidpunkten får inte ligga i framtiden.", "The time must not be in the future."}}
	moreThan = message{
		general: Text{"Måste vara större än {param}.", "Must be greater than {param}."},
		text:    Text{"Skriv fler än {param} tecken.", "Write more than {param} character{s}."},
		list:    Text{"Ange fler än {param} val.", "Give more than {param} choice{s}."},
		moment:  Text{"Tidpunkten måste ligga i framtiden.", "The time must be in the future."}}
	lessThan = message{
		general: Text{"Måste vara mindre än {param}.", "Must be less than {param}."},
		text:    Text{"Skriv färre än {param} tecken.", "Write fewer than {param} character{s}."},
		list:    Text{"Ange färre än {param} val.", "Give fewer than {param} choice{s}."},
		moment:  Text{"Tidpunkten måste ha passerat.", "The time must have passed."}}
	exactly = message{
		general: Text{"Måste vara exakt {param}.", "Must be exactly {param}."},
		text:    Text{"Skriv exakt {param} tecken.", "Write exactly {param} character{s}."},
		list:    Text{"Ange exakt {param} val.", "Give exactly {param} choice{s}."}}
	oneOf = message{general: Text{
		"Välj ett av följande: {list}.",
		"Choose one of the following: {list}."}}
	noneOf = message{general: Text{
		"Får inte vara något av följande: {list}.",
		"Must not be any of the following: {list}."}}
	equal = message{general: Text{
		"Måste vara {param}.",
		"Must be {param}."}}
	notEqual = message{general: Text{
		"Får inte vara {param}.",
		"Must not be {param}."}}
	sameAsOther = message{general: Text{
		"Måste stämma överens med en annan uppgift.",
		"Must agree with another answer."}}
	differsFromOther = message{general: Text{
		"Måste skilja sig från en annan uppgift.",
		"Must differ from another answer."}}
	afterOther = message{general: Text{
		"Måste vara större eller senare än en annan uppgift.",
		"Must be greater or later than another answer."}}
	notBeforeOther = message{general: Text{
		"Får inte vara mindre eller tidigare än en annan uppgift.",
		"Must not be less or earlier than another answer."}}
	beforeOther = message{general: Text{
		"Måste vara mindre eller tidigare än en annan uppgift.",
		"Must be less or earlier than another answer."}}
	notAfterOther = message{general: Text{
		"Får inte vara större eller senare än en annan uppgift.",
		"Must not be greater or later than another answer."}}
	identifier = message{general: Text{
		"Måste vara ett giltigt id (UUID).",
		"Must be a valid id (UUID)."}}
	webAddress = message{general: Text{
		"Måste vara en fullständig webbadress, till exempel https://www.exempel.se.",
		"Must be a complete web address, for example https://www.example.com."}}
	checksum = message{general: Text{
		"Måste vara en kontrollsumma skriven med siffror och bokstäverna a–f.",
		"Must be a checksum written in digits and the letters a–f."}}
	base64Text = message{general: Text{
		"Måste vara kodat som Base64.",
		"Must be encoded as Base64."}}
	ipAddress = message{general: Text{
		"Måste vara en giltig IP-adress.",
		"Must be a valid IP address."}}
	network = message{general: Text{
		"Måste vara ett nät i CIDR-form, till exempel 192.0.2.0/24.",
		"Must be a network in CIDR form, for example 192.0.2.0/24."}}
	hostName = message{general: Text{
		"Måste vara ett giltigt värdnamn.",
		"Must be a valid host name."}}
	hostAndPort = message{general: Text{
		"Måste vara ett värdnamn och en port, till exempel exempel.se:443.",
		"Must be a host name and a port, for example example.com:443."}}
	countryCode = message{general: Text{
		"Måste vara en landskod enligt ISO 3166-1.",
		"Must be a country code of ISO 3166-1."}}
	languageTag = message{general: Text{
		"Måste vara en språkkod, till exempel sv eller en.",
		"Must be a language code, for example sv or en."}}
	mustNotContain = message{general: Text{
		"Får inte innehålla {param}.",
		"Must not contain {param}."}}
	mustContain = message{general: Text{
		"Måste innehålla {param}.",
		"Must contain {param}."}}
)

// messages has one entry for each rule of the validator that a case file, a
// person or a setting can reasonably be checked by. Rules about other fields
// do not name the field: the parameter is a name in the program, not on the
// form.
var messages = map[string]message{
	"required":             missing,
	"required_if":          missingGivenOthers,
	"required_unless":      missingGivenOthers,
	"required_with":        missingGivenOthers,
	"required_with_all":    missingGivenOthers,
	"required_without":     missingWithoutOthers,
	"required_without_all": missingWithoutOthers,
	"excluded_if":          notWanted,
	"excluded_unless":      notWanted,
	"excluded_with":        notWanted,
	"excluded_with_all":    notWanted,
	"excluded_without":     notWanted,
	"excluded_without_all": notWanted,
	"isdefault":            {general: Text{"Uppgiften ska lämnas tom.", "Leave this empty."}},

	"len": exactly,
	"min": atLeast,
	"max": atMost,
	"gte": atLeast,
	"lte": atMost,
	"gt":  moreThan,
	"lt":  lessThan,

	"eq":             equal,
	"eq_ignore_case": equal,
	"ne":             notEqual,
	"ne_ignore_case": notEqual,
	"oneof":          oneOf,
	"oneofci":        oneOf,
	"noneof":         noneOf,
	"noneofci":       noneOf,
	"unique":         {general: Text{"Samma värde får bara anges en gång.", "Each value may be given only once."}},

	"eqfield":    sameAsOther,
	"eqcsfield":  sameAsOther,
	"nefield":    differsFromOther,
	"necsfield":  differsFromOther,
	"gtfield":    afterOther,
	"gtcsfield":  afterOther,
	"gtefield":   notBeforeOther,
	"gtecsfield": notBeforeOther,
	"ltfield":    beforeOther,
	"ltcsfield":  beforeOther,
	"ltefield":   notAfterOther,
	"ltecsfield": notAfterOther,

	"uuid":          identifier,
	"uuid3":         identifier,
	"uuid4":         identifier,
	"uuid5":         identifier,
	"uuid7":         identifier,
	"uuid_rfc4122":  identifier,
	"uuid3_rfc4122": identifier,
	"uuid4_rfc4122": identifier,
	"uuid5_rfc4122": identifier,
	"ulid":          {general: Text{"Måste vara ett giltigt id (ULID).", "Must be a valid id (ULID)."}},

	"datetime": {general: Text{"Skriv tiden så här: {layout}.", "Write the time like this: {layout}."}},
	"timezone": {general: Text{"Måste vara en tidszon, till exempel Europe/Stockholm.", "Must be a time zone, for example Europe/Stockholm."}},
	"duration": {general: Text{"Måste vara en tidslängd, till exempel 30s eller 2h.", "Must be a length of time, for example 30s or 2h."}},
	"cron":     {general: Text{"Måste vara ett cron-schema, till exempel 0 6 * * 1.", "Must be a cron schedule, for example 0 6 * * 1."}},

	"email":     {general: Text{"Måste vara en e-postadress, till exempel namn@exempel.se.", "Must be an e-mail address, for example name@example.com."}},
	"e164":      {general: Text{"Måste vara ett telefonnummer med landsnummer, till exempel +46701740605.", "Must be a telephone number with its country code, for example +46701740605."}},
	"url":       webAddress,
	"http_url":  webAddress,
	"https_url": {general: Text{"Måste vara en webbadress som börjar med https://.", "Must be a web address that begins with https://."}},
	"uri":       {general: Text{"Måste vara en giltig adress (URI).", "Must be a valid address (URI)."}},
	"origin":    {general: Text{"Måste vara protokoll och värdnamn utan sökväg, till exempel https://exempel.se.", "Must be a scheme and a host without a path, for example https://example.com."}},

	"hostname":         hostName,
	"hostname_rfc1123": hostName,
	"fqdn":             hostName,
	"hostname_port":    hostAndPort,
	"tcp_addr":         hostAndPort,
	"port":             {general: Text{"Måste vara ett portnummer mellan 1 och 65535.", "Must be a port number between 1 and 65535."}},
	"ip":               ipAddress,
	"ipv4":             ipAddress,
	"ipv6":             ipAddress,
	"cidr":             network,
	"cidrv4":           network,
	"cidrv6":           network,

	"alpha":           {general: Text{"Använd bara bokstäverna a–z.", "Use the letters a–z only."}},
	"alphaspace":      {general: Text{"Använd bara bokstäverna a–z och mellanslag.", "Use the letters a–z and spaces only."}},
	"alphanum":        {general: Text{"Använd bara bokstäverna a–z och siffror.", "Use the letters a–z and digits only."}},
	"alphanumspace":   {general: Text{"Använd bara bokstäverna a–z, siffror och mellanslag.", "Use the letters a–z, digits and spaces only."}},
	"alphaunicode":    {general: Text{"Använd bara bokstäver.", "Use letters only."}},
	"alphanumunicode": {general: Text{"Använd bara bokstäver och siffror.", "Use letters and digits only."}},
	"ascii":           {general: Text{"Använd inga andra tecken än dem i ASCII.", "Use ASCII characters only."}},
	"printascii":      {general: Text{"Använd inga andra tecken än de synliga i ASCII.", "Use printable ASCII characters only."}},
	"numeric":         {general: Text{"Måste vara ett tal.", "Must be a number."}},
	"number":          {general: Text{"Använd bara siffror.", "Use digits only."}},
	"boolean":         {general: Text{"Måste vara ja eller nej (true eller false).", "Must be yes or no (true or false)."}},
	"lowercase":       {general: Text{"Använd bara små bokstäver.", "Use lower case letters only."}},
	"uppercase":       {general: Text{"Använd bara stora bokstäver.", "Use upper case letters only."}},
	"contains":        mustContain,
	"containsany":     {general: Text{"Måste innehålla minst ett av tecknen {param}.", "Must contain at least one of the characters {param}."}},
	"containsrune":    mustContain,
	"excludes":        mustNotContain,
	"excludesall":     {general: Text{"Får inte innehålla något av tecknen {param}.", "Must not contain any of the characters {param}."}},
	"excludesrune":    mustNotContain,
	"startswith":      {general: Text{"Måste börja med {param}.", "Must begin with {param}."}},
	"endswith":        {general: Text{"Måste sluta med {param}.", "Must end with {param}."}},
	"startsnotwith":   {general: Text{"Får inte börja med {param}.", "Must not begin with {param}."}},
	"endsnotwith":     {general: Text{"Får inte sluta med {param}.", "Must not end with {param}."}},

	"hexadecimal":  {general: Text{"Använd bara siffror och bokstäverna a–f.", "Use digits and the letters a–f only."}},
	"sha256":       checksum,
	"sha384":       checksum,
	"sha512":       checksum,
	"base64":       base64Text,
	"base64url":    base64Text,
	"base64rawurl": base64Text,
	"json":         {general: Text{"Måste vara giltig JSON.", "Must be valid JSON."}},
	"jwt":          {general: Text{"Måste vara en giltig JWT.", "Must be a valid JWT."}},
	"semver":       {general: Text{"Måste vara ett versionsnummer, till exempel 1.4.0.", "Must be a version number, for example 1.4.0."}},
	"mimetype":     {general: Text{"Måste vara en mediatyp, till exempel text/plain.", "Must be a media type, for example text/plain."}},
	"file":         {general: Text{"Filen finns inte.", "The file does not exist."}},
	"filepath":     {general: Text{"Måste vara en giltig sökväg till en fil.", "Must be a valid path to a file."}},
	"dir":          {general: Text{"Katalogen finns inte.", "The directory does not exist."}},
	"dirpath":      {general: Text{"Måste vara en giltig sökväg till en katalog.", "Must be a valid path to a directory."}},

	"iso3166_1_alpha2":          countryCode,
	"iso3166_1_alpha3":          countryCode,
	"country_code":              countryCode,
	"iso4217":                   {general: Text{"Måste vara en valutakod enligt ISO 4217, till exempel SEK.", "Must be a currency code of ISO 4217, for example SEK."}},
	"bcp47_language_tag":        languageTag,
	"bcp47_strict_language_tag": languageTag,
	"latitude":                  {general: Text{"Måste vara en latitud mellan −90 och 90.", "Must be a latitude between −90 and 90."}},
	"longitude":                 {general: Text{"Måste vara en longitud mellan −180 och 180.", "Must be a longitude between −180 and 180."}},
}
