package webapi

// DOMException is the error that the web's interfaces throw. Scripts tell its kinds
// apart by the name.
//
// Web IDL, section 2.8.1.
type DOMException struct {
	Name    string // "SyntaxError"
	Message string
}

// The names that this package uses.
const (
	AbortError         = "AbortError"
	InvalidAccessError = "InvalidAccessError"
	InvalidStateError  = "InvalidStateError"
	SyntaxError        = "SyntaxError"
	SecurityError      = "SecurityError"
)

// Error is the name and the message.
func (e *DOMException) Error() string {
	if e.Message == "" {
		return "webapi: " + e.Name
	}
	return "webapi: " + e.Name + ": " + e.Message
}

// Code is the legacy code of the name, 0 if it has none.
func (e *DOMException) Code() uint16 { return legacyCodes[e.Name] }

// legacyCodes are the names that had numbers before they were names. Those that
// are missing between 1 and 25 belong to names that nothing throws any more.
var legacyCodes = map[string]uint16{
	"IndexSizeError":             1,
	"HierarchyRequestError":      3,
	"WrongDocumentError":         4,
	"InvalidCharacterError":      5,
	"NoModificationAllowedError": 7,
	"NotFoundError":              8,
	"NotSupportedError":          9,
	"InUseAttributeError":        10,
	"InvalidStateError":          11,
	"SyntaxError":                12,
	"InvalidModificationError":   13,
	"NamespaceError":             14,
	"InvalidAccessError":         15,
	"TypeMismatchError":          17,
	"SecurityError":              18,
	"NetworkError":               19,
	"AbortError":                 20,
	"URLMismatchError":           21,
	"QuotaExceededError":         22,
	"TimeoutError":               23,
	"InvalidNodeTypeError":       24,
	"DataCloneError":             25,
}

// TypeError is JavaScript's error for a value of the wrong type.
type TypeError struct {
	Message string
}

// Error is the message.
func (e *TypeError) Error() string { return "webapi: TypeError: " + e.Message }
