package websocket_test

import "slices"

// shrink looks for the shortest script that still violates: it leaves out one
// step, one fault, one option after the other, and makes messages small, as long
// as that gets it further.
func shrink(s script, violates func(script) bool) script {
	for {
		smaller, ok := shrinkOnce(s, violates)
		if !ok {
			return s
		}
		s = smaller
	}
}

func shrinkOnce(s script, violates func(script) bool) (script, bool) {
	for _, candidate := range smaller(s) {
		if violates(candidate) {
			return candidate, true
		}
	}
	return s, false
}

// smaller are the scripts that are one thing shorter than s, the greatest
// differences first.
func smaller(s script) []script {
	var all []script
	try := func(change func(*script)) {
		c := script{s.ends, slices.Clone(s.faults), slices.Clone(s.steps)}
		change(&c)
		if c.String() != s.String() {
			all = append(all, c)
		}
	}
	for n := len(s.steps) / 2; n > 0; n /= 2 {
		for i := 0; i+n <= len(s.steps); i += n {
			try(func(c *script) { c.steps = slices.Delete(c.steps, i, i+n) })
		}
	}
	for i := range s.faults {
		try(func(c *script) { c.faults = slices.Delete(c.faults, i, i+1) })
	}
	for who := range s.ends {
		try(func(c *script) { c.ends[who] = simplest })
		try(func(c *script) { c.ends[who].style = reads })
		try(func(c *script) { c.ends[who].limits = simplest.limits })
		try(func(c *script) { c.ends[who].answer = 0 })
		try(func(c *script) { c.ends[who].queue = mind{}.queue })
	}
	for i := range s.steps {
		try(func(c *script) { c.steps[i].size /= 8 })
		try(func(c *script) { c.steps[i].pieces = 0 })
		try(func(c *script) { c.steps[i].queued = false })
		try(func(c *script) { c.steps[i].within, c.steps[i].pause = 0, 0 })
		try(func(c *script) { c.steps[i].reason = "" })
	}
	return all
}

// simplest is an endpoint of which nothing has to be said.
var simplest = mind{style: reads, limits: noKeepalive}
