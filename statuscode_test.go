package websocket

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestStatusCodesCoverEveryNumberOnce(t *testing.T) {
	for _, lang := range []string{"en", "fr"} {
		next := 0
		for _, info := range StatusCodes(lang) {
			if int(info.First) != next {
				t.Errorf("%s: a row begins at %d, want %d", lang, info.First, next)
			}
			if info.Last < info.First {
				t.Errorf("%s: the row of %d ends at %d, before it begins", lang, info.First, info.Last)
			}
			if info.Code != info.First {
				t.Errorf("%s: the row of %d has code %d", lang, info.First, info.Code)
			}
			next = int(info.Last) + 1
		}
		if next != 65536 {
			t.Errorf("%s: the rows end before %d, want 65536", lang, next)
		}
	}
}

func TestDescribeAnswersEveryNumber(t *testing.T) {
	for n := range 65536 {
		code := StatusCode(n)
		info := Describe(code, "en")
		if info.Code != code || code < info.First || code > info.Last {
			t.Fatalf("Describe(%d) is about %d, in the row %d to %d", n, info.Code, info.First, info.Last)
		}
		if info.Description == "" || info.Status == "" || info.RangeRule == "" || info.Sender == "" || info.Section == "" {
			t.Fatalf("Describe(%d) lacks something: %+v", n, info)
		}
		if info.Name != code.Name() {
			t.Errorf("Describe(%d).Name = %q, want %q", n, info.Name, code.Name())
		}
		if info.OnWire != code.OnWire() {
			t.Errorf("Describe(%d).OnWire = %t, want %t", n, info.OnWire, code.OnWire())
		}
		if want := n == 1000 || 3000 <= n && n <= 4999; info.FromPage != want {
			t.Errorf("Describe(%d).FromPage = %t, want %t", n, info.FromPage, want)
		}
		if info.FromPage && !info.OnWire {
			t.Errorf("a page may send %d, and yet it is not allowed on the wire", n)
		}
		if (info.Sender == "nobody") == info.OnWire {
			t.Errorf("Describe(%d): sender %q, on wire %t", n, info.Sender, info.OnWire)
		}
		if want := wantStatus(n); info.Status != want {
			t.Errorf("Describe(%d).Status = %q, want %q", n, info.Status, want)
		}
	}
}

// wantStatus restates the rule apart from the table: RFC 6455, section 7.4, and
// the registry.
func wantStatus(n int) string {
	switch {
	case n < 1000:
		return "unused"
	case n == 1004:
		return "reserved"
	case n == 1005, n == 1006, n == 1015:
		return "result"
	case n < 1015, n == 3000, n == 3003, n == 3008:
		return "assigned"
	case n < 4000:
		return "unassigned"
	case n < 5000:
		return "private"
	}
	return "out-of-range"
}

func TestRowsDoNotMixRangesNamesOrRules(t *testing.T) {
	for _, info := range StatusCodes("en") {
		for n := int(info.First); n <= int(info.Last); n++ {
			code := StatusCode(n)
			got := Describe(code, "en")
			if got.OnWire != info.OnWire || got.FromPage != info.FromPage || got.Name != info.Name || got.RangeRule != info.RangeRule {
				t.Errorf("%d differs from %d, the first code of its row", n, info.First)
			}
		}
	}
}

func TestStatusCodeNames(t *testing.T) {
	// By the registry's wording: ours is the same without spaces but for the
	// capitals and two abbreviations written out.
	fold := func(s string) string {
		s = strings.ReplaceAll(s, "Ext.", "Extension")
		return strings.ToLower(strings.ReplaceAll(s, " ", ""))
	}
	old := map[StatusCode]string{
		1000: "CLOSE_NORMAL", 1001: "CLOSE_GOING_AWAY", 1002: "CLOSE_PROTOCOL_ERROR", 1003: "CLOSE_UNSUPPORTED",
		1005: "CLOSE_NO_STATUS", 1006: "CLOSE_ABNORMAL", 1009: "CLOSE_TOO_LARGE",
	}
	for _, info := range StatusCodes("en") {
		if got, want := info.OldName, old[info.First]; got != want {
			t.Errorf("old name of %d = %q, want %q", info.First, got, want)
		}
		single := info.First == info.Last
		if !single && info.Name+info.IANAName+info.Registered != "" {
			t.Errorf("the range from %d has a name or a date", info.First)
		}
		if single && info.Registered == "" {
			t.Errorf("%d does not say how it was registered", info.First)
		}
		switch info.First {
		case 1004: // the registry's word is no name
			if info.Name != "" || info.IANAName != "Reserved" {
				t.Errorf("1004 is named %q, %q", info.Name, info.IANAName)
			}
		case 1014: // a sentence in the registry
			if info.Name != "BadGateway" || info.IANAName != "" {
				t.Errorf("1014 is named %q, %q", info.Name, info.IANAName)
			}
		default:
			if got, want := fold(info.Name), fold(info.IANAName); got != want {
				t.Errorf("%d is named %q, the registry has %q", info.First, info.Name, info.IANAName)
			}
		}
	}
}

func TestStatusCodeFactsFromTheRegistry(t *testing.T) {
	tests := []struct {
		code                        StatusCode
		sender, section, registered string
	}{
		{1000, "both", "RFC 6455, section 7.4.1", "RFC 6455"},
		{1004, "nobody", "RFC 6455, section 7.4.1", "RFC 6455"},
		{1006, "nobody", "RFC 6455, section 7.4.1", "RFC 6455"},
		{1010, "client", "RFC 6455, section 7.4.1", "RFC 6455"},
		{1011, "both", "RFC 6455, section 7.4.1, and erratum 3227", "RFC 6455"},
		{1012, "server", "IANA WebSocket Close Code Number Registry", "2012"},
		{1013, "server", "IANA WebSocket Close Code Number Registry", "2012"},
		{1014, "server", "IANA WebSocket Close Code Number Registry", "2016-10-10"},
		{3000, "both", "IANA WebSocket Close Code Number Registry", "2021-09-06"},
		{3003, "both", "IANA WebSocket Close Code Number Registry", "2023-02-22"},
		{3008, "both", "IANA WebSocket Close Code Number Registry", "2024-02-01"},
		{4001, "both", "RFC 6455, section 7.4.2", ""},
		{5000, "nobody", "RFC 6455, section 7.4.2", ""},
	}
	for _, test := range tests {
		info := Describe(test.code, "")
		if info.Sender != test.sender || info.Section != test.section || info.Registered != test.registered {
			t.Errorf("Describe(%d) = sender %q, section %q, registered %q, want %q, %q, %q",
				test.code, info.Sender, info.Section, info.Registered, test.sender, test.section, test.registered)
		}
	}
}

func TestDescribeChoosesTheLanguage(t *testing.T) {
	french := Describe(1006, "fr").Description
	english := Describe(1006, "en").Description
	if french == english {
		t.Fatal("French and English are the same")
	}
	for _, lang := range []string{"FR", "fr-CA", "fr_FR.UTF-8", "fr_FR@euro", "fr:en", "fr-CH, en;q=0.5"} {
		if Describe(1006, lang).Description != french {
			t.Errorf("lang %q is not French", lang)
		}
	}
	for _, lang := range []string{"", "en", "en-US", "C", "C.UTF-8", "POSIX", "de", "f", "fry", "frr-DE", "en-FR", "-fr", "é"} {
		if Describe(1006, lang).Description != english {
			t.Errorf("lang %q is not English", lang)
		}
	}
}

func TestStatusCodeInfoBelongsToTheCaller(t *testing.T) {
	info := Describe(1006, "en")
	cause, remedy := info.Causes[0], info.Remedies[0]
	info.Causes[0], info.Remedies[0] = "x", "x"
	StatusCodes("en")[0].Causes[0] = "x"
	if again := Describe(1006, "en"); again.Causes[0] != cause || again.Remedies[0] != remedy || Describe(0, "en").Causes[0] == "x" {
		t.Error("a caller changed the registry")
	}
}

func TestStatusCodeTextsAreCompleteInBothLanguages(t *testing.T) {
	english, french := StatusCodes("en"), StatusCodes("fr")
	for i, en := range english {
		fr := french[i]
		for lang, info := range map[string]StatusCodeInfo{"en": en, "fr": fr} {
			if n := sentences(info.Description); n < 1 || n > 3 {
				t.Errorf("%s %d: the description has %d sentences, want 1 to 3", lang, en.First, n)
			}
			if len(info.Causes) < 2 || len(info.Remedies) < 2 {
				t.Errorf("%s %d: %d causes and %d remedies, want 2 or more", lang, en.First, len(info.Causes), len(info.Remedies))
			}
			if info.RangeRule == "" {
				t.Errorf("%s %d: no range rule", lang, en.First)
			}
		}
		if len(en.Causes) != len(fr.Causes) || len(en.Remedies) != len(fr.Remedies) {
			t.Errorf("%d: %d causes and %d remedies in English, %d and %d in French",
				en.First, len(en.Causes), len(en.Remedies), len(fr.Causes), len(fr.Remedies))
		}
		if (en.Outdated == "") != (fr.Outdated == "") {
			t.Errorf("%d: outdated in one language only", en.First)
		}
		if got, want := numbers(fr), numbers(en); !slices.Equal(got, want) {
			t.Errorf("%d: the languages name different numbers:\nfr %v\nen %v", en.First, got, want)
		}
		// Nothing but the texts may differ.
		en.RangeRule, en.Description, en.Causes, en.Remedies, en.Outdated = "", "", nil, nil, ""
		fr.RangeRule, fr.Description, fr.Causes, fr.Remedies, fr.Outdated = "", "", nil, nil, ""
		if fmt.Sprint(en) != fmt.Sprint(fr) {
			t.Errorf("the facts depend on the language:\nen %+v\nfr %+v", en, fr)
		}
	}
	for name, texts := range map[string]statusCodeTexts{"en": statusCodeTextsEN, "fr": statusCodeTextsFR} {
		if len(texts.rows) != len(statusCodeRows) || len(texts.ranges) != 5 {
			t.Errorf("%s: %d texts of rows and %d of ranges, want %d and 5", name, len(texts.rows), len(texts.ranges), len(statusCodeRows))
		}
	}
	if n := len(Describe(1006, "en").Causes); n < 8 {
		t.Errorf("1006 has %d causes; it needs the richest list", n)
	}
}

func TestStatusCodesWithoutFaultOnTheOldPage(t *testing.T) {
	var right []StatusCode
	for _, info := range StatusCodes("en") {
		if info.Outdated == "" {
			right = append(right, info.First)
		}
	}
	if want := []StatusCode{0, 1004, 4000}; !slices.Equal(right, want) {
		t.Errorf("the old page is right about %v, want %v", right, want)
	}
}

// What is wrong in French: a plain apostrophe, and a sign that wants a no-break
// space and has another or none. In English: what is not ASCII.
var (
	faultInFrench  = regexp.MustCompile(`'| [:;?!»]|« |[^\x{00a0}][?!»]|[^\x{00a0}];|«[^\x{00a0}]|[^\x{00a0}]: `)
	faultInEnglish = regexp.MustCompile(`[^\x00-\x7f]`)
)

func TestStatusCodeTypography(t *testing.T) {
	const nbsp = "\u00a0"
	everywhere := regexp.MustCompile(`^\s|\s$|  |\t|\n|[^.]$`)
	for _, info := range StatusCodes("fr") {
		for _, s := range textsOf(info) {
			if !utf8.ValidString(s) {
				t.Errorf("fr %d: not UTF-8: %q", info.First, s)
			}
			if m := everywhere.FindString(s); m != "" {
				t.Errorf("fr %d: %q in %q", info.First, m, s)
			}
			if m := faultInFrench.FindString(strings.ReplaceAll(s, "://", "")); m != "" {
				t.Errorf("fr %d: %q in %q (want %q before the sign)", info.First, m, s, nbsp)
			}
		}
	}
	for _, info := range StatusCodes("en") {
		for _, s := range textsOf(info) {
			if m := everywhere.FindString(s) + faultInEnglish.FindString(s); m != "" {
				t.Errorf("en %d: %q in %q", info.First, m, s)
			}
		}
	}
}

// shinglesOfOthers are runs of words from the old French page, the English page
// it was translated from, and RFC 6455, in small letters. Our texts are our own.
var shinglesOfOthers = []string{
	"reservé et inutilisé",
	"s'est terminée normalement",
	"une erreur est apparue",
	"ayant ouvert la connexion",
	"à cause d'une erreur",
	"d'un type qu'il ne peut pas accepter",
	"des données binaire plutôt que",
	"pourrait être définie dans le futur",
	"aucun code n'est donné",
	"un code était attendu",
	"sans paquet indiquant",
	"contenant des données incohérentes",
	"qui ne sont pas au format",
	"ne respectant pas la politique",
	"c'est un code d'état générique",
	"les données reçues sont",
	"négocier une ou plusieurs extensions",
	"l'empêche de traiter la requête",
	"pour une utilisation future",
	"durant le handshake",
	"ne peut pas être vérifié",
	"disponible pour être utilisé",
	"ne doivent pas être utilisés",
	"completed the purpose",
	"purpose for which",
	"navigating away",
	"terminating the connection",
	"received data of a type",
	"type of data it cannot accept",
	"might be defined in the future",
	"no status code was",
	"with no close frame being sent",
	"contained inconsistent data",
	"not consistent with the type",
	"violates its policy",
	"no other more suitable status code",
	"too big for it to process",
	"negotiate one or more extension",
	"unexpected condition",
	"acting as a gateway",
	"can't be verified",
	"available for use by",
	"must not be used by applications",
	"for future use by the websocket standard",
}

func TestStatusCodeTextsAreOurOwn(t *testing.T) {
	plain := strings.NewReplacer("\u00a0", " ", "\u2019", "'")
	for _, lang := range []string{"en", "fr"} {
		for _, info := range StatusCodes(lang) {
			for _, s := range textsOf(info) {
				s = strings.ToLower(plain.Replace(s))
				for _, shingle := range shinglesOfOthers {
					if strings.Contains(s, shingle) {
						t.Errorf("%s %d: %q is not ours, in %q", lang, info.First, shingle, s)
					}
				}
			}
		}
	}
}

func TestStatusCodeInfoJSON(t *testing.T) {
	got, err := json.MarshalIndent(Describe(1004, "en"), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	const want = `{
  "first": 1004,
  "last": 1004,
  "code": 1004,
  "name": "",
  "ianaName": "Reserved",
  "oldName": "",
  "status": "reserved",
  "rangeRule": "1000 to 2999 belong to the protocol, its revisions and extensions with a public specification. IANA assigns them only on such a basis.",
  "sender": "nobody",
  "onWire": false,
  "fromPage": false,
  "section": "RFC 6455, section 7.4.1",
  "registered": "RFC 6455",
  "description": "Reserved, without a meaning so far. It is the only code that the registry keeps this way, and nobody may send it.",
  "causes": [
    "Software from before the RFC: in drafts 1004 stood for a frame that was too large.",
    "A list of constants that counts upwards and forgets the hole."
  ],
  "remedies": [
    "Change the sender: 1009 for a size limit, otherwise a code that has a meaning.",
    "Treat it as a violation when it comes. This library answers it with 1002, reports 1006 and keeps the number as offendingCode."
  ],
  "outdated": ""
}`
	if string(got) != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func ExampleDescribe() {
	info := Describe(4004, "en")
	fmt.Println(info.First, info.Last, info.Status, info.FromPage)
	fmt.Println(info.RangeRule)
	// Output:
	// 4000 4999 private true
	// 4000 to 4999 are for private use by agreement between the two sides. They cannot be registered.
}

// textsOf lists the texts of a row that depend on the language.
func textsOf(info StatusCodeInfo) []string {
	texts := slices.Concat([]string{info.RangeRule, info.Description}, info.Causes, info.Remedies)
	if info.Outdated != "" {
		texts = append(texts, info.Outdated)
	}
	return texts
}

// sentences counts the full stops that end a sentence.
func sentences(s string) int {
	return strings.Count(s, ". ") + strings.Count(s[max(0, len(s)-1):], ".")
}

// numbers lists the numbers of at least two digits in the texts of a row, in
// the order of value: both languages must name the same.
func numbers(info StatusCodeInfo) []string {
	found := regexp.MustCompile(`[0-9]{2,}`).FindAllString(strings.Join(textsOf(info), "\n"), -1)
	slices.Sort(found)
	return found
}
