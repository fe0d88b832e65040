package deflate

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/onclose/websocket/handshake"
)

// A negotiation is a line of testdata/negotiation.txt.
type negotiation struct {
	line                          int
	role, wants, in, out, section string
}

func negotiations(t testing.TB) (all []negotiation) {
	t.Helper()
	text, err := os.ReadFile("testdata/negotiation.txt")
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(string(text), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(line, "|")
		if len(fields) != 5 {
			t.Fatalf("line %d has %d fields", i+1, len(fields))
		}
		for n := range fields {
			fields[n] = strings.TrimSpace(fields[n])
		}
		all = append(all, negotiation{i + 1, fields[0], fields[1], fields[2], fields[3], fields[4]})
	}
	return all
}

func extensions(t testing.TB, text string) []handshake.Extension {
	t.Helper()
	list, err := handshake.ParseExtensions([]string{text})
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return list
}

func written(list ...handshake.Extension) string {
	return string(handshake.AppendExtensions(nil, list))
}

// options reads what an endpoint wants, and what it offers by hand.
func (n negotiation) options(t *testing.T) (o Options, offers []handshake.Extension) {
	t.Helper()
	wants, byHand, _ := strings.Cut(n.wants, "offer ")
	for _, want := range strings.Fields(wants) {
		name, value, _ := strings.Cut(want, "=")
		bits, _ := strconv.Atoi(value)
		switch name {
		case "server_takeover":
			o.ServerTakeover = true
		case "client_takeover":
			o.ClientTakeover = true
		case "server_bits":
			o.ServerWindowBits = bits
		case "client_bits":
			o.ClientWindowBits = bits
		default:
			t.Fatalf("line %d: no option %q", n.line, want)
		}
	}
	if err := o.Validate(); err != nil {
		t.Fatalf("line %d: %v", n.line, err)
	}
	if byHand != "" {
		return o, extensions(t, byHand)
	}
	return o, o.Offers()
}

// described is what was agreed on as the table says it.
func described(p Params) string {
	takeover := map[bool]string{true: " takeover"}
	return fmt.Sprintf("server %d%s, client %d%s", p.ServerWindowBits, takeover[p.ServerTakeover], p.ClientWindowBits, takeover[p.ClientTakeover])
}

func TestNegotiation(t *testing.T) {
	all := negotiations(t)
	if len(all) < 120 {
		t.Errorf("the table has only %d lines", len(all))
	}
	for _, n := range all {
		o, offers := n.options(t)
		got := ""
		switch n.role {
		case "offers":
			got = written(offers...)
		case "server":
			got = "none"
			if params, answer, ok := o.Accept(extensions(t, n.in)); ok {
				got = written(answer)
				n.saysWhatIsDone(t, params, got)
			}
		case "client":
			params, err := o.Agree(offers, extensions(t, n.in)[0])
			got = described(params)
			if err != nil {
				got = n.blames(t, err)
			}
		default:
			t.Fatalf("line %d: no role %q", n.line, n.role)
		}
		if got != n.out {
			t.Errorf("line %d, section %s: %s wants %q and receives %q:\n got %s\nwant %s", n.line, n.section, n.role, n.wants, n.in, got, n.out)
		}
	}
}

// saysWhatIsDone compares what the server will do with what its answer says.
func (n negotiation) saysWhatIsDone(t *testing.T, p Params, answer string) {
	t.Helper()
	bits := func(parameter string) int {
		_, value, found := strings.Cut(answer, parameter+"=")
		if !found {
			return 15
		}
		value, _, _ = strings.Cut(value, ";")
		bits, _ := strconv.Atoi(value)
		return bits
	}
	said := Params{
		ServerTakeover:   !strings.Contains(answer, "server_no_context_takeover"),
		ClientTakeover:   !strings.Contains(answer, "client_no_context_takeover"),
		ServerWindowBits: bits("server_max_window_bits"),
		ClientWindowBits: bits("client_max_window_bits"),
	}
	if p != said {
		t.Errorf("line %d: does %+v and answers %q", n.line, p, answer)
	}
}

// blames is the outcome of an error, whose section must be the line's.
func (n negotiation) blames(t *testing.T, err error) string {
	t.Helper()
	bad, ok := err.(*handshake.ResponseError)
	if !ok || bad.Status != 101 || bad.Header != "Sec-WebSocket-Extensions" || bad.Section != "RFC 7692, section "+n.section {
		t.Errorf("line %d: %#v", n.line, err)
		return err.Error()
	}
	_, problem, _ := strings.Cut(bad.Message, "wrongly: ")
	parameter, _, _ := strings.Cut(problem, " ")
	return "fail " + parameter
}

// What a client offers and agrees to is what a server accepts and says, whatever
// both want.
func TestClientAndServerAlwaysAgree(t *testing.T) {
	var all []Options
	for _, bits := range []int{0, 8, 11, 15} {
		for _, other := range []int{0, 9, 14} {
			for takeover := range 4 {
				all = append(all, Options{takeover&1 == 1, takeover&2 == 2, bits, other})
			}
		}
	}
	for _, client := range all {
		offers := client.Offers()
		for _, server := range all {
			accepted, answer, ok := server.Accept(extensions(t, written(offers...)))
			if !ok {
				t.Fatalf("%+v declines %q", server, written(offers...))
			}
			agreed, err := client.Agree(offers, extensions(t, written(answer))[0])
			if err != nil || agreed != accepted {
				t.Fatalf("%+v to %+v: agreed on %+v (%v) and on %+v", client, server, agreed, err, accepted)
			}
			if agreed.ServerTakeover && !(client.ServerTakeover && server.ServerTakeover) ||
				agreed.ClientTakeover && !(client.ClientTakeover && server.ClientTakeover) ||
				agreed.ServerWindowBits > min(orDefault(client.ServerWindowBits), orDefault(server.ServerWindowBits)) ||
				agreed.ClientWindowBits > min(orDefault(client.ClientWindowBits), orDefault(server.ClientWindowBits)) {
				t.Fatalf("%+v to %+v: agreed on %+v", client, server, agreed)
			}
		}
	}
}

func TestErrorsOfNegotiationBoundWhatTheyRepeat(t *testing.T) {
	long := strings.Repeat("x", 5000)
	for _, answer := range []string{"permessage-deflate; " + long, "permessage-deflate; server_max_window_bits=" + long} {
		_, err := Options{}.Agree(Options{}.Offers(), extensions(t, answer)[0])
		if err == nil || len(err.Error()) > 300 || !strings.Contains(err.Error(), strings.Repeat("x", 20)) {
			t.Errorf("got %v", err)
		}
	}
}

func TestOptionsValidate(t *testing.T) {
	for bits := -1; bits <= 17; bits++ {
		good := bits == 0 || bits >= 8 && bits <= 15
		for _, o := range []Options{{ServerWindowBits: bits}, {ClientWindowBits: bits}} {
			err := o.Validate()
			if _, misuse := err.(*handshake.MisuseError); misuse == good || (err == nil) != good {
				t.Errorf("%+v: %v", o, err)
			}
		}
	}
	err := Options{ClientWindowBits: 16}.Validate()
	if got, want := fmt.Sprint(err), "websocket: ClientWindowBits: 16 is not between 8 and 15 (RFC 7692, section 7.1.2.2)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestErrorSaysWhatWhereAndWhy(t *testing.T) {
	var d Decompressor
	d.Init(15, false)
	_, err := inflateAll(&d, pack("0 11"), 1)
	if got, want := fmt.Sprint(err), "websocket: compressed data: a block of the reserved type 3, at byte 0 (RFC 1951, section 3.2.3)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
