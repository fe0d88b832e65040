package console

import (
	"net/http"
	"strings"
)

// policy is the page's Content-Security-Policy: its own files and nothing
// else, no inline script or style, no frame around it. The last two
// directives make the browser refuse what TestThreatMarkupInPages looks
// for in the source. CONNECT stands for the addresses that depend on the host.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " +
	"connect-src 'self'CONNECT; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
	"require-trusted-types-for 'script'; trusted-types 'none'"

// withHeaders sets what every answer of the console carries.
func withHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policyFor(r.Host))
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}

// policyFor is the policy for a page at host. CSP Level 3 lets 'self' stand for
// ws: and wss: too, older browsers want them by name. A host that is not
// plainly a name and a port (an IPv6 address has no form in a policy, and a
// header's text is the sender's choice) adds nothing.
func policyFor(host string) string {
	connect := ""
	if isPlainHost(host) {
		connect = " ws://" + host + " wss://" + host
	}
	return strings.Replace(policy, "CONNECT", connect, 1)
}

func isPlainHost(host string) bool {
	name, ok := hostName(host)
	if !ok || strings.HasSuffix(host, ":") {
		return false
	}
	for _, c := range []byte(name) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '-':
		default:
			return false
		}
	}
	return true
}
