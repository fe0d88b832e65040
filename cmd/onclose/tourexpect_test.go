package main

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/onclose/websocket"
)

func TestMembersKeepTheirOrder(t *testing.T) {
	tests := []struct {
		m    members
		want string
	}{
		{nil, `null`},
		{members{}, `{}`},
		{members{{"z", 1}, {"a", silence}}, `{"z":1,"a":null}`},
		{members{{"z", 1}, {"a", 2}}.with("z", "x").with("n", true), `{"z":"x","a":2,"n":true}`},
		{saw("fin", say(1005, "")), `{"type":"wire","frames":[{"opcode":"Close","length":0,"close":{"code":1005,"reason":""}}],"end":"fin"}`},
	}
	for _, test := range tests {
		got, err := json.Marshal(test.m)
		if err != nil || string(got) != test.want {
			t.Errorf("%s, %v, want %s", got, err, test.want)
		}
	}
	if _, err := json.Marshal(members{{"no JSON", make(chan int)}}); err == nil {
		t.Error("a channel has become JSON")
	}
}

func TestWithLeavesTheOriginalAlone(t *testing.T) {
	m := clean(1000, "done", byLocal)
	m.with("code", 1001)
	if got := m.differences(clean(1000, "done", byLocal)); len(got) != 0 {
		t.Errorf("differences %q", got)
	}
}

func TestDifferences(t *testing.T) {
	want := members{{"code", websocket.StatusCode(1000)}, {"sent", say(1000, "")}, {"cause", ""}}
	tests := []struct {
		name    string
		account any
		want    []string
	}{
		{"none, whatever else there is", map[string]any{"code": 1000, "sent": map[string]any{"code": 1000, "reason": ""}, "cause": "", "url": "ws://x"}, nil},
		{"another value", map[string]any{"code": 1001, "sent": say(1000, ""), "cause": ""}, []string{"code is 1001, expected 1000"}},
		{"another object", map[string]any{"code": 1000, "sent": nil, "cause": ""}, []string{`sent is null, expected {"code":1000,"reason":""}`}},
		{"two", map[string]any{"code": 1, "sent": say(1000, "")}, []string{"code is 1, expected 1000", "cause is missing"}},
		{"no JSON", make(chan int), []string{"json: unsupported type: chan int"}},
	}
	for _, test := range tests {
		if got := want.differences(test.account); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
	if got := (members{{"no JSON", make(chan int)}}).differences(1); len(got) != 1 {
		t.Errorf("an expectation that is no JSON: %q", got)
	}
}
