package main

import "github.com/alecthomas/kong"

// exactText is a command line argument, byte for byte. A string would come with
// U+FFFD in place of every byte that is not UTF-8, since kong passes strings
// through JSON; such a text would then be sent instead of being refused.
type exactText string

// Decode is called by kong.
func (t *exactText) Decode(ctx *kong.DecodeContext) error {
	token, err := ctx.Scan.PopValue("text")
	*t = exactText(token.String())
	return err
}
