package websocket

import (
	"slices"
	"strings"

	"github.com/onclose/websocket/wire"
)

// StatusCode is the status code of a Close frame: why a connection ends. It is
// a 16-bit number with the methods Name, String and OnWire. [Describe] tells
// what a number means.
//
// RFC 6455, section 7.4.
type StatusCode = wire.StatusCode

// The status codes that the IANA registry assigns. NoStatusRcvd,
// AbnormalClosure and TLSHandshake are results and never inputs: no Close frame
// carries them.
const (
	NormalClosure           = wire.NormalClosure           // 1000: the work is done
	GoingAway               = wire.GoingAway               // 1001: the server shuts down, or the page is left
	ProtocolError           = wire.ProtocolError           // 1002: the peer broke a rule of the protocol
	UnsupportedData         = wire.UnsupportedData         // 1003: a message of a type that is not taken
	NoStatusRcvd            = wire.NoStatusRcvd            // 1005, a result: the peer's Close frame had no code
	AbnormalClosure         = wire.AbnormalClosure         // 1006, a result: no Close frame was processed
	InvalidFramePayloadData = wire.InvalidFramePayloadData // 1007: data that contradicts its type, such as text that is not UTF-8
	PolicyViolation         = wire.PolicyViolation         // 1008: a refusal that no other code fits
	MessageTooBig           = wire.MessageTooBig           // 1009: over a size limit
	MandatoryExtension      = wire.MandatoryExtension      // 1010: a client misses an extension that it needs
	InternalError           = wire.InternalError           // 1011: this side cannot go on
	ServiceRestart          = wire.ServiceRestart          // 1012: the server restarts
	TryAgainLater           = wire.TryAgainLater           // 1013: the server is overloaded
	BadGateway              = wire.BadGateway              // 1014: the server behind a gateway failed
	TLSHandshake            = wire.TLSHandshake            // 1015, a result: not used by this library, which reports 1006 with the cause "tls"
	Unauthorized            = wire.Unauthorized            // 3000: who are you?
	Forbidden               = wire.Forbidden               // 3003: you may not
	Timeout                 = wire.Timeout                 // 3008: the application waited too long
)

// StatusCodeInfo is one row of the registry of status codes: a single code, or
// a range of codes that share one answer. Strings that do not apply are empty,
// in JSON too, where every member is always present.
type StatusCodeInfo struct {
	// First and Last bound the row; they are equal when it is about one code.
	First StatusCode `json:"first"`
	Last  StatusCode `json:"last"`
	// Code is the code that was asked for, First in the list of all rows.
	Code StatusCode `json:"code"`

	// Name is the code's IANA name as this library spells it, "NormalClosure".
	Name string `json:"name"`
	// IANAName is the registry's own wording, "Normal Closure". It is empty for
	// 1014, of which the registry gives a sentence and no name.
	IANAName string `json:"ianaName"`
	// OldName is the name on older web documentation, "CLOSE_NORMAL".
	OldName string `json:"oldName"`

	// Status is the standing of the row, one of these words: "assigned";
	// "result" for 1005, 1006 and 1015, which arise locally and never travel;
	// "reserved" for 1004; "unassigned"; "unused" for 0 to 999; "private" for
	// 4000 to 4999; "out-of-range" for 5000 to 65535.
	Status string `json:"status"`
	// RangeRule says in a sentence who manages the numbers of this range.
	RangeRule string `json:"rangeRule"`
	// Sender is who sends the code: "client", "server", "both" or "nobody".
	Sender string `json:"sender"`
	// OnWire is whether a Close frame may carry the code.
	OnWire bool `json:"onWire"`
	// FromPage is whether a web page may pass the code to close(): 1000 and
	// 3000 to 4999 (WHATWG WebSockets).
	FromPage bool `json:"fromPage"`
	// Section is where the row is defined, "RFC 6455, section 7.4.1".
	Section string `json:"section"`
	// Registered says how a single code came into the registry: "RFC 6455", or
	// a year or date. Empty for ranges.
	Registered string `json:"registered"`

	// Description is the meaning in one to three sentences.
	Description string `json:"description"`
	// Causes are the situations in which the code is really met, the usual
	// ones first.
	Causes []string `json:"causes"`
	// Remedies are things to check or to do.
	Remedies []string `json:"remedies"`
	// Outdated is what MDN's old French CloseEvent page had wrong or left out
	// about the row, empty when it was right.
	Outdated string `json:"outdated"`
}

// Describe returns what is known about a status code, for every number from 0
// to 65535. It never fails.
//
// lang is a BCP 47 tag ("fr", "fr-CA"), an Accept-Language value of which the
// first tag counts, or a value of the environment variable LANG
// ("fr_FR.UTF-8"). The texts are French when its language is fr, and English
// otherwise. The value returned belongs to the caller. Any goroutine may call
// it.
func Describe(code StatusCode, lang string) StatusCodeInfo {
	i := slices.IndexFunc(statusCodeRows, func(r statusCodeRow) bool { return code <= r.last })
	return statusCodeRows[i].info(code, statusCodeTextsIn(lang))
}

// StatusCodes returns the whole registry in ascending order. Its rows cover 0
// to 65535 without gap or overlap. For lang and ownership see [Describe].
func StatusCodes(lang string) []StatusCodeInfo {
	texts := statusCodeTextsIn(lang)
	infos := make([]StatusCodeInfo, len(statusCodeRows))
	for i, r := range statusCodeRows {
		infos[i] = r.info(r.first, texts)
	}
	return infos
}

// The words of StatusCodeInfo.Status and StatusCodeInfo.Sender.
const (
	statusAssigned   = "assigned"
	statusResult     = "result"
	statusReserved   = "reserved"
	statusUnassigned = "unassigned"
	statusUnused     = "unused"
	statusPrivate    = "private"
	statusOutOfRange = "out-of-range"

	senderClient = "client"
	senderServer = "server"
	senderBoth   = "both"
	senderNobody = "nobody"
)

// The places where rows are defined, and the usual way into the registry.
const (
	sectionCodes  = "RFC 6455, section 7.4.1"
	sectionRanges = "RFC 6455, section 7.4.2"
	sectionIANA   = "IANA WebSocket Close Code Number Registry"
	byRFC         = "RFC 6455"
)

// statusCodeRow holds the facts of a row that do not depend on a language and
// do not follow from the number.
type statusCodeRow struct {
	first, last StatusCode
	ianaName    string
	oldName     string
	status      string
	sender      string
	section     string
	registered  string
}

// statusCodeRows is the registry: IANA's as of August 2026, completed by the
// numbers on which it is silent. Each row begins where the one above ended.
var statusCodeRows = []statusCodeRow{
	{0, 999, "", "", statusUnused, senderNobody, sectionRanges, ""},
	{1000, 1000, "Normal Closure", "CLOSE_NORMAL", statusAssigned, senderBoth, sectionCodes, byRFC},
	{1001, 1001, "Going Away", "CLOSE_GOING_AWAY", statusAssigned, senderBoth, sectionCodes, byRFC},
	{1002, 1002, "Protocol error", "CLOSE_PROTOCOL_ERROR", statusAssigned, senderBoth, sectionCodes, byRFC},
	{1003, 1003, "Unsupported Data", "CLOSE_UNSUPPORTED", statusAssigned, senderBoth, sectionCodes, byRFC},
	{1004, 1004, "Reserved", "", statusReserved, senderNobody, sectionCodes, byRFC},
	{1005, 1005, "No Status Rcvd", "CLOSE_NO_STATUS", statusResult, senderNobody, sectionCodes, byRFC},
	{1006, 1006, "Abnormal Closure", "CLOSE_ABNORMAL", statusResult, senderNobody, sectionCodes, byRFC},
	{1007, 1007, "Invalid frame payload data", "", statusAssigned, senderBoth, sectionCodes, byRFC},
	{1008, 1008, "Policy Violation", "", statusAssigned, senderBoth, sectionCodes, byRFC},
	{1009, 1009, "Message Too Big", "CLOSE_TOO_LARGE", statusAssigned, senderBoth, sectionCodes, byRFC},
	{1010, 1010, "Mandatory Ext.", "", statusAssigned, senderClient, sectionCodes, byRFC},
	{1011, 1011, "Internal Error", "", statusAssigned, senderBoth, sectionCodes + ", and erratum 3227", byRFC},
	{1012, 1012, "Service Restart", "", statusAssigned, senderServer, sectionIANA, "2012"},
	{1013, 1013, "Try Again Later", "", statusAssigned, senderServer, sectionIANA, "2012"},
	{1014, 1014, "", "", statusAssigned, senderServer, sectionIANA, "2016-10-10"},
	{1015, 1015, "TLS handshake", "", statusResult, senderNobody, sectionCodes, byRFC},
	{1016, 2999, "", "", statusUnassigned, senderNobody, sectionRanges, ""},
	{3000, 3000, "Unauthorized", "", statusAssigned, senderBoth, sectionIANA, "2021-09-06"},
	{3001, 3002, "", "", statusUnassigned, senderBoth, sectionRanges, ""},
	{3003, 3003, "Forbidden", "", statusAssigned, senderBoth, sectionIANA, "2023-02-22"},
	{3004, 3007, "", "", statusUnassigned, senderBoth, sectionRanges, ""},
	{3008, 3008, "Timeout", "", statusAssigned, senderBoth, sectionIANA, "2024-02-01"},
	{3009, 3999, "", "", statusUnassigned, senderBoth, sectionRanges, ""},
	{4000, 4999, "", "", statusPrivate, senderBoth, sectionRanges, ""},
	{5000, 65535, "", "", statusOutOfRange, senderNobody, sectionRanges, ""},
}

// info joins the facts of a row with its texts and with what follows from the
// code itself.
func (r statusCodeRow) info(code StatusCode, texts statusCodeTexts) StatusCodeInfo {
	text := texts.rows[r.first]
	return StatusCodeInfo{
		First: r.first, Last: r.last, Code: code,
		Name: code.Name(), IANAName: r.ianaName, OldName: r.oldName,
		Status: r.status, RangeRule: texts.ranges[rangeOf(code)], Sender: r.sender,
		OnWire: code.OnWire(), FromPage: code == NormalClosure || code >= 3000 && code <= 4999,
		Section: r.section, Registered: r.registered,
		Description: text.description,
		Causes:      slices.Clone(text.causes),
		Remedies:    slices.Clone(text.remedies),
		Outdated:    text.outdated,
	}
}

// rangeOf returns the first number of the range of RFC 6455, section 7.4.2,
// that holds code, or 5000 for those above every range.
func rangeOf(code StatusCode) StatusCode {
	switch {
	case code < 1000:
		return 0
	case code < 3000:
		return 1000
	case code < 4000:
		return 3000
	case code < 5000:
		return 4000
	}
	return 5000
}

// statusCodeTexts are the words of the registry in one language.
type statusCodeTexts struct {
	ranges map[StatusCode]string         // by what rangeOf returns
	rows   map[StatusCode]statusCodeText // by the row's first code
}

// statusCodeText are the words of one row. The same row has as many causes and
// remedies in every language, in the same order.
type statusCodeText struct {
	description string
	causes      []string
	remedies    []string
	outdated    string
}

// statusCodeTextsIn chooses the language by the first letters of lang.
func statusCodeTextsIn(lang string) statusCodeTexts {
	end := strings.IndexFunc(lang, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
	if end >= 0 {
		lang = lang[:end]
	}
	if strings.EqualFold(lang, "fr") {
		return statusCodeTextsFR
	}
	return statusCodeTextsEN
}
