package console

import (
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// AnyHost stands for every name in a list of hosts.
const AnyHost = "*"

// LoopbackHosts answers only requests whose Host is a loopback name:
// localhost, an address of 127.0.0.0/8, or [::1], each with any port or none;
// or one of also (a name without port, in any case, or AnyHost). Every other
// request gets 403 and a sentence that says why, and next does not see it.
//
// It is the defence of a server on a loopback address against DNS rebinding: a
// foreign page whose own name suddenly resolves to 127.0.0.1 can talk to the
// server as to its origin, but its requests still carry the foreign name.
func LoopbackHosts(next http.Handler, also ...string) http.Handler {
	also = slices.Clone(also)
	if slices.Contains(also, AnyHost) {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, ok := hostName(r.Host)
		if !ok || !isLoopback(name) && !containsFold(also, name) {
			// The name is quoted, since whoever sent it chose it.
			http.Error(w, "This server does not answer to the Host "+strconv.QuoteToASCII(r.Host)+
				": only to localhost, 127.0.0.0/8 and [::1], as a protection against DNS rebinding.",
				http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// hostName is the name in a Host field, without port and brackets; false for a
// field that is none.
func hostName(host string) (name string, ok bool) {
	name = host
	// The last colon starts the port, if it lies behind the bracket of an IPv6 address.
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		name = host[:i]
		if !isPort(host[i+1:]) {
			return "", false
		}
	}
	if inner, found := strings.CutPrefix(name, "["); found {
		inner, found = strings.CutSuffix(inner, "]")
		return inner, found && strings.Contains(inner, ":")
	}
	return name, name != "" && !strings.ContainsAny(name, ":[]")
}

// isPort reports whether s is a port number, or empty (RFC 9110, section 4.2.1
// allows a colon without one).
func isPort(s string) bool {
	if s == "" {
		return true
	}
	_, err := strconv.ParseUint(s, 10, 16)
	return err == nil
}

func isLoopback(name string) bool {
	if strings.EqualFold(name, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(name)
	return err == nil && addr.Zone() == "" && addr.IsLoopback()
}

func containsFold(names []string, name string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
}
