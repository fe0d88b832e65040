package webapi

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/nlnwa/whatwg-url/url"
	"golang.org/x/net/idna"
)

// domains is Unicode's ToASCII as the URL Standard uses it, in section 3.3, "domain
// to ASCII": not strict, so that an underscore or a hyphen may stand where DNS has
// none, but what begins with "xn--" has to be Punycode.
var domains = idna.New(
	idna.MapForLookup(),
	idna.BidiRule(),
	idna.CheckJoiners(true),
	idna.CheckHyphens(false),
	idna.StrictDomainName(false),
	idna.VerifyDNSLength(false),
	idna.Transitional(false),
)

const (
	// noHost is an IPv6 address without its end, which the library refuses.
	noHost = "["
	// notNumber keeps the library from taking a signed number, which is a domain by
	// the standard, for a part of an IPv4 address. It is taken off again.
	notNumber = ".not-a-number"
)

// signed is what the library takes for a number and the standard does not.
var signed = regexp.MustCompile(`^(0[xX]?)?[-+][0-9a-fA-F]*$`)

// hostBefore is what the library is to parse in place of a host. Its own reading of
// hosts accepts "[[::1]]" and signs in IPv4 addresses, and refuses domains with
// characters that DNS does not have.
//
// URL Standard, section 3.5, "host parser".
func hostBefore(u *URL, host string) string {
	switch {
	case strings.HasPrefix(host, "["):
		if strings.HasPrefix(host, "[[") || strings.HasSuffix(host, "]]") {
			return noHost
		}
		return host
	case !u.IsSpecialScheme():
		if strings.ContainsFunc(host, func(c rune) bool { return url.ForbiddenHostCodePoint.Test(uint(c)) }) {
			return noHost
		}
		return host
	}
	ascii, ok := domainToASCII(percentDecode(host))
	if !ok {
		return noHost
	}
	labels := strings.Split(strings.TrimSuffix(ascii, "."), ".")
	last := labels[len(labels)-1]
	if signed.MatchString(last) {
		return ascii + notNumber
	}
	if !isNumber(last) {
		return ascii
	}
	for _, label := range labels {
		if signed.MatchString(label) {
			return noHost
		}
	}
	return ascii
}

// hostAfter is what the library has made of it.
func hostAfter(_ *URL, host string) string { return strings.TrimSuffix(host, notNumber) }

// domainToASCII is false for what no domain can be.
func domainToASCII(domain string) (string, bool) {
	if !utf8.ValidString(domain) || misread.MatchString(domain) {
		return "", false
	}
	ascii, err := domains.ToASCII(domain)
	if err != nil && isPlain(domain) {
		ascii, err = strings.ToLower(domain), nil
	}
	forbidden := strings.ContainsFunc(ascii, func(c rune) bool { return url.ForbiddenDomainCodePoint.Test(uint(c)) })
	return ascii, err == nil && ascii != "" && !forbidden
}

// isPlain reports whether a domain is ASCII, and none of it is Punycode: then
// nothing that ToASCII finds is wrong with it matters.
func isPlain(domain string) bool {
	for label := range strings.SplitSeq(strings.ToLower(domain), ".") {
		if strings.HasPrefix(label, "xn--") {
			return false
		}
	}
	return !strings.ContainsFunc(domain, func(c rune) bool { return c >= utf8.RuneSelf })
}

// misread is Punycode that the library below takes for something else: an empty
// label, or one in which characters that are not ASCII stand before a hyphen.
var misread = regexp.MustCompile(`(^|[` + dots + `])(?i:xn--)($|[` + dots + `]|[^` + dots + `]*[^\x00-\x7f` + dots + `][^` + dots + `]*-)`)

// dots are the full stops between labels.
const dots = `.\x{3002}\x{FF0E}\x{FF61}`

var number = regexp.MustCompile(`^([0-9]+|0[xX][0-9a-fA-F]*)$`)

// isNumber is the standard's "ends in a number", of the last label.
func isNumber(label string) bool { return number.MatchString(label) }

// percentDecode decodes what is a percent-encoded byte, and lets the rest stand.
func percentDecode(text string) string {
	return escape.ReplaceAllStringFunc(text, func(s string) string {
		return string([]byte{unhex(s[1])<<4 | unhex(s[2])})
	})
}

var escape = regexp.MustCompile(`%[0-9a-fA-F]{2}`)

func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c&^0x20 - 'A' + 10
}
