// Package why says why connections ended: what happened, who did it, how sure
// one can be, and what to look at next, in English or in French.
//
// [Explain] is about one CloseEvent, [Survey] about many. An explanation is a
// row of a table: the first whose test holds. Survey asks rules about the crowd
// first, because many ends together tell what one alone cannot: ages that cluster
// at 60 s point at an idle timeout, ends in the same second at a killed process.
// Where nobody can know, the answer is NotSure, and says why.
//
//	ev, _ := conn.CloseEvent()
//	e := why.Explain(ev, "en")
//	fmt.Println(e.Confidence, e.What) // likely: A keepalive Ping was not answered ...
//
// Everything here is a pure function of its arguments; any goroutine may call it.
package why
