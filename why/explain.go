package why

import (
	"strings"
	"unicode"

	"github.com/onclose/websocket"
	"github.com/onclose/websocket/protocol"
)

// Explanation is why one connection ended.
type Explanation struct {
	// Rule is the name of the row that explains the event. Names are stable.
	Rule       string     `json:"rule"`
	Confidence Confidence `json:"confidence"`
	Who        Party      `json:"who"`
	// What is what happened, in one to three sentences.
	What string `json:"what"`
	// Meaning is what the registry says of the code.
	Meaning string `json:"meaning"`
	// Next are things to check, the best first.
	Next []string `json:"next"`
}

// Explain says why a connection ended. It never fails, and uses no text of the
// peer. lang is read as [websocket.Describe] reads it.
func Explain(ev websocket.CloseEvent, lang string) Explanation {
	r := ruleFor(ev)
	t := r.text(lang)
	code := websocket.Describe(ev.Code, lang)
	e := Explanation{
		Rule: r.name, Confidence: r.sure, Who: r.who,
		What: t.what, Meaning: code.Description, Next: append([]string{}, t.next...),
	}
	if e.Who == "" {
		e.Who = initiated(ev.Initiator)
	}
	if len(e.Next) == 0 {
		e.Next = append(e.Next, code.Remedies...)
	}
	return e
}

func initiated(i protocol.Initiator) Party {
	switch i {
	case protocol.Local:
		return ThisSide
	case protocol.Remote:
		return Peer
	case protocol.Both:
		return Sides
	}
	return Unknown
}

// isFrench chooses the language as websocket.Describe does.
func isFrench(lang string) bool {
	if end := strings.IndexFunc(lang, func(r rune) bool { return !unicode.IsLetter(r) }); end >= 0 {
		lang = lang[:end]
	}
	return strings.EqualFold(lang, "fr")
}
