package wire

import (
	"regexp"
	"strings"
	"testing"
)

func TestRulesHaveASectionAndASentence(t *testing.T) {
	section := regexp.MustCompile(`^RFC (6455|7692), section [0-9]+(\.[0-9]+)*$`)
	seen := map[string]Rule{}
	for rule := Rule(1); rule < ruleEnd; rule++ {
		if !section.MatchString(rule.Section()) {
			t.Errorf("rule %d has the section %q", rule, rule.Section())
		}
		sentence := rule.String()
		if len(sentence) < 10 || strings.HasSuffix(sentence, ".") || sentence[:1] != strings.ToLower(sentence[:1]) && !strings.HasPrefix(sentence, "RSV") {
			t.Errorf("rule %d is %q, want one clause in lower case without a full stop", rule, sentence)
		}
		// It goes on the wire as the reason of our Close frame.
		if len(sentence) > MaxReason {
			t.Errorf("%q has %d bytes, and a reason at most %d", sentence, len(sentence), MaxReason)
		}
		if other, ok := seen[sentence]; ok {
			t.Errorf("rules %d and %d are both %q", other, rule, sentence)
		}
		seen[sentence] = rule
	}
}

func TestRulesThatAreNone(t *testing.T) {
	tests := []struct {
		rule Rule
		want string
	}{{0, "rule(0)"}, {ruleEnd, "rule(23)"}, {255, "rule(255)"}}
	for _, test := range tests {
		if got := test.rule.String(); got != test.want {
			t.Errorf("String of rule %d = %q, want %q", test.rule, got, test.want)
		}
		if got := test.rule.Section(); got != "" {
			t.Errorf("Section of rule %d = %q, want none", test.rule, got)
		}
	}
}

func TestRuleSectionsOfTheRFC(t *testing.T) {
	tests := []struct {
		rule Rule
		want string
	}{
		{RuleUnmasked, "RFC 6455, section 5.1"},
		{RuleMasked, "RFC 6455, section 5.1"},
		{RuleReservedBits, "RFC 6455, section 5.2"},
		{RuleReservedOpcode, "RFC 6455, section 5.2"},
		{RuleLengthNotMinimal, "RFC 6455, section 5.2"},
		{RuleLengthTopBit, "RFC 6455, section 5.2"},
		{RuleContinuationWithoutStart, "RFC 6455, section 5.4"},
		{RuleMessageInsideMessage, "RFC 6455, section 5.4"},
		{RuleControlFragmented, "RFC 6455, section 5.5"},
		{RuleControlTooLong, "RFC 6455, section 5.5"},
		{RuleClosePayloadOneByte, "RFC 6455, section 5.5.1"},
		{RuleCloseCode, "RFC 6455, section 7.4"},
		{RuleCloseReasonUTF8, "RFC 6455, section 8.1"},
		{RuleTextUTF8, "RFC 6455, section 8.1"},
		{RuleCompressedFrame, "RFC 7692, section 6"},
		{RuleCompressedData, "RFC 7692, section 7.2.2"},
		{RuleMandatoryExtension, "RFC 6455, section 7.4.1"},
		{RuleMessageTooBig, "RFC 6455, section 10.4"},
		{RuleTooManyFragments, "RFC 6455, section 10.4"},
		{RuleTooManyEmptyFragments, "RFC 6455, section 10.4"},
		{RuleTooManyMessages, "RFC 6455, section 10.4"},
		{RuleTooManyBytes, "RFC 6455, section 10.4"},
	}
	for _, test := range tests {
		if got := test.rule.Section(); got != test.want {
			t.Errorf("%q stands in %q, want %q", test.rule, got, test.want)
		}
	}
	if len(tests) != int(ruleEnd)-1 {
		t.Errorf("%d rules tested, want %d", len(tests), ruleEnd-1)
	}
}
