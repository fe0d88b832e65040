package handshake

import (
	"errors"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

func TestValidSubprotocols(t *testing.T) {
	many := make([]string, 129)
	for i := range many {
		many[i] = "p" + strconv.Itoa(i)
	}
	tests := []struct {
		name    string
		names   []string
		problem string
	}{
		{"none", nil, ""},
		{"two tokens, section 4.1", []string{"chat", "superchat.v2"}, ""},
		{"128 of them", many[:128], ""},
		{"one more", many, "there are more than 128 subprotocols"},
		{"an empty one", []string{"chat", ""}, `"" is not a token`},
		{"a separator", []string{"a,b"}, `"a,b" is not a token`},
		{"a line end", []string{"a\r\nX: y"}, `"a\r\nX: y" is not a token`},
		{"the same twice", []string{"chat", "b", "chat"}, `"chat" occurs twice`},
		{"the same in another case, WHATWG", []string{"chat", "Chat"}, `"Chat" occurs twice`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := ""
			if err := ValidSubprotocols(test.names); err != nil {
				misuse, ok := errors.AsType[*MisuseError](err)
				if !ok || misuse.Field != "Sec-WebSocket-Protocol" {
					t.Fatalf("got %v, want a MisuseError about Sec-WebSocket-Protocol", err)
				}
				got = misuse.Problem
			}
			if got != test.problem {
				t.Errorf("got %q, want %q", got, test.problem)
			}
		})
	}
}

func TestParseSubprotocols(t *testing.T) {
	numbers := ""
	for i := range 128 {
		numbers += "p" + strconv.Itoa(i) + ","
	}
	tests := []struct {
		name    string
		lines   []string
		want    []string
		problem string
	}{
		{"no header line", nil, nil, ""},
		{"a list, section 11.3.4", []string{"chat, superchat"}, []string{"chat", "superchat"}, ""},
		{"several header lines, section 11.3.4", []string{"chat", "superchat"}, []string{"chat", "superchat"}, ""},
		{"empty elements, RFC 9110, section 5.6.1.2", []string{",chat ,, ", "", "\tb"}, []string{"chat", "b"}, ""},
		{"names that differ in case are two", []string{"chat, Chat"}, []string{"chat", "Chat"}, ""},
		{"the same twice, section 4.1", []string{"chat", "b, chat"}, nil, `lists "chat" twice`},
		{"not a token, section 4.1", []string{"chat room"}, nil, `lists "chat room", which is not a token`},
		{"an empty header line", []string{""}, nil, "is empty"},
		{"nothing but commas", []string{" , ,"}, nil, "is empty"},
		{"more than 128", []string{numbers + "x"}, nil, "lists more than 128 subprotocols"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, problem := parseSubprotocols(test.lines)
			if !reflect.DeepEqual(got, test.want) || problem != test.problem {
				t.Errorf("got %q, %q; want %q, %q", got, problem, test.want, test.problem)
			}
		})
	}
}

func TestSubprotocolsOfAnAttackerCostLittle(t *testing.T) {
	for _, text := range []string{strings.Repeat(",", 64<<10), strings.Repeat("a,", 32<<10), strings.Repeat(" ", 64<<10)} {
		if allocs := testing.AllocsPerRun(5, func() { parseSubprotocols([]string{text}) }); allocs > 20 {
			t.Errorf("%q...: got %v allocations", text[:4], allocs)
		}
	}
}
