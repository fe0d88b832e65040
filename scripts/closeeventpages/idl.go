package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// idlAnswer is what Web IDL and the DOM demand of an expression.
type idlAnswer struct {
	check      string // its name in the measurements
	expression string // of JavaScript
	answer     string // JSON
}

// idlAnswers has a line for each check. A code is an unsigned short, which takes
// every number modulo 65536; a reason is a USVString, without lone surrogates.
var idlAnswers = []idlAnswer{
	{"exists", `typeof CloseEvent`, `"function"`},
	{"length", `CloseEvent.length`, `1`},
	{"defaults", `new CloseEvent("close")`, `{"type":"close","wasClean":false,"code":0,"reason":"","bubbles":false,"cancelable":false,"composed":false,"isTrusted":false}`},
	{"full", `new CloseEvent("x", {bubbles: true, cancelable: true, wasClean: true, code: 4000, reason: "r"})`, `{"type":"x","wasClean":true,"code":4000,"reason":"r","bubbles":true,"cancelable":true,"composed":false,"isTrusted":false}`},
	{"no argument", `new CloseEvent()`, `"throws TypeError"`},
	{"without new", `CloseEvent("close")`, `"throws TypeError"`},
	{"init null", `new CloseEvent("x", null).code`, `0`},
	{"init number", `new CloseEvent("x", 1)`, `"throws TypeError"`},
	{"code -1", `new CloseEvent("x", {code: -1}).code`, `65535`},
	{"code 65535", `new CloseEvent("x", {code: 65535}).code`, `65535`},
	{"code 65536", `new CloseEvent("x", {code: 65536}).code`, `0`},
	{"code 70000", `new CloseEvent("x", {code: 70000}).code`, `4464`},
	{"code 1.9", `new CloseEvent("x", {code: 1.9}).code`, `1`},
	{`code "1000"`, `new CloseEvent("x", {code: "1000"}).code`, `1000`},
	{`code "abc"`, `new CloseEvent("x", {code: "abc"}).code`, `0`},
	{"code NaN", `new CloseEvent("x", {code: NaN}).code`, `0`},
	{"code null", `new CloseEvent("x", {code: null}).code`, `0`},
	{"code undefined", `new CloseEvent("x", {code: undefined}).code`, `0`},
	{"reason lone surrogate", `new CloseEvent("x", {reason: "a\ud800b"}).reason`, `"61 fffd 62"`},
	{"reason null", `new CloseEvent("x", {reason: null}).reason`, `"null"`},
	{"reason undefined", `new CloseEvent("x", {reason: undefined}).reason`, `""`},
	{"reason 200 bytes", `new CloseEvent("x", {reason: "r".repeat(200)}).reason.length`, `200`},
	{`wasClean "x"`, `new CloseEvent("x", {wasClean: "x"}).wasClean`, `true`},
	{"write to code", `"use strict"; event.code = 1`, `"throws TypeError"`},
	{"instanceof Event", `event instanceof Event`, `true`},
	{"toString", `String(event)`, `"[object CloseEvent]"`},
	{"initCloseEvent", `typeof event.initCloseEvent`, `"undefined"`},
	{"createEvent", `document.createEvent("CloseEvent")`, `"throws NotSupportedError"`},
}

// notApplicable is what a client without documents says to a check about one.
const notApplicable = `"no document"`

// Interface has a row for each check: what Web IDL demands, and the clients with
// another answer.
func (p page) Interface() (string, error) {
	t := newTable(p.expression, p.byIDL, p.otherClients)
	for _, idl := range idlAnswers {
		i := slices.IndexFunc(p.measurements.Interface, func(c interfaceCheck) bool { return c.Check == idl.check })
		if i < 0 {
			return "", fmt.Errorf("%s lacks the check %s", clientsFile, idl.check)
		}
		var others []string
		for _, c := range p.Clients {
			value, tried := p.measurements.Interface[i].Results[c.ID]
			got, err := compact(value)
			if tried && err != nil {
				return "", fmt.Errorf("%s, %s: %w", idl.check, c.ID, err)
			}
			if tried && got != idl.answer && got != notApplicable {
				others = append(others, c.Name()+p.colon+p.value(got))
			}
		}
		t.row(code(idl.expression), p.value(idl.answer), strings.Join(others, p.semicolon))
	}
	if len(idlAnswers) != len(p.measurements.Interface) {
		return "", fmt.Errorf("%d checks have an answer, want %d", len(idlAnswers), len(p.measurements.Interface))
	}
	return t.String(), nil
}

// value shows a value of JSON; what was thrown is not a string.
func (p page) value(text string) string {
	if name, thrown := strings.CutPrefix(strings.Trim(text, `"`), "throws "); thrown {
		return p.throws + code(name)
	}
	return code(text)
}

func compact(value json.RawMessage) (string, error) {
	var b bytes.Buffer
	err := json.Compact(&b, value)
	return b.String(), err
}
