package handshake

import (
	"reflect"
	"strings"
	"testing"
)

func TestParseExtensions(t *testing.T) {
	tests := []struct {
		name  string
		lines []string
		want  []Extension
	}{
		{"no header line", nil, nil},
		{"a name alone", []string{"foo"}, []Extension{{Name: "foo"}}},
		{
			"the example of section 9.1", []string{"foo", "bar; baz=2"},
			[]Extension{{Name: "foo"}, {"bar", []Param{{"baz", "2", true}}}},
		},
		{
			"a fallback offer, RFC 7692, section 7.1.3", []string{"permessage-deflate; server_max_window_bits=10, permessage-deflate"},
			[]Extension{{"permessage-deflate", []Param{{"server_max_window_bits", "10", true}}}, {Name: "permessage-deflate"}},
		},
		{"a parameter without a value", []string{"a; b; c"}, []Extension{{"a", []Param{{Name: "b"}, {Name: "c"}}}}},
		{"a parameter twice: for the extension to judge", []string{"a; b; b"}, []Extension{{"a", []Param{{Name: "b"}, {Name: "b"}}}}},
		{"a quoted value", []string{`a; b="10"`}, []Extension{{"a", []Param{{"b", "10", true}}}}},
		{"escapes in a quoted value", []string{`a; b="\1\0\a"`}, []Extension{{"a", []Param{{"b", "10a", true}}}}},
		{"whitespace wherever words meet", []string{" a\t; b =\t\"1\" ;c , d "}, []Extension{{"a", []Param{{"b", "1", true}, {Name: "c"}}}, {Name: "d"}}},
		{"no whitespace", []string{"a;b=1,c"}, []Extension{{"a", []Param{{"b", "1", true}}}, {Name: "c"}}},
		{"empty list elements, RFC 9110, section 5.6.1.2", []string{",, a,\t,b , ", "", "c,"}, []Extension{{Name: "a"}, {Name: "b"}, {Name: "c"}}},
		{"as many as allowed", []string{strings.Repeat("a"+strings.Repeat(";p", 32)+",", 32)}, manyExtensions()},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := ParseExtensions(test.lines)
			if err != nil || !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %v, %v; want %v", got, err, test.want)
			}
		})
	}
}

func manyExtensions() []Extension {
	list := make([]Extension, 32)
	for i := range list {
		list[i].Name = "a"
		for range 32 {
			list[i].Params = append(list[i].Params, Param{Name: "p"})
		}
	}
	return list
}

func TestParseExtensionsRefuses(t *testing.T) {
	tests := []struct {
		name    string
		lines   []string
		at      int
		problem string
	}{
		{"an empty value: the list has one element or more", []string{""}, 0, "there is no extension"},
		{"nothing but commas", []string{" ,", ", "}, 5, "there is no extension"},
		{"no name", []string{";a"}, 0, "the name of an extension is not a token"},
		{"a quoted name", []string{`"a"`}, 0, "the name of an extension is not a token"},
		{"garbage (hs-ext-garbage)", []string{"permessage-deflate; =;;"}, 20, "the name of a parameter is not a token"},
		{"no parameter behind the semicolon", []string{"a;"}, 2, "the name of a parameter is not a token"},
		{"an empty parameter", []string{"a; ;b"}, 3, "the name of a parameter is not a token"},
		{"no value behind the equals sign", []string{"a; b="}, 5, "the value of a parameter is not a token"},
		{"no value before the comma", []string{"a; b= , c"}, 6, "the value of a parameter is not a token"},
		{"a value that is not a token", []string{"a; b=(1)"}, 5, "the value of a parameter is not a token"},
		{"two words without a separator", []string{"a b"}, 2, "an extension is followed by neither a comma nor a semicolon"},
		{"two values", []string{"a; b=1 2"}, 7, "an extension is followed by neither a comma nor a semicolon"},
		{"a value behind a quoted value", []string{`a; b="1"2`}, 8, "an extension is followed by neither a comma nor a semicolon"},
		{"a value for the extension itself", []string{"a=1"}, 1, "an extension is followed by neither a comma nor a semicolon"},
		{"an empty quoted value", []string{`a; b=""`}, 6, "the value of a parameter is empty"},
		{"a quoted value that is not a token, section 9.1", []string{`a; b="1 2"`}, 7, "the value of a parameter is not a token"},
		{"an escaped quote in a value, section 9.1", []string{`a; b="1\""`}, 8, "the value of a parameter is not a token"},
		{"a backslash at the end", []string{`a; b="1\`}, 7, "the value of a parameter is not a token"},
		{"a quoted value without an end", []string{`a; b="12`}, 8, "the quoted string that begins at byte 5 has no end"},
		{"a quoted value over two lines", []string{`a; b="1`, `2"`}, 7, "the value of a parameter is not a token"},
		{"an escape over two lines", []string{`a; b="1\`, `2"`}, 8, "the value of a parameter is not a token"},
		{"a control character", []string{"a\x00"}, 1, "an extension is followed by neither a comma nor a semicolon"},
		{"a fault in the second line counts from the first", []string{"abc", "d e"}, 6, "an extension is followed by neither a comma nor a semicolon"},
		{"more than 32 extensions", []string{strings.Repeat("a,", 33)}, 64, "there are more than 32 extensions"},
		{"more than 32 parameters", []string{"a" + strings.Repeat(";p", 33)}, 66, "an extension has more than 32 parameters"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := ParseExtensions(test.lines)
			want := &SyntaxError{In: "Sec-WebSocket-Extensions", Offset: test.at, Problem: test.problem, Section: "RFC 6455, section 9.1", Status: 400}
			if got != nil || !reflect.DeepEqual(err, want) {
				t.Errorf("got %v, %+v; want %+v", got, err, want)
			}
		})
	}
}

// ws (CVE-2021-32640) and others took seconds for headers of this kind. Here the
// cursor never moves back and the result is bounded, so the memory does not
// depend on the length of the text but for the copy of it.
func TestExtensionsOfAnAttackerCostLittle(t *testing.T) {
	const size = 64 << 10
	fill := func(head, piece string) string { return head + strings.Repeat(piece, size/len(piece)) }
	for _, text := range []string{
		fill("", " "), fill("", ","), fill("", " ,"), fill("a", " "), fill("a", "a"), fill("", "a,"), fill("a", ";"),
		fill("a", ";b"), fill("a; b=", " "), fill(`a; b="`, "a"), fill(`a; b="`, `\a`), fill(`a; b="`, `\`), fill(`a`, `; b="c"`),
		fill("", `"`), fill("a; b=c", ";b=c"),
	} {
		forward := 0
		c := cursor{text: text}
		allocs := testing.AllocsPerRun(5, func() {
			c = cursor{text: text}
			c.extensions()
			forward = c.at
		})
		if allocs > 100 || forward > len(text) {
			t.Errorf("%q...: got %v allocations, %d steps", text[:8], allocs, forward)
		}
	}
}

func TestAppendExtensions(t *testing.T) {
	list := []Extension{{Name: "foo"}, {"bar", []Param{{"baz", "2", true}, {Name: "x"}}}}
	for want, list := range map[string][]Extension{
		"|":                   nil,
		"|foo":                list[:1],
		"|foo, bar; baz=2; x": list,
	} {
		if got := string(AppendExtensions([]byte("|"), list)); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestWellFormed(t *testing.T) {
	for _, test := range []struct {
		e    Extension
		want bool
	}{
		{Extension{Name: "a"}, true},
		{Extension{"a", []Param{{"b", "1", true}, {Name: "c"}}}, true},
		{Extension{}, false},
		{Extension{Name: "a,b"}, false},
		{Extension{"a", []Param{{Name: ""}}}, false},
		{Extension{"a", []Param{{"b", "", true}}}, false},
		{Extension{"a", []Param{{"b", "1", false}}}, false},
		{Extension{"a", []Param{{"b", "1\r\n", true}}}, false},
	} {
		if got := test.e.wellFormed(); got != test.want {
			t.Errorf("%+v: got %v, want %v", test.e, got, test.want)
		}
	}
}

func FuzzParseExtensions(f *testing.F) {
	f.Add(`permessage-deflate; client_max_window_bits; server_max_window_bits="10"`, "x-foo,")
	f.Fuzz(func(t *testing.T, first, second string) {
		list, err := ParseExtensions([]string{first, second})
		joined, joinedErr := ParseExtensions([]string{first + "," + second})
		if !reflect.DeepEqual(list, joined) || !reflect.DeepEqual(err, joinedErr) {
			t.Fatalf("two lines gave %v, %v; one gave %v, %v", list, err, joined, joinedErr)
		}
		if err != nil {
			if e := err.(*SyntaxError); e.Offset < 0 || e.Offset > len(first)+1+len(second) {
				t.Fatalf("offset %d lies outside", e.Offset)
			}
			return
		}
		if len(list) == 0 || len(list) > maxExtensions {
			t.Fatalf("got %d extensions", len(list))
		}
		for _, e := range list {
			if !e.wellFormed() || len(e.Params) > maxExtensionParams {
				t.Fatalf("got %+v", e)
			}
		}
		again, err := ParseExtensions([]string{string(AppendExtensions(nil, list))})
		if err != nil || !reflect.DeepEqual(again, list) {
			t.Fatalf("got %v, %v; want %v", again, err, list)
		}
	})
}
