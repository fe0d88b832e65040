package main

import (
	"testing"

	"github.com/onclose/websocket/wire"
)

func TestEveryRuleIsBroken(t *testing.T) {
	broken := map[wire.Rule]bool{
		// These are broken by honest endpoints, in limitStops and forbiddenStops;
		// too many empty fragments differ from too many by a number only.
		wire.RuleCloseCode: true, wire.RuleMandatoryExtension: true, wire.RuleMessageTooBig: true,
		wire.RuleTooManyFragments: true, wire.RuleTooManyEmptyFragments: true,
		// These are about time, and off unless they are asked for.
		wire.RuleTooManyMessages: true, wire.RuleTooManyBytes: true,
		// These need compression to be agreed: see compressedStops.
		wire.RuleCompressedFrame: true, wire.RuleCompressedData: true,
	}
	for _, r := range brokenRules {
		broken[r.rule] = true
		if want := "RFC 6455, section " + r.section; r.rule.Section() != want {
			t.Errorf("%s: the rule stands in %q, and the tour says %q", r.name, r.rule.Section(), want)
		}
	}
	for rule := wire.Rule(1); rule.Section() != ""; rule++ {
		if !broken[rule] {
			t.Errorf("no stop breaks the rule %q", rule)
		}
	}
}
